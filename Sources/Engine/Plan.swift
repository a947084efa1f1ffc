import CKernels
import Graph
import Weights

/// How 8-bit RGB becomes the network's input: `(x / 255 - mean) / std`, by channel.
public struct InputNormalization: Sendable, Hashable {
    public var mean: [Float]
    public var std: [Float]

    public init(mean: [Float], std: [Float]) {
        self.mean = mean
        self.std = std
    }
}

public struct PlanOptions: Sendable {
    /// Threads that share the work, the caller's included.
    public var workers: Int
    /// Taps that must be readable after a run, besides the outputs.
    public var keep: Set<String>
    public var kernels: KernelSet

    public init(workers: Int, keep: Set<String> = [], kernels: KernelSet) {
        self.workers = workers
        self.keep = keep
        self.kernels = kernels
    }
}

/// A class logit above the threshold: its value and its place in the output map (channels last).
public struct MapCandidate: Sendable, Hashable {
    public var logit: Float
    public var index: Int
}

/// A network ready to run: steps over one arena, everything decided. The same plan gives the same bits
/// for any number of workers. It is owned by one queue at a time: `run` and the reads after it must not
/// overlap.
public final class Plan: WorkerTeam.Work, @unchecked Sendable {
    public let graph: Graph
    public let kernels: KernelSet
    private let steps: [Step]
    private let memory: PlanMemory
    private let stores: [FloatStore]
    private let readable: [String: TensorID]
    private let team: WorkerTeam
    private let scale: [Float]
    private let shift: [Float]
    private var canvas: PixelCanvas?
    private var watch: StepWatch?

    /// - Throws: `WeightsError` for a tensor that is missing or has the wrong shape.
    public init(
        graph: Graph, weights: any TensorProvider, normalization: InputNormalization, options: PlanOptions
    ) throws {
        self.graph = graph
        kernels = options.kernels
        scale = normalization.std.map { 1 / (255 * $0) }
        shift = zip(normalization.mean, normalization.std).map { -$0 / $1 }
        let names = graph.taps.filter { options.keep.contains($0.name) || graph.outputs.contains($0.name) }
        readable = Dictionary(names.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        var builder = PlanBuilder(
            graph: graph, provider: weights, kernels: options.kernels, kept: Set(readable.values))
        try builder.build()
        let arena = Self.place(builder)
        memory = PlanMemory(
            arena: FloatStore(count: arena.floats), offsets: arena.offsets, workers: max(options.workers, 1))
        stores = builder.stores
        let memory = memory
        steps = builder.drafts.map { $0.make(memory) }
        // The input step comes first.
        team = WorkerTeam(count: options.workers, steps: steps.count + 1)
    }

    /// Lifetimes: from the step that writes to the last that reads; step 0 makes the input.
    private static func place(_ builder: PlanBuilder) -> ArenaPlan {
        let last = builder.drafts.count + 1
        var first = Array(repeating: 0, count: builder.tenants.count)
        var end = first
        var isUsed = Array(repeating: false, count: builder.tenants.count)
        isUsed[Graph.inputTensor.index] = true
        for (index, draft) in builder.drafts.enumerated() {
            for tenant in draft.writes {
                first[tenant] = index + 1
                end[tenant] = max(end[tenant], index + 1)
                isUsed[tenant] = true
            }
            for tenant in draft.reads { end[tenant] = index + 1 }
        }
        for tensor in builder.kept { end[tensor.index] = last }
        return ArenaPlan(
            builder.tenants.indices.map {
                // Tensors that a fusion removed take no room.
                .init(floats: isUsed[$0] ? builder.tenants[$0] : 0, life: first[$0]...max(first[$0], end[$0]))
            })
    }

    public var workers: Int { team.count }
    public var arenaBytes: Int { memory.arena.count * 4 }
    public var weightBytes: Int { stores.reduce(0) { $0 + $1.count } * 4 }

    /// Runs the network on a picture.
    /// - Precondition: the canvas has the size of the graph's input.
    public func run(_ canvas: PixelCanvas) {
        precondition(canvas.width == graph.input.width && canvas.height == graph.input.height)
        self.canvas = canvas
        team.run(self)
        self.canvas = nil
    }

    /// Runs the network on its input tensor, `3 × height × width`, normalised already.
    public func run(planar: [Float]) {
        let pixels = graph.input.height * graph.input.width
        precondition(planar.count == 3 * pixels)
        let input = memory(Graph.inputTensor.index)
        for channel in 0..<3 {
            for pixel in 0..<pixels { input[pixel * 3 + channel] = planar[channel * pixels + pixel] }
        }
        team.run(self)
    }

    /// Lends an output or kept tap, channels last.
    /// - Precondition: the tap is an output or was asked to be kept.
    public func withTensor<R>(_ tap: String, _ body: (Span<Float>, TensorShape) throws -> R) rethrows -> R {
        guard let tensor = readable[tap] else { preconditionFailure("the plan does not keep \(tap)") }
        let shape = graph.shape(of: tensor)
        let buffer = UnsafeBufferPointer(start: memory(tensor.index), count: shape.count)
        return try body(Span(_unsafeElements: buffer), shape)
    }

    /// Appends the values of output `tap` that are above `logit`, in the order of memory, beginning at
    /// `start`, `most` at most.
    /// - Returns: where to go on; nil at the end.
    @discardableResult
    public func candidates(
        in tap: String, above logit: Float, from start: Int = 0, most: Int = .max,
        into found: inout [MapCandidate]
    ) -> Int? {
        withTensor(tap) { values, _ in
            values.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return nil }
                var at = start
                let full = most == .max ? .max : found.count + most
                while at < buffer.count {
                    if found.count == full { return at }
                    let next = ck_first_above(base, at, buffer.count, logit)
                    guard next < buffer.count else { break }
                    found.append(MapCandidate(logit: base[next], index: next))
                    at = next + 1
                }
                return nil
            }
        }
    }

    /// Time of every step over `runs` runs on whatever the input is now.
    public func profile(runs: Int) -> [StepProfile] {
        let watch = StepWatch(steps: steps.count + 1)
        self.watch = watch
        for _ in 0..<max(runs, 1) {
            watch.start()
            team.run(self)
        }
        self.watch = nil
        return watch.profiles(
            names: ["input"] + steps.map(\.name), multiplyAdds: [0] + steps.map(\.multiplyAdds))
    }

    // MARK: Work

    var stepCount: Int { steps.count + 1 }

    func sliceCount(step: Int) -> Int {
        if step > 0 { return steps[step - 1].slices }
        return canvas == nil ? 0 : graph.input.height
    }

    func run(step: Int, slice: Int, worker: Int) {
        if step > 0 {
            steps[step - 1].body(slice, worker)
        } else if let canvas {
            let count = graph.input.width
            let start = slice * count * 3
            scale.withUnsafeBufferPointer { scale in
                shift.withUnsafeBufferPointer { shift in
                    ck_normalise_u8(
                        canvas.bytes.baseAddress.map { $0 + start }, count, scale.baseAddress,
                        shift.baseAddress,
                        memory(Graph.inputTensor.index) + start)
                }
            }
        }
    }

    func finished(step: Int) { watch?.stop(step) }
}
