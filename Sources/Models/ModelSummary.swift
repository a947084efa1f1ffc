import Detector
import EfficientDet
import Engine
import Graph
import Weights

/// What a network is, holds and costs.
public struct ModelSummary: Sendable {
    public let configuration: Configuration
    public let whole: Graph.Count
    public let parts: [(part: Part, count: Graph.Count)]
    public let anchors: Int
    /// Bytes of the plan; nil where none was made.
    public let arenaBytes: Int?
    public let weightBytes: Int?
    /// The kernel set it was planned for.
    public let kernels: String?

    /// - Parameter plan: made for `configuration`.
    public init(_ configuration: Configuration, plan: Plan? = nil) {
        self.configuration = configuration
        let graph = plan?.graph ?? GraphBuilder.graph(of: configuration)
        whole = graph.count()
        parts = Part.allCases.map { ($0, graph.count(of: $0)) }
        anchors = Anchors(configuration).count
        arenaBytes = plan?.arenaBytes
        weightBytes = plan?.weightBytes
        kernels = plan?.kernels.name
    }
}

extension Backbone {
    /// `EfficientNet-B0`, `EfficientNet-Lite3`; for one between two its channels and blocks.
    public var title: String {
        for index in 0...7 where self == .b(index) { return "EfficientNet-B\(index)" }
        for index in 0...4 where self == .lite(index) { return "EfficientNet-Lite\(index)" }
        let blocks = stages.reduce(0) { $0 + $1.repeats }
        return "EfficientNet scaled: \(blocks) blocks, \(stages.last?.channels ?? 0) channels at the end"
    }
}

extension FeatureNetwork {
    public var title: String {
        switch self {
        case .bifpn: "BiFPN"
        case .fpn: "top-down FPN"
        case .panet: "FPN+PANet"
        case .quad: "quad FPN"
        }
    }
}

extension ModelSummary {
    /// A plan of `configuration` for its sizes alone: all weights are zeros.
    public static func plan(of configuration: Configuration) throws -> Plan {
        try Plan(
            graph: GraphBuilder.graph(of: configuration), weights: Zeros(),
            normalization: InputNormalization(mean: configuration.mean, std: configuration.std),
            options: PlanOptions(workers: WorkerCount.available(), kernels: try KernelSet.chosen()))
    }

    private struct Zeros: TensorProvider {
        func floats(_ name: String, shape: [Int]) -> [Float] {
            Array(repeating: 0, count: shape.reduce(1, *))
        }
    }
}
