import Graph
import Weights

/// Looks at a network's maps while it runs on pictures, for the ranges that bytes need.
public final class Calibrator {
    private let plan: Plan
    private let original: Graph
    private var histograms: [String: ValueHistogram] = [:]
    public private(set) var pictureCount = 0

    /// - Throws: `WeightsError` for a tensor that is missing or has the wrong shape.
    public init(
        graph: Graph, weights: any TensorProvider, normalization: InputNormalization, workers: Int,
        kernels: KernelSet
    ) throws {
        original = graph
        let observable = Calibration.observable(graph)
        plan = try Plan(
            graph: observable, weights: weights, normalization: normalization,
            options: PlanOptions(workers: workers, keep: Set(observable.outputs), kernels: kernels))
    }

    /// - Precondition: the canvas has the size of the graph's input.
    public func look(at canvas: PixelCanvas) {
        plan.run(canvas)
        pictureCount += 1
        for tap in plan.graph.outputs {
            plan.withTensor(tap) { values, _ in histograms[tap, default: ValueHistogram()].add(values) }
        }
    }

    /// What was seen up to now.
    public var calibration: Calibration {
        var ranges: [String: ClosedRange<Float>] = [:]
        for node in original.nodes {
            ranges[node.name] = histograms[node.name]?.bestRange()
            guard let activation = node.operation.tableActivation else { continue }
            let name = node.name + Calibration.inputSuffix
            ranges[name] = histograms[name]?.bestRange(before: activation)
        }
        return Calibration(ranges: ranges)
    }
}
