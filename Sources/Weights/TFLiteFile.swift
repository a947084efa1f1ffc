/// Reads an EfficientDet-Lite from TFLite: float, half or int8, dequantised. Batch normalisation is folded
/// into TFLite's convolutions; it comes back as one that changes nothing but adds the bias, so that the
/// tensors have effdet's names and shapes.
enum TFLiteFile {
    static func read(_ reader: ByteReader) throws(WeightsError) -> FileContents {
        let model = try TFLiteModel(reader)
        let walk = try TFLiteWalk(model)
        var weights = TFLiteWeights(model)
        try weights.add(walk)
        var contents = FileContents(tensors: weights.tensors)
        try TFLiteConventions.describe(walk, into: &contents)
        return contents
    }
}

/// Collects the weights of a recognised graph under effdet's names.
struct TFLiteWeights {
    private(set) var tensors: [String: StoredTensor] = [:]
    private let model: TFLiteModel
    /// Of batch normalisation, everywhere in these models.
    private static let epsilon: Float = 1e-3

    init(_ model: TFLiteModel) {
        self.model = model
    }

    mutating func add(_ walk: TFLiteWalk) throws(WeightsError) {
        try folded(walk.stem, weight: "backbone.conv_stem.weight", norm: "backbone.bn1")
        let numbering = BlockNumbering { walk.blocks.indices.contains($0) ? walk.blocks[$0].channels : nil }
        for (number, block) in walk.blocks.enumerated() {
            guard let place = numbering[number] else { continue }
            let prefix = "backbone.blocks.\(place.stage).\(place.block)"
            if let expansion = block.expansion {
                try folded(expansion, weight: "\(prefix).conv_pw.weight", norm: "\(prefix).bn1")
            }
            let (dw, pw) = block.expansion == nil ? ("bn1", "bn2") : ("bn2", "bn3")
            try folded(block.depthwise, weight: "\(prefix).conv_dw.weight", norm: "\(prefix).\(dw)")
            let projection = block.expansion == nil ? "conv_pw" : "conv_pwl"
            try folded(block.projection, weight: "\(prefix).\(projection).weight", norm: "\(prefix).\(pw)")
        }
        try resampling(walk.toLevel6, "fpn.resample.3.conv")
        for (cell, nodes) in walk.cells.enumerated() {
            for (number, node) in nodes.enumerated() {
                let prefix = "fpn.cell.\(cell).fnode.\(number)"
                for (input, convolution) in node.projections {
                    try resampling(convolution, "\(prefix).combine.resample.\(input).conv")
                }
                let conv = "\(prefix).after_combine.conv"
                let (deep, point, bias) = try separable(node.depthwise, node.pointwise, conv)
                tensors["\(conv).conv_dw.weight"] = deep
                tensors["\(conv).conv_pw.weight"] = point
                try zeros("\(conv).conv_pw.bias", bias.count)
                try norm("\(conv).bn", bias: bias)
            }
        }
        try head("class_net", walk.heads.map(\.classes))
        try head("box_net", walk.heads.map(\.boxes))
    }

    // MARK: Pieces

    private func constant(_ convolution: TFLiteWalk.Convolution, _ input: Int, _ name: String)
        throws(WeightsError) -> StoredTensor
    {
        let inputs = model.operations[convolution.operation].inputs
        guard inputs.indices.contains(input), let constant = try model.constant(inputs[input], name) else {
            throw .damaged(
                path: model.reader.path, offset: 0,
                reason: "the convolution of \(name) has no constant weights")
        }
        return constant
    }

    /// In PyTorch's order: from [out, h, w, in], or from [1, h, w, channels] where depthwise.
    private func weight(_ convolution: TFLiteWalk.Convolution, _ name: String) throws(WeightsError)
        -> StoredTensor
    {
        let stored = try constant(convolution, 1, name)
        let isDepthwise = model.operations[convolution.operation].kind == .depthwise
        guard let turned = stored.permuted(isDepthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]) else {
            throw .wrongShape(tensor: name, expected: [0, 0, 0, 0], found: stored.shape)
        }
        return turned
    }

    private func bias(_ convolution: TFLiteWalk.Convolution, _ name: String, count: Int) throws(WeightsError)
        -> [Float]
    {
        let inputs = model.operations[convolution.operation].inputs
        guard inputs.count > 2, inputs[2] >= 0 else { return Array(repeating: 0, count: count) }
        let values = try constant(convolution, 2, name).floats()
        guard values.count == count else {
            throw .wrongShape(tensor: name, expected: [count], found: [values.count])
        }
        return values
    }

    private mutating func put(_ name: String, _ values: [Float], shape: [Int]? = nil) throws(WeightsError) {
        tensors[name] = try StoredTensor(
            name, shape: shape ?? [values.count], values: values, path: model.reader.path)
    }

    private mutating func zeros(_ name: String, _ count: Int) throws(WeightsError) {
        try put(name, Array(repeating: 0, count: count))
    }

    /// A normalisation that multiplies by `factor` and adds `bias`.
    private mutating func norm(_ name: String, factor: [Float]? = nil, bias: [Float]) throws(WeightsError) {
        try put("\(name).weight", factor ?? Array(repeating: 1, count: bias.count))
        try put("\(name).bias", bias)
        try zeros("\(name).running_mean", bias.count)
        try put("\(name).running_var", Array(repeating: 1 - Self.epsilon, count: bias.count))
    }

    private mutating func folded(_ convolution: TFLiteWalk.Convolution, weight name: String, norm: String)
        throws(WeightsError)
    {
        let kernel = try weight(convolution, name)
        tensors[name] = kernel
        try self.norm(norm, bias: try bias(convolution, "\(norm).bias", count: kernel.shape[0]))
    }

    private mutating func resampling(_ convolution: TFLiteWalk.Convolution, _ prefix: String)
        throws(WeightsError)
    {
        try folded(convolution, weight: "\(prefix).conv.weight", norm: "\(prefix).bn")
        try zeros("\(prefix).conv.bias", tensors["\(prefix).conv.weight"]?.shape[0] ?? 0)
    }

    /// Both kernels and the bias behind them. A bias between them, which effdet has not, goes through the
    /// second: no activation stands there.
    private func separable(
        _ depthwise: TFLiteWalk.Convolution, _ pointwise: TFLiteWalk.Convolution, _ name: String
    ) throws(WeightsError) -> (deep: StoredTensor, point: StoredTensor, bias: [Float]) {
        let deep = try weight(depthwise, "\(name).conv_dw.weight")
        let point = try weight(pointwise, "\(name).conv_pw.weight")
        var sum = try bias(pointwise, "\(name).conv_pw.bias", count: point.shape[0])
        let inner = try bias(depthwise, "\(name).conv_dw.bias", count: deep.shape[0])
        guard inner.contains(where: { $0 != 0 }) else { return (deep, point, sum) }
        guard point.shape.dropFirst() == [inner.count, 1, 1] else {
            throw .wrongShape(
                tensor: "\(name).conv_pw.weight", expected: [point.shape[0], inner.count, 1, 1],
                found: point.shape)
        }
        let values = try point.floats()
        for o in sum.indices {
            for (i, value) in inner.enumerated() { sum[o] += values[o * inner.count + i] * value }
        }
        return (deep, point, sum)
    }

    // MARK: Heads

    /// The levels share their kernels but not their normalisations, which TFLite has folded in: each level's
    /// rows are multiples of a common row.
    private mutating func head(_ prefix: String, _ levels: [TFLiteWalk.Branch]) throws(WeightsError) {
        guard let first = levels.first, levels.allSatisfy({ $0.repeats.count == first.repeats.count }) else {
            throw TFLiteEdges(model).unlike("its heads differ in depth from level to level")
        }
        for index in first.repeats.indices {
            let conv = "\(prefix).conv_rep.\(index)"
            var rows: [(values: [Float], bias: [Float])] = []
            var shape: [Int] = []
            for level in levels {
                let (deep, point, bias) = try separable(
                    level.repeats[index].depthwise, level.repeats[index].pointwise, conv)
                tensors["\(conv).conv_dw.weight"] = tensors["\(conv).conv_dw.weight"] ?? deep
                guard shape.isEmpty || shape == point.shape else {
                    throw .wrongShape(tensor: conv, expected: shape, found: point.shape)
                }
                shape = point.shape
                rows.append((try point.floats(), bias))
            }
            try shared(rows.map(\.values), rows.map(\.bias), shape, conv, "\(prefix).bn_rep.\(index)")
        }
        let name = "\(prefix).predict"
        let (deep, point, bias) = try separable(first.predictor.depthwise, first.predictor.pointwise, name)
        tensors["\(name).conv_dw.weight"] = deep
        tensors["\(name).conv_pw.weight"] = point
        try put("\(name).conv_pw.bias", bias)
    }

    /// Splits the levels' kernels into a common one and a factor per level and row.
    private mutating func shared(
        _ kernels: [[Float]], _ biases: [[Float]], _ shape: [Int], _ conv: String, _ norm: String
    ) throws(WeightsError) {
        let outputs = shape[0]
        let inputs = outputs == 0 ? 0 : kernels[0].count / outputs
        func square(_ level: Int, _ row: Int) -> Double {
            kernels[level][row * inputs..<(row + 1) * inputs].reduce(0) { $0 + Double($1) * Double($1) }
        }
        var common = kernels[0]
        var factors = kernels.map { _ in Array(repeating: Float(0), count: outputs) }
        for row in 0..<outputs {
            // The longest row is the one that rounding hurt the least.
            let squares = kernels.indices.map { square($0, row) }
            let best = squares.indices.max { squares[$0] < squares[$1] } ?? 0
            let range = row * inputs..<(row + 1) * inputs
            common.replaceSubrange(range, with: kernels[best][range])
            for level in kernels.indices where squares[best] > 0 {
                let product = range.reduce(0.0) { $0 + Double(kernels[level][$1]) * Double(common[$1]) }
                let factor = product / squares[best]
                let rest = max(0, squares[level] - factor * product)
                guard rest <= 0.0025 * squares[best] else {
                    throw TFLiteEdges(model).unlike("\(conv) differs from level to level (row \(row))")
                }
                factors[level][row] = Float(factor)
            }
        }
        try put("\(conv).conv_pw.weight", common, shape: shape)
        try zeros("\(conv).conv_pw.bias", outputs)
        for level in kernels.indices {
            try self.norm("\(norm).\(level).bn", factor: factors[level], bias: biases[level])
        }
    }
}
