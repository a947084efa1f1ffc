import Capture
import Detector
import EfficientDet
import Engine
import Frames
import JSON
import Logs

/// `vedette bench`: how long a frame takes, from letterbox to boxes.
struct BenchCommand {
    private let arguments: Arguments
    private let detector: NetworkDetector
    private let hasTrainedWeights: Bool

    /// Runs before the clock counts: caches, page faults, the processor's pace.
    private static let warmUps = 3

    init(_ arguments: Arguments) throws {
        if let word = arguments.positionals.first {
            throw UsageError.unwantedArgument(word, command: "bench")
        }
        self.arguments = arguments
        var model = try Model.orRandom(arguments.text("model"))
        if DesignPoint.isAsked(arguments) {
            model = Model(random: model.configuration)
            try DesignPoint.apply(arguments, to: &model.configuration)
        }
        hasTrainedWeights = model.file != nil
        var options = DetectorOptions(workers: arguments.integer("threads") ?? WorkerCount.available())
        options.postProcessing.minimumScore = 0.4
        options.precision = ModelSetup.precision(arguments)
        // As other runtimes are measured, who compute all outputs; or as in use.
        options.isDense = !arguments.has("select")
        detector = try NetworkDetector(model, options)
    }

    func run() throws -> Outcome {
        let frame = try Self.frame()
        let runs = arguments.integer("runs") ?? 30
        let steal = ProcessFigures.stealTicks
        var samples = Samples()
        for number in 0..<runs + Self.warmUps {
            let prepare = detector.prepare(frame, slot: 0)
            let timings = detector.detect(slot: 0).timings
            if number >= Self.warmUps { samples.add(prepare, timings) }
        }
        let steps = arguments.has("steps") ? detector.plan.profile(runs: runs) : []
        let report = BenchReport(
            detector: detector, hasTrainedWeights: hasTrainedWeights, runs: runs, samples: samples,
            steps: steps, peakMemory: ProcessFigures.peakMemory,
            steal: zip(steal, ProcessFigures.stealTicks).map { $1 - $0 })
        StandardStream.output.write(arguments.has("json") ? report.json : report.table)
        return .exit(.done)
    }

    /// A picture as large as people's cameras and videos often are.
    private static func frame() throws -> Frame {
        let source = try Capture.open(try SourceSpec("testsrc:size=1920x1080"))
        while let event = try source.next() {
            if case .frame(let frame) = event { return frame }
        }
        preconditionFailure("the test pattern has no end")
    }

    /// Milliseconds of every run.
    struct Samples {
        private(set) var prepare: [Double] = []
        private(set) var network: [Double] = []
        private(set) var select: [Double] = []
        private(set) var whole: [Double] = []

        mutating func add(_ prepare: Double, _ timings: DetectorTimings) {
            self.prepare.append(prepare)
            network.append(timings.network)
            select.append(timings.select)
            whole.append(prepare + timings.network + timings.select)
        }
    }
}

/// `nil` where either is unknown.
private func zip(_ a: Int?, _ b: Int?) -> (Int, Int)? {
    guard let a, let b else { return nil }
    return (a, b)
}
