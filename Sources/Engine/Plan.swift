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
    public var precision: Precision
    /// What `Precision.int8` needs.
    public var calibration: Calibration?
    /// Outputs that are not stored, only searched; nil: all outputs are stored ("dense").
    public var selection: Selection?
    /// Size of an expanded map in bytes from which it is made by rows; measured on Zen 4.
    var expandedBytes = 2_000_000

    public init(
        workers: Int, keep: Set<String> = [], kernels: KernelSet, precision: Precision = .f32,
        calibration: Calibration? = nil
    ) {
        self.calibration = calibration
        self.workers = workers
        self.keep = keep
        self.kernels = kernels
        self.precision = precision
    }
}

/// A network ready to run: steps over one arena, everything decided. The same plan gives the same bits
/// for any number of workers. It is owned by one queue at a time: `run` and the reads after it must not
/// overlap.
public final class Plan: WorkerTeam.Work, @unchecked Sendable {
    private let blueprint: Blueprint
    private let steps: [Step]
    private let memory: PlanMemory
    private let team: WorkerTeam
    private var watch: StepWatch?
    /// What a selection looks for in the runs from now on: values above it.
    public var limit = Float.infinity

    /// - Throws: `WeightsError` for a tensor that is missing or has the wrong shape; `EngineError` where
    ///   bytes are wanted and a range is missing.
    public convenience init(
        graph: Graph, weights: any TensorProvider, normalization: InputNormalization, options: PlanOptions
    ) throws {
        let blueprint = try Blueprint(
            graph: graph, weights: weights, normalization: normalization, options: options)
        self.init(blueprint, workers: options.workers)
    }

    private init(_ blueprint: Blueprint, workers: Int) {
        self.blueprint = blueprint
        memory = blueprint.memory(workers: max(workers, 1))
        steps = blueprint.steps(memory)
        team = WorkerTeam(count: max(workers, 1), steps: steps.count)
    }

    /// A plan of the same network over the same weights, with memory and workers of its own: for several
    /// frames at once (throughput) instead of one frame on all workers (latency). The results are the same.
    public func twin(workers: Int) -> Plan { Plan(blueprint, workers: workers) }

    public var graph: Graph { blueprint.graph }
    public var kernels: KernelSet { blueprint.kernels }
    public var precision: Precision { blueprint.precision }
    public var workers: Int { team.count }
    public var arenaBytes: Int { (memory.arena.count + memory.scratch.count) * 4 }
    /// Shared with twins.
    public var weightBytes: Int { blueprint.stores.reduce(0) { $0 + $1.count } * 4 }

    /// Runs the network on a picture.
    /// - Precondition: the canvas has the size of the graph's input.
    public func run(_ canvas: PixelCanvas) {
        precondition(canvas.width == graph.input.width && canvas.height == graph.input.height)
        memory.input.canvas = canvas
        run()
        memory.input.canvas = nil
    }

    /// Runs the network on its input tensor, `3 × height × width`, normalised already.
    public func run(planar: [Float]) {
        let pixels = graph.input.height * graph.input.width
        precondition(planar.count == 3 * pixels)
        let tensor = memory(Graph.inputTensor.index)
        for channel in 0..<3 {
            for pixel in 0..<pixels { tensor[pixel * 3 + channel] = planar[channel * pixels + pixel] }
        }
        run()
    }

    private func run() {
        memory.found?.begin(above: limit)
        team.run(self)
    }

    /// Appends what the last run's selection found, in no particular order; places are counted through all
    /// its outputs.
    public func selected(into found: inout [MapCandidate]) { memory.found?.collect(into: &found) }

    /// Lends an output or kept tap, channels last. Of a companion of a selection only the rows in which
    /// something was found are made; the others hold anything.
    /// - Precondition: the tap is an output or was asked to be kept.
    public func withTensor<R>(_ tap: String, _ body: (Span<Float>, TensorShape) throws -> R) rethrows -> R {
        guard let tensor = blueprint.readable[tap] else {
            preconditionFailure("the plan does not keep \(tap)")
        }
        let shape = graph.shape(of: tensor)
        if blueprint.narrow.contains(tensor) {
            let values = wide(tensor, count: shape.count)
            return try values.withUnsafeBufferPointer { try body(Span(_unsafeElements: $0), shape) }
        }
        let buffer = UnsafeBufferPointer(start: memory(tensor.index), count: shape.count)
        return try body(Span(_unsafeElements: buffer), shape)
    }

    /// The numbers of a map of bfloat16 or bytes.
    private func wide(_ tensor: TensorID, count: Int) -> [Float] {
        let start = memory.bytes(tensor.index)
        if blueprint.precision == .int8, let quantization = blueprint.quantizations[tensor.index] {
            let bytes = start.assumingMemoryBound(to: UInt8.self)
            return (0..<count).map { quantization.value(bytes[$0]) }
        }
        let bits = start.assumingMemoryBound(to: UInt16.self)
        return (0..<count).map { Float(bitPattern: UInt32(bits[$0]) << 16) }
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

    /// Time of every step over `runs` runs on a picture.
    public func profile(_ canvas: PixelCanvas, runs: Int) -> [StepProfile] {
        let watch = StepWatch(steps: steps.count)
        self.watch = watch
        for _ in 0..<max(runs, 1) {
            watch.start()
            run(canvas)
        }
        self.watch = nil
        return steps.indices.map {
            StepProfile(work: blueprint.works[$0], slices: steps[$0].slices, times: watch.times[$0])
        }
    }

    // MARK: Work

    var stepCount: Int { steps.count }
    func sliceCount(step: Int) -> Int { steps[step].slices }
    func run(step: Int, slice: Int, worker: Int) { steps[step].body(slice, worker) }
    func finished(step: Int) { watch?.stop(step) }
}
