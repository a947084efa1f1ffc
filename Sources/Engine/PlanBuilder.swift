import CKernels
import Graph
import Weights

/// Turns a graph into drafts of steps. What may run together by rows (`Fusions`) becomes one draft;
/// residuals join the product before them; gates of squeeze-and-excite join the weights of the product
/// after them.
struct PlanBuilder {
    let graph: Graph
    let provider: any TensorProvider
    let kernels: KernelSet
    let precision: Precision
    let normalization: InputNormalization
    let calibration: Calibration
    /// Of the maps of bytes, by tensor.
    private(set) var quantizations: [Quantization?] = []
    private let kept: Set<TensorID>
    /// Outputs that are searched, not stored, and the place of their first value.
    let searched: [TensorID: Int]
    /// Maps of which a run makes only the rows that it needs.
    let demands: [TensorID: RowDemand]
    /// Tenants without room: what a step of theirs found in a searched output, and its rows.
    var finds: [Int] = []
    var foundRows: Int?
    let fusions: Fusions
    var drafts: [Draft] = [] {
        didSet { while storeEnds.count < drafts.count { storeEnds.append(stores.count) } }
    }
    /// How many stores there are behind each draft: what was stored since the one before is its own.
    private var storeEnds: [Int] = []
    /// Floats of every tenant of the arena: the graph's tensors, then scratch that outlives a step.
    var tenants: [Int]
    /// Weights that the steps point to.
    var stores: [FloatStore] = []
    /// Gated tensors: where the map and its gate stand.
    var gates: [TensorID: (map: TensorID, gate: Int)] = [:]
    /// Sums of channels that a depthwise convolution collects while it runs, by tile of rows.
    var sums: [TensorID: (tenant: Int, tiles: Int)] = [:]

    init(
        graph: Graph, provider: any TensorProvider, normalization: InputNormalization, options: PlanOptions,
        kept: Set<TensorID>, searched: [TensorID: Int], demands: [TensorID: RowDemand]
    ) throws(EngineError) {
        self.normalization = normalization
        calibration = options.calibration ?? Calibration()
        kernels = options.kernels
        precision = options.precision
        self.kept = kept
        self.searched = searched
        self.demands = demands
        self.graph = graph
        self.provider = provider
        fusions = Fusions(graph, kept: kept, expandedBytes: options.expandedBytes)
        tenants = []
        tenants = graph.shapes.indices.map { index in
            let tensor = TensorID(index: index)
            let count = graph.shape(of: tensor).count
            return storesFloat(tensor) ? count : precision.floats(count)
        }
        if precision == .int8 {
            quantizations = try Self.quantizations(graph, calibration) { storesFloat($0) }
        }
    }

    /// Whether a tensor holds floats whatever the precision: the input, and results that no node reads.
    func storesFloat(_ tensor: TensorID) -> Bool {
        if precision == .f32 || tensor == Graph.inputTensor || searched[tensor] != nil { return true }
        return kept.contains(tensor) && !graph.nodes.contains { $0.inputs.contains(tensor) }
            && graph.nodes.contains { $0.output == tensor && $0.isPointwise }
    }

    mutating func build() throws {
        let nodes = graph.nodes.indices.filter { !fusions.absorbed.contains($0) }
        for index in nodes where !isPartial(index) { try add(node: index) }
        guard !demands.isEmpty else { return }
        // Nothing that is made in full reads what is not.
        addFoundRows()
        for index in nodes where isPartial(index) { try add(node: index) }
    }

    private mutating func add(node index: Int) throws {
        let (node, first) = (graph.nodes[index], drafts.count)
        switch node.operation {
        case .convolution(let convolution): try add(convolution, index)
        case .squeezeExcite(let gate): try add(gate, node)
        case .add: try add(Fusion(mode: .sum, weights: nil, activation: .none), factors: [1, 1], node)
        case .fuse(let fusion): try add(fusion, factors: try factors(fusion, node.inputs.count), node)
        case .maxPool(let pool): add(pool, node)
        case .resizeNearest: addResize(node)
        }
        for new in first..<drafts.count {
            drafts[new].layers = fusions.layers(of: index)
            drafts[new].isPartial = isPartial(index)
        }
    }

    private mutating func add(_ convolution: Convolution, _ index: Int) throws {
        let node = graph.nodes[index]
        if convolution.isDepthwise {
            try addChain(fusions.chains[index] ?? Fusions.Chain(depthwise: index))
        } else if convolution.kernel == 1 && convolution.stride == 1 {
            let residual = fusions.residuals[index]
            let product = try product(
                ofNode: index, output: residual.map { graph.nodes[$0.node].output } ?? node.output,
                residual: residual?.other, isGated: gates[node.inputs[0]] != nil)
            addPointwise(product, node, residual: residual)
        } else {
            addRows(try denseRows(convolution, node), name: node.name, of: node.output)
        }
    }

    /// Bytes of the weights that a draft owns.
    func weightBytes(of draft: Int) -> Int {
        let first = draft == 0 ? 0 : storeEnds[draft - 1]
        return stores[first..<storeEnds[draft]].reduce(0) { $0 + $1.count * 4 }
    }

    mutating func scratch(_ floats: Int) -> Int {
        tenants.append(floats)
        return tenants.count - 1
    }

    mutating func store(_ values: [Float]) -> FloatStore { store(FloatStore(values)) }

    mutating func store(_ store: FloatStore) -> FloatStore {
        stores.append(store)
        return store
    }

    /// What each input of a fusion is multiplied by (paper, section 3.3).
    func factors(_ fusion: Fusion, _ count: Int) throws -> [Float] {
        guard let parameter = fusion.weights else { return Array(repeating: 1, count: count) }
        let weights = try provider.floats(parameter.name, shape: parameter.shape)
        switch fusion.mode {
        case .sum: return weights.map { _ in 1 }
        case .unbounded: return weights
        case .fast:
            let positive = weights.map { Double(max($0, 0)) }
            let sum = positive.reduce(0, +) + 0.0001
            return positive.map { Float($0 / sum) }
        case .softmax:
            let largest = weights.max() ?? 0
            let powers = weights.map { exponential(Double($0 - largest)) }
            let sum = powers.reduce(0, +)
            return powers.map { Float($0 / sum) }
        }
    }
}

extension Node {
    /// A 1×1 convolution.
    var isPointwise: Bool {
        guard case .convolution(let c) = operation else { return false }
        return !c.isDepthwise && c.kernel == 1 && c.stride == 1
    }
}
