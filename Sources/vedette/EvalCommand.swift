import Detector
import Evaluation
import Frames
import Logs
import Pipeline
import Synchronization

/// `vedette eval --images DIR --annotations FILE`: COCO's accuracy numbers of a model.
struct EvalCommand {
    private let arguments: Arguments
    private let notes: Notes
    private let control: RunControl
    private let setup: ModelSetup
    private let annotations: Annotations
    private let folder: String
    private let results: ResultsFile?

    /// What scores less is hardly ever among the best hundred of a picture, and costs time.
    private static let lowestScore: Float = 0.01

    init(_ arguments: Arguments, _ notes: Notes, _ control: RunControl) throws {
        if let word = arguments.positionals.first {
            throw UsageError.unwantedArgument(word, command: "eval")
        }
        guard let folder = arguments.text("images") else {
            throw UsageError.missingOption("--images DIR", command: "eval")
        }
        guard let path = arguments.text("annotations") else {
            throw UsageError.missingOption("--annotations FILE", command: "eval")
        }
        self.arguments = arguments
        self.notes = notes
        self.control = control
        self.folder = folder
        setup = try ModelSetup(arguments, score: Self.lowestScore)
        annotations = try Annotations.load(path)
        results = try arguments.text("results").map {
            try ResultsFile($0, replaces: arguments.has("force"))
        }
    }

    func run() throws -> Outcome {
        let detector = try setup.detector()
        let source = try PictureList(annotations.images, folder: folder)
        let collector = ResultCollector(annotations.images, labels: setup.model.labels)
        let run = Run(source: source, detector: detector, sinks: [collector])
        let progress = ProgressLine(run, source.description, input: 1, of: 1, notes)
        let summary = control.lead(run)
        progress.stop()
        let failures = FailureList(notes)
        for failure in summary.failures { failures.take(failure) }
        if let signal = control.signal { return .signal(signal) }
        guard failures.first == nil else { return failures.outcome(signal: nil) }
        notes.note(
            "\(summary.ledger.inferred) pictures in \(Rounded.tenths(summary.elapsed / .seconds(1))) s")
        return try tell(collector.results)
    }

    private func tell(_ found: [DetectionResult]) throws -> Outcome {
        try results?.write(DetectionResult.json(found))
        let report = try AveragePrecision.evaluate(annotations: annotations, results: found)
        if arguments.has("json") {
            StandardStream.output.write(String(decoding: report.json, as: UTF8.self) + "\n")
            return .exit(.done)
        }
        let parts = [
            report.description, report.classTable, report.reliability.description, report.precisionPlot(),
        ]
        StandardStream.output.write(parts.joined(separator: "\n\n") + "\n")
        return .exit(.done)
    }
}

/// Keeps what was found, picture by picture.
private final class ResultCollector: ResultSink {
    private let images: [Annotations.Image]
    private let labels: LabelSet
    private let found = Mutex([DetectionResult]())

    init(_ images: [Annotations.Image], labels: LabelSet) {
        self.images = images
        self.labels = labels
    }

    var results: [DetectionResult] { found.withLock { $0 } }

    func receive(_ result: FrameResult) {
        let id = images[result.frame.sequence].id
        let own = result.detections.map { DetectionResult(imageID: id, detection: $0, labels: labels) }
        found.withLock { $0 += own }
    }

    func receive(_ gap: Gap) {}
}
