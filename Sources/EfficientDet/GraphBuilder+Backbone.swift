import Graph

extension GraphBuilder {
    /// Stem and stages; returns C3, C4, C5 (strides 8, 16, 32).
    mutating func backbone() -> [TensorID] {
        let net = configuration.backbone
        let stem = Convolution(
            weight: Parameter("backbone.conv_stem.weight", [net.stem, 3, 3, 3]),
            norm: norm("backbone.bn1", net.stem), isDepthwise: false, kernel: 3, stride: 2,
            activation: configuration.activation)
        var x = graph.append(
            .convolution(stem), on: [Graph.inputTensor], name: "backbone.stem", part: .backbone)
        var features: [TensorID] = []
        for (index, stage) in net.stages.enumerated() {
            for block in 0..<stage.repeats {
                let prefix = "backbone.blocks.\(index).\(block)"
                x = self.block(x, stage, stride: block == 0 ? stage.stride : 1, prefix: prefix)
            }
            // The last maps at strides 8, 16 and 32.
            if [2, 4, 6].contains(index) {
                tap("c\(3 + features.count)", x)
                features.append(x)
            }
        }
        return features
    }

    /// Expansion (unless the factor is 1), depthwise, squeeze-and-excite, projection, residual. The
    /// names of normalisations and projection shift where there is no expansion.
    private mutating func block(_ input: TensorID, _ stage: Backbone.Stage, stride: Int, prefix: String)
        -> TensorID
    {
        let act = configuration.activation
        let expands = stage.expansion != 1
        var x = input
        if expands {
            let inner = channels(input) * stage.expansion
            x = pointwise(
                x, inner, weight: "\(prefix).conv_pw.weight", norm: norm("\(prefix).bn1", inner),
                activation: act,
                name: "\(prefix).expand", part: .backbone)
        }
        x = depthwise(
            x, kernel: stage.kernel, stride: stride, weight: "\(prefix).conv_dw.weight",
            norm: norm("\(prefix).\(expands ? "bn2" : "bn1")", channels(x)), activation: act,
            name: "\(prefix).depthwise", part: .backbone)
        if configuration.backbone.hasSqueezeExcite {
            x = squeezeExcite(x, reduced: max(1, channels(input) / 4), prefix: "\(prefix).se")
        }
        x = pointwise(
            x, stage.channels, weight: "\(prefix).\(expands ? "conv_pwl" : "conv_pw").weight",
            norm: norm("\(prefix).\(expands ? "bn3" : "bn2")", stage.channels), name: "\(prefix).project",
            part: .backbone)
        guard stride == 1, channels(input) == stage.channels else { return x }
        return graph.append(.add, on: [x, input], name: "\(prefix).residual", part: .backbone)
    }

    /// The inner width is a quarter of the block's input, not of the expanded width.
    private mutating func squeezeExcite(_ input: TensorID, reduced: Int, prefix: String) -> TensorID {
        let width = channels(input)
        let gate = SqueezeExcite(
            reduceWeight: Parameter("\(prefix).conv_reduce.weight", [reduced, width, 1, 1]),
            reduceBias: Parameter("\(prefix).conv_reduce.bias", [reduced]),
            expandWeight: Parameter("\(prefix).conv_expand.weight", [width, reduced, 1, 1]),
            expandBias: Parameter("\(prefix).conv_expand.bias", [width]),
            activation: configuration.activation)
        return graph.append(.squeezeExcite(gate), on: [input], name: prefix, part: .backbone)
    }
}
