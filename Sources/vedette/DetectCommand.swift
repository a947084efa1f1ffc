import Detector
import Frames
import JSON
import Logs
import Pipeline

/// `vedette detect INPUT…`: every frame of every input into one log.
struct DetectCommand {
    private let arguments: Arguments
    private let notes: Notes
    private let control: RunControl
    private let setup: ModelSetup
    private let detector: NetworkDetector
    private let sources: SourceSetup
    private let log: LogSetup
    private let model: RunRecord.Model
    private let failures: FailureList
    private var names = UniqueNames()

    init(_ arguments: Arguments, _ notes: Notes, _ control: RunControl) throws {
        guard !arguments.positionals.isEmpty else {
            throw UsageError.missingArgument(command: "detect", placeholder: "INPUT…")
        }
        self.arguments = arguments
        self.notes = notes
        self.control = control
        failures = FailureList(notes)
        setup = try ModelSetup(arguments)
        detector = try setup.detector()
        sources = SourceSetup(arguments, isPaced: false)
        guard let log = try LogSetup(arguments, default: "-", frames: .all, notes) else {
            preconditionFailure("detect always has a log")
        }
        self.log = log
        model = setup.record(detector)
    }

    mutating func run() -> Outcome {
        for (number, input) in arguments.positionals.enumerated() {
            guard !control.isStopped, !failures.endsEverything else { break }
            look(at: input, number: number)
        }
        let (log, failures) = (log, failures)
        _ = failures.attempt { try log.writer.close() }
        return failures.outcome(signal: control.signal)
    }

    private mutating func look(at input: String, number: Int) {
        let (log, sources, notes) = (log, sources, notes)
        guard let source = failures.attempt({ try sources.open(input, notes) }) else {
            let src = names.unique(SourceSetup.name(of: input))
            let labels = setup.model.labels
            _ = failures.attempt { try log.sectionOfFailure(src: src, labels: labels) }
            return
        }
        let src = names.unique(source.description.name)
        let options = sources.options(for: source, arguments)
        guard let section = failures.attempt({ try section(of: source, src: src, options) }) else {
            return source.cancel()
        }
        let run = Run(source: source, detector: detector, sinks: [section], options: options)
        let progress = ProgressLine(
            run, source.description, input: number + 1, of: arguments.positionals.count, notes)
        let summary = control.lead(run)
        progress.stop()
        for failure in summary.failures { failures.take(failure) }
        guard !failures.endsEverything else { return }
        _ = failures.attempt { try section.end(reason: summary.reason, summary.totals) }
        notes.note("\(src): \(summary.line(labels: setup.model.labels, classes: summary.classes))")
    }

    private func section(of source: any FrameSource, src: String, _ options: RunOptions) throws -> LogSink {
        try log.section(
            source.description, src: src, model: model, labels: setup.model.labels,
            kernels: detector.plan.kernels.name,
            settings: JSONObject(
                setup.settings(arguments).members + sources.settings(source, options)))
    }
}

/// Names of sources in one log, no two the same.
struct UniqueNames {
    private var taken: Set<String> = []

    mutating func unique(_ name: String) -> String {
        var candidate = name
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(name)-\(number)"
            number += 1
        }
        return candidate
    }
}
