import Detector
import Frames
import Glibc
import JSON
import Logs
import Pipeline
import Screen

/// `vedette watch [SOURCE]`: the picture in the terminal with what is found in it.
struct WatchCommand {
    private let arguments: Arguments
    private let notes: Notes
    private let control: RunControl
    private let setup: ModelSetup
    private let detector: NetworkDetector
    private let source: any FrameSource
    private let options: RunOptions
    private let failures: FailureList
    private let log: LogSink?
    private let writer: JSONLinesWriter?

    /// Scores from here on reach the screen, so that its threshold can be lowered at once.
    private static let lowestShown: Float = 0.1

    init(_ arguments: Arguments, _ notes: Notes, _ control: RunControl) throws {
        if arguments.positionals.count > 1 {
            throw UsageError.unwantedArgument(arguments.positionals[1], command: "watch")
        }
        self.arguments = arguments
        self.notes = notes
        self.control = control
        failures = FailureList(notes)
        setup = try ModelSetup(arguments)
        let sources = SourceSetup(arguments, isPaced: true)
        source = try sources.open(arguments.positionals.first ?? "camera:", notes)
        options = sources.options(for: source, arguments)
        detector = try setup.detector(lowestScore: Self.lowestShown)
        let log = try LogSetup(arguments, default: nil, frames: .nonempty, notes)
        writer = log?.writer
        self.log = try log?.section(
            source.description, src: source.description.name, model: setup.record(detector),
            labels: setup.model.labels, kernels: detector.plan.kernels.name,
            settings: JSONObject(
                setup.settings(arguments).members + sources.settings(source, options)))
    }

    func run() throws -> Outcome {
        let screen = try openedScreen()
        let counter = ClassCounter()
        let sinks: [any ResultSink] = log.map { [$0, counter] } ?? [counter]
        let run = Run(
            source: source, detector: detector,
            sinks: (screen == nil ? sinks + plainSinks : sinks).map { ScoreFilter($0, from: setup.score) },
            screen: screen, options: options)
        let summary = lead(run, screen)
        for failure in summary.failures { failures.take(failure) }
        if let log, !failures.endsEverything {
            _ = failures.attempt { try log.end(reason: summary.reason, summary.totals) }
        }
        if let writer { _ = failures.attempt { try writer.close() } }
        screen?.close()
        notes.release()
        notes.note(
            "\(source.description.name): \(summary.line(labels: setup.model.labels, classes: counter.classes))"
        )
        return failures.outcome(signal: control.signal)
    }

    private func lead(_ run: Run, _ screen: TerminalScreen?) -> RunSummary {
        guard let screen else { return control.lead(run) }
        let control = control
        return control.lead(run) {
            screen.start(
                snapshot: { run.snapshot },
                act: { action in
                    switch action {
                    case .quit: run.stop(reason: .quit)
                    case .pause: run.pause()
                    case .resume: run.resume()
                    case .step: run.step()
                    case .hangUp: control.receive(SIGHUP)
                    }
                })
        }
    }

    /// Nil where there is no terminal for it, or none that is wanted. While it is open, notes are kept.
    private func openedScreen() throws -> TerminalScreen? {
        guard !arguments.has("plain"), StandardStream.output.isTerminal else { return nil }
        if arguments.text("log") == "-" { throw UsageError.conflict("--log -", "the screen; add --plain") }
        let options = ScreenOptions(
            picture: arguments.text("picture").flatMap { PictureSet(rawValue: $0) },
            colors: arguments.text("colors").flatMap { ColorDepth(rawValue: $0) },
            ascii: arguments.has("ascii"),
            framesPerSecond: arguments.integer("screen-fps") ?? 30)
        let subject = ScreenSubject(
            source: source.description, labels: setup.model.labels, model: modelWords, threads: setup.workers,
            log: arguments.text("log"), minimumScore: setup.score)
        do {
            let screen = try TerminalScreen(options: options, subject: subject)
            try screen.open()
            notes.hold()
            return screen
        } catch {
            notes.note("\(error): plain lines instead")
            return nil
        }
    }

    /// Standard output is the log's where the log wants it.
    private var plainSinks: [any ResultSink] {
        guard arguments.text("log") != "-" else { return [] }
        return [
            PlainSink(
                PlainOutput(
                    source: source.description, labels: setup.model.labels, minimumScore: setup.score,
                    isJSON: arguments.has("json")))
        ]
    }

    private var modelWords: String {
        let configuration = setup.model.configuration
        let (width, height) = (configuration.inputWidth, configuration.inputHeight)
        return
            "\(configuration.shortName) \(detector.plan.precision.name) \(width == height ? "\(width)" : "\(width)x\(height)")"
    }
}
