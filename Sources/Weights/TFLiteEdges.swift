/// Steps along a TFLite graph, each recognising one piece of an EfficientDet.
struct TFLiteEdges {
    typealias Convolution = TFLiteWalk.Convolution

    /// Layers of a head; the largest model has 6.
    private static let deepest = 10
    /// Readers of one map; the finest of the last cell has 3.
    private static let mostReaders = 100

    private let model: TFLiteModel

    init(_ model: TFLiteModel) {
        self.model = model
    }

    func unlike(_ reason: String) -> WeightsError {
        .unknownFormat(path: model.reader.path, hint: "it is TFLite, but no EfficientDet-Lite: \(reason)")
    }

    /// Past conversions between integer types and activations that stand alone.
    private func passes(_ kind: TFLiteModel.Kind) -> Bool {
        kind == .quantize || kind == .dequantize || kind == .relu6
    }

    /// The operations that read `tensor`, conversions passed over.
    private func readers(of tensor: Int) -> [Int] {
        var found: [Int] = []
        var pending = [tensor]
        for _ in 0..<8 where !pending.isEmpty {
            var next: [Int] = []
            for tensor in pending {
                for index in model.consumers[tensor] ?? [] {
                    let operation = model.operations[index]
                    if passes(operation.kind) { next += operation.outputs } else { found.append(index) }
                }
            }
            guard found.count < Self.mostReaders, next.count < Self.mostReaders else { break }
            pending = next
        }
        return found
    }

    /// The tensor that `tensor` is a conversion of.
    private func source(of tensor: Int) -> Int {
        var tensor = tensor
        for _ in 0..<8 {
            guard let index = model.producer[tensor], passes(model.operations[index].kind),
                let input = model.operations[index].inputs.first
            else { break }
            tensor = input
        }
        return tensor
    }

    /// The convolutions of one kind whose picture is `tensor`.
    func convolutions(of tensor: Int, _ kind: TFLiteModel.Kind) -> [Convolution] {
        readers(of: tensor).compactMap { index in
            let operation = model.operations[index]
            guard operation.kind == kind, operation.inputs.count >= 2, let output = operation.outputs.first,
                source(of: operation.inputs[0]) == source(of: tensor)
            else { return nil }
            return Convolution(operation: index, output: output)
        }
    }

    /// Channels of a map.
    func channels(_ tensor: Int) -> Int {
        model.tensors.indices.contains(tensor) ? model.tensors[tensor].shape.last ?? 0 : 0
    }

    // MARK: Backbone

    /// The block that reads `tensor`, and its output after the residual.
    func block(after tensor: Int) -> (block: TFLiteWalk.Block, output: Int)? {
        var expansion: Convolution?
        var depthwise = convolutions(of: tensor, .depthwise).first
        if depthwise == nil {
            for candidate in convolutions(of: tensor, .convolution) {
                guard let next = convolutions(of: candidate.output, .depthwise).first else { continue }
                expansion = candidate
                depthwise = next
                break
            }
        }
        guard let depthwise, let projection = convolutions(of: depthwise.output, .convolution).first else {
            return nil
        }
        let sum = readers(of: projection.output).first { index in
            let operation = model.operations[index]
            return operation.kind == .add && operation.inputs.map(source).contains(source(of: tensor))
        }
        let output = sum.flatMap { model.operations[$0].outputs.first } ?? projection.output
        let block = TFLiteWalk.Block(
            expansion: expansion, depthwise: depthwise, projection: projection,
            channels: channels(projection.output))
        return (block, output)
    }

    // MARK: Levels

    /// The convolution of `tensor` whose result is pooled, and the pooled map.
    func pooledProjection(of tensor: Int) -> (Convolution, Int)? {
        for candidate in convolutions(of: tensor, .convolution) {
            if let output = pooled(candidate.output) { return (candidate, output) }
        }
        return nil
    }

    func pooled(_ tensor: Int) -> Int? {
        readers(of: tensor).lazy.compactMap { index in
            model.operations[index].kind == .maxPool ? model.operations[index].outputs.first : nil
        }.first
    }

    // MARK: Feature network

    struct Fusion {
        var leaves: [Int]
        var output: Int
    }

    /// Sums of two or three maps, chained additions joined.
    func fusions() -> [Fusion] {
        var found: [Fusion] = []
        for operation in model.operations where operation.kind == .add {
            guard let output = operation.outputs.first else { continue }
            let isPart = readers(of: output).contains { model.operations[$0].kind == .add }
            guard !isPart else { continue }
            var leaves: [Int] = []
            for input in operation.inputs {
                let input = source(of: input)
                if let index = model.producer[input], model.operations[index].kind == .add {
                    leaves += model.operations[index].inputs.map(source)
                } else {
                    leaves.append(input)
                }
            }
            found.append(Fusion(leaves: leaves, output: output))
        }
        return found
    }

    /// BiFPN's nodes for levels 3 to 7: which maps of the cell each of them sums.
    private static let nodes = [
        [3, 4], [2, 5], [1, 6], [0, 7], [1, 7, 8], [2, 6, 9], [3, 5, 10], [4, 11],
    ]

    /// The cell that reads `maps`, and its outputs; nil where there is none.
    func cell(on maps: [Int], _ fusions: [Fusion]) throws(WeightsError) -> (
        nodes: [TFLiteWalk.Node], outputs: [Int]
    )? {
        var maps = maps
        var nodes: [TFLiteWalk.Node] = []
        for (number, inputs) in Self.nodes.enumerated() {
            guard let (node, output) = node(inputs, maps, fusions) else {
                if number == 0 { return nil }
                throw unlike("node \(number) of a cell is missing")
            }
            nodes.append(node)
            maps.append(output)
        }
        return (nodes, Array(maps.suffix(5)))
    }

    private func node(_ inputs: [Int], _ maps: [Int], _ fusions: [Fusion]) -> (TFLiteWalk.Node, Int)? {
        for fusion in fusions where fusion.leaves.count == inputs.count {
            let origins = fusion.leaves.compactMap { origin(of: $0, maps) }
            guard origins.map(\.map).sorted() == inputs else { continue }
            guard let depthwise = convolutions(of: fusion.output, .depthwise).first,
                let pointwise = convolutions(of: depthwise.output, .convolution).first
            else { continue }
            let projections = origins.compactMap { origin in origin.convolution.map { (origin.map, $0) } }
            return (
                .init(projections: projections, depthwise: depthwise, pointwise: pointwise), pointwise.output
            )
        }
        return nil
    }

    /// Which of `maps` a summand is made of, by projection and resampling.
    private func origin(of leaf: Int, _ maps: [Int]) -> (map: Int, convolution: Convolution?)? {
        let sources = maps.map(source)
        if let map = sources.lastIndex(of: source(of: leaf)) { return (map, nil) }
        var tensor = source(of: leaf)
        if let index = model.producer[tensor],
            [.maxPool, .resizeNearest].contains(model.operations[index].kind),
            let input = model.operations[index].inputs.first
        {
            tensor = source(of: input)
            if let map = sources.lastIndex(of: tensor) { return (map, nil) }
        }
        guard let index = model.producer[tensor], model.operations[index].kind == .convolution,
            let input = model.operations[index].inputs.first,
            let map = sources.lastIndex(of: source(of: input))
        else { return nil }
        return (map, Convolution(operation: index, output: tensor))
    }

    // MARK: Heads

    /// The heads that read `map`.
    func branches(on map: Int) throws(WeightsError) -> [TFLiteWalk.Branch] {
        var branches: [TFLiteWalk.Branch] = []
        for first in convolutions(of: map, .depthwise) {
            var layers: [(depthwise: Convolution, pointwise: Convolution)] = []
            var depthwise: Convolution? = first
            while let now = depthwise, layers.count < Self.deepest {
                guard let pointwise = convolutions(of: now.output, .convolution).first else {
                    throw unlike("a head ends in a depthwise convolution")
                }
                layers.append((now, pointwise))
                depthwise = convolutions(of: pointwise.output, .depthwise).first
            }
            guard let predictor = layers.popLast() else { continue }
            branches.append(.init(repeats: layers, predictor: predictor))
        }
        return branches
    }

    /// Whether a head's outputs become scores; where nothing tells, boxes have 9 · 4 channels.
    func isClass(_ branch: TFLiteWalk.Branch) -> Bool {
        var pending = [branch.predictor.pointwise.output]
        for _ in 0..<4 {
            var next: [Int] = []
            for index in pending.flatMap(readers) {
                switch model.operations[index].kind {
                case .logistic: return true
                case .detectionPostProcess: return false
                case .reshape, .concatenation: next += model.operations[index].outputs
                default: break
                }
            }
            guard next.count < Self.mostReaders else { break }
            pending = next
        }
        return channels(branch.predictor.pointwise.output) != 36
    }
}
