import CKernels
import Graph
import Weights

/// Turns a graph into drafts of steps: residuals join the product before them, gates of
/// squeeze-and-excite join the weights of the product after them.
struct PlanBuilder {
    let graph: Graph
    let provider: any TensorProvider
    let kernels: KernelSet
    /// Tensors that must stand in the arena when the run is over.
    let kept: Set<TensorID>
    var drafts: [Draft] = []
    /// Floats of every tenant of the arena: the graph's tensors, then scratch.
    var tenants: [Int]
    /// Weights that the steps point to.
    var stores: [FloatStore] = []
    var weightFloats: Int { stores.reduce(0) { $0 + $1.count } }

    private let readers: [TensorID: Int]
    /// Draft that writes a tensor.
    var writer: [TensorID: Int] = [:]
    /// Gated tensors: where the map and its gate stand.
    var gates: [TensorID: (map: TensorID, gate: Int)] = [:]

    init(graph: Graph, provider: any TensorProvider, kernels: KernelSet, kept: Set<TensorID>) {
        self.graph = graph
        self.provider = provider
        self.kernels = kernels
        self.kept = kept
        tenants = graph.shapes.map(\.count)
        readers = Dictionary(graph.nodes.flatMap(\.inputs).map { ($0, 1) }, uniquingKeysWith: +)
    }

    mutating func build() throws {
        for node in graph.nodes {
            switch node.operation {
            case .convolution(let convolution): try add(convolution, node)
            case .squeezeExcite(let gate): try add(gate, node)
            case .add: addResidual(node)
            case .fuse(let fusion): try add(fusion, node)
            case .maxPool(let pool): add(pool, node)
            case .resizeNearest: addResize(node)
            }
        }
    }

    mutating func scratch(_ floats: Int) -> Int {
        tenants.append(floats)
        return tenants.count - 1
    }

    mutating func store(_ values: [Float]) -> FloatStore {
        let store = FloatStore(values)
        stores.append(store)
        return store
    }

    mutating func append(_ draft: Draft, writing tensor: TensorID) {
        writer[tensor] = drafts.count
        drafts.append(draft)
    }

    private mutating func add(_ convolution: Convolution, _ node: Node) throws {
        let folded = try FoldedConvolution(convolution, from: provider)
        if convolution.isDepthwise {
            addDepthwise(convolution, folded, node)
        } else if convolution.kernel == 1 && convolution.stride == 1 {
            addPointwise(convolution, folded, node)
        } else {
            addDense(convolution, folded, node)
        }
    }

    /// Into the product that made the first or second summand, where nobody else reads it.
    private mutating func addResidual(_ node: Node) {
        for (own, other) in [(0, 1), (1, 0)] {
            let tensor = node.inputs[own]
            guard readers[tensor] == 1, !kept.contains(tensor), let index = writer[tensor],
                let product = products[index]
            else { continue }
            drafts[index] = product.draft(
                name: drafts[index].name, kernels: kernels, residual: node.inputs[other].index,
                output: node.output.index)
            writer[node.output] = index
            return
        }
        let count = graph.shape(of: node.output).count
        appendFusion([1, 1], .none, node, count: count)
    }

    /// Products that a residual may still join, by draft.
    var products: [Int: Product] = [:]

    private mutating func add(_ fusion: Fusion, _ node: Node) throws {
        let count = node.inputs.count
        var factors = Array(repeating: Float(1), count: count)
        if let parameter = fusion.weights {
            let weights = try provider.floats(parameter.name, shape: parameter.shape)
            factors = Self.factors(fusion.mode, weights)
        }
        appendFusion(factors, fusion.activation, node, count: graph.shape(of: node.output).count)
    }

    /// What each input is multiplied by (paper, section 3.3).
    static func factors(_ mode: Fusion.Mode, _ weights: [Float]) -> [Float] {
        switch mode {
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
