import Graph

extension GraphBuilder {
    /// One head over all levels: convolutions shared between levels, a normalisation of its own for every
    /// level and repeat, the predictor without one.
    mutating func head(_ name: String, prefix: String, part: Part, outputs: Int, on pyramid: [TensorID]) {
        let width = configuration.width
        for (level, map) in pyramid.enumerated() {
            var x = map
            for index in 0..<configuration.headDepth {
                let conv = "\(prefix).conv_rep.\(index)"
                x = depthwise(
                    x, kernel: 3, weight: "\(conv).conv_dw.weight",
                    name: "\(prefix).p\(level + 3).\(index).depthwise",
                    part: part)
                x = pointwise(
                    x, width, weight: "\(conv).conv_pw.weight", bias: "\(conv).conv_pw.bias",
                    norm: norm("\(prefix).bn_rep.\(index).\(level).bn", width),
                    activation: configuration.activation,
                    name: "\(prefix).p\(level + 3).\(index).pointwise", part: part)
            }
            x = depthwise(
                x, kernel: 3, weight: "\(prefix).predict.conv_dw.weight",
                name: "\(prefix).p\(level + 3).predict.depthwise", part: part)
            x = pointwise(
                x, configuration.anchorsPerPlace * outputs, weight: "\(prefix).predict.conv_pw.weight",
                bias: "\(prefix).predict.conv_pw.bias", name: "\(prefix).p\(level + 3).predict.pointwise",
                part: part)
            tap("\(name).p\(level + 3)", x)
            graph.outputs.append("\(name).p\(level + 3)")
        }
    }
}
