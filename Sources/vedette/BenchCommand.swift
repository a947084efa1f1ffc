import Capture
import Detector
import EfficientDet
import Engine
import Frames
import JSON
import Logs

/// `vedette bench`: how long a frame takes, from letterbox to boxes.
struct BenchCommand {
    enum Mode: String, CaseIterable {
        /// All workers on one frame.
        case latency
        /// Each worker on a frame of its own.
        case throughput
    }

    private let arguments: Arguments
    private let mode: Mode
    /// One for each frame at a time.
    private let detectors: [NetworkDetector]
    private let runs: Int
    private let hasTrainedWeights: Bool

    /// Runs before the clock counts: caches, page faults, the processor's pace.
    private static let warmUps = 3

    init(_ arguments: Arguments) throws {
        if let word = arguments.positionals.first {
            throw UsageError.unwantedArgument(word, command: "bench")
        }
        self.arguments = arguments
        mode = arguments.text("mode").flatMap(Mode.init) ?? .latency
        if mode == .throughput, arguments.has("steps") {
            throw UsageError.conflict("--mode throughput", "--steps")
        }
        runs = arguments.integer("runs") ?? 30
        var model = try Model.orRandom(arguments.text("model"))
        if DesignPoint.isAsked(arguments) {
            model = Model(random: model.configuration)
            try DesignPoint.apply(arguments, to: &model.configuration)
        }
        hasTrainedWeights = model.file != nil
        let threads = arguments.integer("threads") ?? WorkerCount.available()
        var options = DetectorOptions(workers: mode == .latency ? threads : 1)
        options.postProcessing.minimumScore = 0.4
        options.precision = ModelSetup.precision(arguments)
        // As other runtimes are measured, who compute all outputs; or as in use.
        options.isDense = !arguments.has("select")
        let first = try NetworkDetector(model, options)
        let twins = mode == .latency ? 0 : threads - 1
        detectors = [first] + (0..<twins).map { _ in first.twin(workers: 1) }
    }

    func run() throws -> Outcome {
        let frame = try Self.frame()
        let plan = detectors[0].plan
        let peaks = PeakRates(
            plan.kernels, precision: plan.precision, workers: plan.workers * detectors.count)
        let steal = ProcessFigures.stealTicks
        let samples = mode == .latency ? oneByOne(frame) : sideBySide(frame)
        let steps = arguments.has("steps") ? detectors[0].profile(slot: 0, runs: runs) : []
        let report = BenchReport(
            mode: mode, detectors: detectors, hasTrainedWeights: hasTrainedWeights, runs: runs,
            samples: samples,
            steps: steps.isEmpty ? nil : BenchSteps(steps: steps, peaks: peaks), peaks: peaks,
            peakMemory: ProcessFigures.peakMemory,
            steal: zip(steal, ProcessFigures.stealTicks).map { $1 - $0 })
        let width = StandardStream.output.columns ?? 0
        StandardStream.output.write(arguments.has("json") ? report.json : report.table(width: width))
        return .exit(.done)
    }

    private func oneByOne(_ frame: Frame) -> Samples {
        var samples = Samples()
        for number in 0..<runs + Self.warmUps {
            let timings = Self.look(at: frame, detectors[0])
            if number >= Self.warmUps { samples.add(timings) }
        }
        func rate(_ times: [Double]) -> Double { Double(times.count) / times.reduce(0, +) * 1000 }
        samples.networkRate = rate(samples.network)
        samples.frameRate = rate(samples.whole)
        return samples
    }

    /// The networks alone, then whole frames.
    private func sideBySide(_ frame: Frame) -> Samples {
        for detector in detectors { _ = detector.prepare(frame, slot: 0) }
        let streams = BenchStreams(detectors, runs: runs, warmUps: Self.warmUps)
        let networks = streams.measure { $0.runNetwork(slot: 0) }
        let frames = streams.measure { Self.look(at: frame, $0) }
        var samples = Samples()
        for timings in frames.samples { samples.add(timings) }
        samples.network = networks.samples
        samples.networkRate = networks.imagesPerSecond
        samples.frameRate = frames.imagesPerSecond
        return samples
    }

    private static func look(at frame: Frame, _ detector: NetworkDetector) -> DetectorTimings {
        let prepare = detector.prepare(frame, slot: 0)
        var timings = detector.detect(slot: 0).timings
        timings.prepare = prepare
        return timings
    }

    /// A picture as large as people's cameras and videos often are.
    private static func frame() throws -> Frame {
        let source = try Capture.open(try SourceSpec("testsrc:size=1920x1080"))
        while let event = try source.next() {
            if case .frame(let frame) = event { return frame }
        }
        preconditionFailure("the test pattern has no end")
    }

    /// Milliseconds of every run, of one stream after the other.
    struct Samples {
        private(set) var prepare: [Double] = []
        var network: [Double] = []
        private(set) var select: [Double] = []
        private(set) var whole: [Double] = []

        /// Images a second of all streams together, over the whole time: the network alone, and from
        /// letterbox to boxes.
        var networkRate = 0.0
        var frameRate = 0.0

        mutating func add(_ timings: DetectorTimings) {
            prepare.append(timings.prepare)
            network.append(timings.network)
            select.append(timings.select)
            whole.append(timings.prepare + timings.network + timings.select)
        }
    }
}

/// `nil` where either is unknown.
private func zip(_ a: Int?, _ b: Int?) -> (Int, Int)? {
    guard let a, let b else { return nil }
    return (a, b)
}
