import Graph
import Weights

/// What plans of one network share: packed weights, drafts, their order and their places. It never
/// changes.
final class Blueprint: @unchecked Sendable {
    let graph: Graph
    let kernels: KernelSet
    let precision: Precision
    let normalization: InputNormalization
    let readable: [String: TensorID]
    /// Kept taps that do not stand in the arena as floats.
    let narrow: Set<TensorID>
    /// What bytes stand for, by tensor; empty where there are none.
    let quantizations: [Quantization?]
    let stores: [FloatStore]
    /// What each step computes and touches, in their order.
    let works: [StepWork]
    private let selection: Selection?
    private let drafts: [Draft]
    private let schedule: Schedule
    private let arena: ArenaPlan
    private let isPartial: Bool

    init(
        graph: Graph, weights: any TensorProvider, normalization: InputNormalization, options: PlanOptions
    ) throws {
        self.graph = graph
        self.normalization = normalization
        kernels = options.kernels
        precision = options.precision
        selection = options.selection
        let searched = Set(options.selection?.taps ?? [])
        let names = graph.taps.filter {
            options.keep.contains($0.name) || (graph.outputs.contains($0.name) && !searched.contains($0.name))
        }
        readable = Dictionary(names.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        let kept = Set(readable.values)
        var builder = try PlanBuilder(
            graph: graph, provider: weights, normalization: normalization, options: options, kept: kept,
            searched: Self.places(options.selection, graph),
            demands: RowDemand.derived(graph, options.selection, kept: Self.full(kept, options, graph)))
        try builder.build()
        drafts = builder.drafts
        schedule = Schedule(drafts)
        works = Self.works(builder, schedule)
        arena = Self.place(builder.tenants, schedule, drafts, kept: kept)
        stores = builder.stores
        narrow = kept.filter { !builder.storesFloat($0) }
        quantizations = builder.quantizations
        isPartial = !builder.demands.isEmpty
    }

    /// Memory for one plan.
    func memory(workers: Int) -> PlanMemory {
        let scratch = ((drafts.map(\.scratchBytes).max() ?? 0) / 4 + 64 + 15) / 16 * 16
        return PlanMemory(
            arena: FloatStore(count: arena.floats), offsets: arena.offsets,
            scratch: FloatStore(count: workers * scratch), scratchFloats: scratch,
            input: InputLines(normalization, width: graph.input.width, kernels: kernels),
            found: selection.map { SelectionLists($0, workers: workers) },
            foundRows: isPartial ? FoundRows(searchedShapes) : nil)
    }

    private var searchedShapes: [TensorShape] {
        (selection?.taps ?? []).compactMap { graph.tensor(named: $0) }.map { graph.shape(of: $0) }
    }

    /// Of the kept tensors those that are more than companions of what is searched.
    private static func full(_ kept: Set<TensorID>, _ options: PlanOptions, _ graph: Graph) -> Set<TensorID> {
        func tensors(_ names: some Sequence<String>) -> [TensorID] {
            names.compactMap { graph.tensor(named: $0) }
        }
        return kept.subtracting(tensors(Array((options.selection?.companions.values ?? [:].values).joined())))
            .union(tensors(options.keep))
    }

    /// The place of the first value of every output that is searched.
    private static func places(_ selection: Selection?, _ graph: Graph) -> [TensorID: Int] {
        var places: [TensorID: Int] = [:]
        var next = 0
        for tap in selection?.taps ?? [] {
            guard let tensor = graph.tensor(named: tap) else { preconditionFailure("there is no \(tap)") }
            let shape = graph.shape(of: tensor)
            precondition(selection?.channels.map { $0.count == shape.channels } ?? true)
            places[tensor] = next
            next += shape.count
        }
        precondition(next <= UInt32.max, "places have 32 bits")
        return places
    }

    func steps(_ memory: PlanMemory) -> [Step] {
        schedule.groups.map { Step.joined($0.map { drafts[$0].make(memory) }) }
    }

    private static func works(_ builder: PlanBuilder, _ schedule: Schedule) -> [StepWork] {
        var bytes = builder.tenants.map { $0 * 4 }
        // What the network reads is a picture of bytes.
        bytes[Graph.inputTensor.index] = builder.graph.input.count
        return schedule.groups.map { group in
            StepWork(
                group.map { builder.drafts[$0] }, weights: group.map(builder.weightBytes(of:)),
                tenants: bytes, graph: builder.graph)
        }
    }

    /// Tensors that nothing touches take no room; the input and what is kept live to the end.
    private static func place(_ tenants: [Int], _ schedule: Schedule, _ drafts: [Draft], kept: Set<TensorID>)
        -> ArenaPlan
    {
        let lives = schedule.lives(of: drafts, tenants: tenants.count)
        let last = schedule.groups.count + 1
        return ArenaPlan(
            tenants.indices.map { index in
                let life = lives[index]
                let isKept = kept.contains { $0.index == index }
                let isInput = index == Graph.inputTensor.index
                return .init(
                    floats: life == nil && !isInput && !isKept ? 0 : tenants[index],
                    life: (isInput ? 0 : life?.lowerBound ?? 0)...(isKept ? last : life?.upperBound ?? 0))
            })
    }
}
