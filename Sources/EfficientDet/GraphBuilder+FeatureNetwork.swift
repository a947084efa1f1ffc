import Graph

extension GraphBuilder {
    /// Makes the levels above the backbone, then runs the cells; returns the pyramid by level.
    mutating func featureNetwork(_ features: [TensorID]) -> [TensorID] {
        let sizes = configuration.featureSizes
        var maps = features
        for index in features.count..<sizes.count {
            let prefix = index == features.count ? "fpn.resample.\(index)" : nil
            maps.append(
                resampled(maps[index - 1], to: sizes[index], prefix: prefix, name: "fpn.p\(index + 3)"))
        }
        for cell in 0..<configuration.depth {
            maps = self.cell(cell, maps)
            for (index, map) in maps.enumerated() { tap("fpn.\(cell).p\(index + 3)", map) }
        }
        return maps
    }

    private mutating func cell(_ cell: Int, _ inputs: [TensorID]) -> [TensorID] {
        let levels = configuration.levels
        let sizes = configuration.featureSizes
        var maps = inputs
        for (number, node) in configuration.featureNetwork.nodes(levels: levels).enumerated() {
            let prefix = "fpn.cell.\(cell).fnode.\(number)"
            let size = sizes[node.level - levels.lowerBound]
            // Every use of a backbone map has its own projection.
            let parts = node.offsets.map { offset in
                resampled(
                    maps[offset], to: size, prefix: "\(prefix).combine.resample.\(offset)",
                    name: "\(prefix).in\(offset)")
            }
            maps.append(self.node(parts, prefix: prefix, isAlwaysFast: node.isAlwaysFast))
        }
        return configuration.featureNetwork.outputs(levels: levels).map { maps[$0] }
    }

    /// Fusion, activation, separable convolution, normalisation; no activation after it.
    private mutating func node(_ parts: [TensorID], prefix: String, isAlwaysFast: Bool) -> TensorID {
        let mode = isAlwaysFast ? .fast : configuration.fusion
        let weights = mode == .sum ? nil : Parameter("\(prefix).combine.edge_weights", [parts.count])
        let fused = graph.append(
            .fuse(Fusion(mode: mode, weights: weights, activation: configuration.activation)), on: parts,
            name: "\(prefix).fuse", part: .featureNetwork)
        let conv = "\(prefix).after_combine.conv"
        let deep = depthwise(
            fused, kernel: 3, weight: "\(conv).conv_dw.weight", name: "\(prefix).depthwise",
            part: .featureNetwork)
        return pointwise(
            deep, configuration.width, weight: "\(conv).conv_pw.weight", bias: "\(conv).conv_pw.bias",
            norm: norm("\(conv).bn", configuration.width), name: "\(prefix).pointwise", part: .featureNetwork)
    }

    /// To the feature network's width (where `prefix` names the projection), then to `size`: max pooling
    /// down, nearest neighbour up, each dimension for itself.
    private mutating func resampled(
        _ input: TensorID, to size: (height: Int, width: Int), prefix: String?, name: String
    ) -> TensorID {
        var x = input
        if let prefix, channels(x) != configuration.width {
            x = pointwise(
                x, configuration.width, weight: "\(prefix).conv.conv.weight",
                bias: "\(prefix).conv.conv.bias",
                norm: norm("\(prefix).conv.bn", configuration.width), name: "\(name).project",
                part: .featureNetwork)
        }
        let shape = graph.shape(of: x)
        if shape.height > size.height || shape.width > size.width {
            let pool = MaxPool(
                height: min(size.height, shape.height), width: min(size.width, shape.width),
                strideY: shape.height > size.height ? (shape.height - 1) / size.height + 1 : 1,
                strideX: shape.width > size.width ? (shape.width - 1) / size.width + 1 : 1)
            x = graph.append(.maxPool(pool), on: [x], name: "\(name).pool", part: .featureNetwork)
        }
        let pooled = graph.shape(of: x)
        if pooled.height < size.height || pooled.width < size.width {
            x = graph.append(
                .resizeNearest(height: size.height, width: size.width), on: [x], name: "\(name).resize",
                part: .featureNetwork)
        }
        return x
    }
}
