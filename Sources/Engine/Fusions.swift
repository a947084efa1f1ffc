import Graph

/// Which nodes of a graph run together: by rows in one step, so that what lies between them stays in
/// cache, or as a residual of the product before it.
struct Fusions {
    /// Rows of a map made on demand → depthwise convolution → (product → (residual)).
    struct Chain {
        let depthwise: Int
        /// The dense convolution that makes the rows.
        var expand: Int?
        /// The fusion that makes the rows, and what resamples its inputs on the fly.
        var fuse: Int?
        var resample: [Int?] = []
        var project: Int?
        /// The addition after the product.
        var residual: Residual?
    }

    /// An addition that joins the product before it: its node and its other summand.
    struct Residual {
        let node: Int
        let other: TensorID
    }

    /// By the depthwise convolution.
    private(set) var chains: [Int: Chain] = [:]
    /// Of products that stand alone, by the product.
    private(set) var residuals: [Int: Residual] = [:]
    /// Nodes that another node's step computes.
    private(set) var absorbed: Set<Int> = []

    private let graph: Graph
    private let kept: Set<TensorID>
    private let expandedBytes: Int
    private var producers: [TensorID: Int] = [:]
    private var readers: [TensorID: [Int]] = [:]

    /// - Parameters:
    ///   - kept: tensors that must stand in memory when the run is over.
    ///   - expandedBytes: size from which a map of floats before a depthwise convolution is made by rows.
    init(_ graph: Graph, kept: Set<TensorID>, expandedBytes: Int) {
        self.graph = graph
        self.kept = kept
        self.expandedBytes = expandedBytes
        for (index, node) in graph.nodes.enumerated() {
            producers[node.output] = index
            for input in node.inputs { readers[input, default: []].append(index) }
        }
        for (index, node) in graph.nodes.enumerated() {
            guard case .convolution(let c) = node.operation, c.isDepthwise else { continue }
            // In order, so that a product behind one chain is not made again in front of the next.
            let chain = chain(around: index)
            chains[index] = chain
            let resampled = chain.resample.compactMap { $0 }
            absorbed.formUnion(
                [chain.expand, chain.fuse, chain.project, chain.residual?.node].compactMap { $0 } + resampled)
        }
        for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) {
            guard case .convolution(let c) = node.operation, !c.isDepthwise, c.kernel == 1 else { continue }
            if let residual = residual(after: index, ready: index) {
                residuals[index] = residual
                absorbed.insert(residual.node)
            }
        }
    }

    /// The nodes that the step of node `index` computes.
    func layers(of index: Int) -> [Int] {
        guard let chain = chains[index] else { return [index] + (residuals[index].map { [$0.node] } ?? []) }
        return chain.resample.compactMap { $0 }
            + [chain.expand, chain.fuse, index, chain.project, chain.residual?.node].compactMap { $0 }
    }

    private func chain(around index: Int) -> Chain {
        var chain = Chain(depthwise: index)
        let node = graph.nodes[index]
        if let source = soleProducer(of: node.inputs[0]), !absorbed.contains(source) {
            switch graph.nodes[source].operation {
            case .convolution(let c) where !c.isDepthwise && paysExpanding(source, for: index):
                chain.expand = source
            case .fuse:
                chain.fuse = source
                chain.resample = graph.nodes[source].inputs.map { input in
                    guard let maker = soleProducer(of: input) else { return nil }
                    switch graph.nodes[maker].operation {
                    case .maxPool, .resizeNearest: return maker
                    default: return nil
                    }
                }
            default: break
            }
        }
        if let next = soleReader(of: node.output), case .convolution(let c) = graph.nodes[next].operation,
            isPointwise(c)
        {
            chain.project = next
            chain.residual = residual(after: next, ready: index)
        }
        return chain
    }

    /// Measured on Zen 4: fusing gains where the expanded map is well above the second-level cache, and
    /// costs where the rows that tiles share are many or the tiles few.
    private func paysExpanding(_ expand: Int, for depthwise: Int) -> Bool {
        guard case .convolution(let c) = graph.nodes[depthwise].operation else { return false }
        let height = graph.shape(of: graph.nodes[depthwise].output).height
        return graph.shape(of: graph.nodes[expand].output).count * 4 >= expandedBytes
            && height >= 4 * Self.tileRows(c, height: height)
    }

    /// Rows of a slice of a depthwise convolution whose input is made on demand: eight slices, or fewer of equal
    /// size where more than three of ten rows would be made twice.
    static func tileRows(_ c: Convolution, height: Int) -> Int {
        let twice = 10 * max(c.kernel - c.stride, 0)
        let least = max((twice + 3 * c.stride - 1) / (3 * c.stride), 1)
        let slices = max(min(8, height / least), 1)
        return (height + slices - 1) / slices
    }

    private func isPointwise(_ c: Convolution) -> Bool { !c.isDepthwise && c.kernel == 1 && c.stride == 1 }

    private func residual(after product: Int, ready: Int) -> Residual? {
        let output = graph.nodes[product].output
        guard case .convolution(let c) = graph.nodes[product].operation, c.activation == .none else {
            return nil
        }
        guard let next = soleReader(of: output), case .add = graph.nodes[next].operation else { return nil }
        let inputs = graph.nodes[next].inputs
        let other = inputs[0] == output ? inputs[1] : inputs[0]
        // The other summand must stand before the step runs.
        guard other != output, (producers[other] ?? -1) < ready else { return nil }
        return Residual(node: next, other: other)
    }

    private func soleReader(of tensor: TensorID) -> Int? {
        guard !kept.contains(tensor), let found = readers[tensor], found.count == 1 else { return nil }
        return found[0]
    }

    /// Who makes `tensor`, where it serves a single reader.
    private func soleProducer(of tensor: TensorID) -> Int? {
        soleReader(of: tensor) == nil ? nil : producers[tensor]
    }
}
