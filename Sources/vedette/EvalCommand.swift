import Capture
import Detector
import Evaluation
import Logs
import Pipeline

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
        let team = try setup.team()
        let pictures = try PictureList(annotations.images, folder: folder)
        let streams = Streams<[DetectionResult]>(count: pictures.count, streams: team.members.count)
        let progress = ProgressLine(streams, name: "pictures", notes)
        let ended = look(at: pictures, team, streams)
        progress.stop()
        let failures = FailureList(notes)
        if let failure = ended.failure { failures.take(failure) }
        if let signal = control.signal { return .signal(signal) }
        guard failures.first == nil else { return failures.outcome(signal: nil) }
        let seconds = ended.elapsed / .seconds(1)
        notes.note(
            "\(ended.values.count) pictures in \(Rounded.tenths(seconds)) s, "
                + "\(Rounded.tenths(Double(ended.values.count) / seconds))/s")
        return try tell(ended.values.flatMap(\.self))
    }

    /// Each stream reads, letterboxes, runs and selects by itself, with one member of the team.
    private func look(at pictures: PictureList, _ team: DetectorTeam, _ streams: Streams<[DetectionResult]>)
        -> Streams<[DetectionResult]>.Ended
    {
        let readers = team.members.map { _ in PictureReader() }
        let (images, labels) = (annotations.images, setup.model.labels)
        return control.lead(streams) { number, stream in
            let frame = try pictures.frame(number, readers[stream])
            return team.members[stream].detections(in: frame).map {
                DetectionResult(imageID: images[number].id, detection: $0, labels: labels)
            }
        }
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
