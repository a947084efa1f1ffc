import Frames
import JSON
import Logs
import Pipeline

/// From the command line to a log; sections of several sources share it.
struct LogSetup {
    let writer: JSONLinesWriter
    private let frames: LoggedFrames
    private let isReproducible: Bool
    private let run = RunRecord.newRun()

    /// Nil where no log is wanted.
    /// - Throws: `LogError`, `UsageError`.
    init?(_ arguments: Arguments, default path: String?, frames standard: LoggedFrames, _ notes: Notes) throws
    {
        guard let path = arguments.text("log") ?? path else { return nil }
        if arguments.has("append"), arguments.has("force") {
            throw UsageError.conflict("--append", "--force")
        }
        let interval = Duration.seconds(arguments.seconds("log-flush") ?? 1)
        writer = try JSONLinesWriter(
            path: path, mode: arguments.has("append") ? .append : arguments.has("force") ? .replace : .new,
            interval: interval)
        if writer.cutBytes > 0 {
            notes.note("\(path): cut off an unfinished last line of \(writer.cutBytes) bytes")
        }
        frames = arguments.text("log-frames").flatMap(ValueSyntax.logFrames) ?? standard
        isReproducible = arguments.has("reproducible")
    }

    /// A section for `source`, its `run` record written.
    func section(
        _ source: SourceDescription, src: String, model: RunRecord.Model, labels: LabelSet, kernels: String,
        settings: JSONObject
    ) throws -> LogSink {
        let sink = LogSink(
            writer: writer, src: src, labels: labels, frames: frames, isLive: source.isLive,
            isReproducible: isReproducible)
        try sink.begin(
            RunRecord(
                vedette: Help.version, run: run, src: src, started: .now(), source: .init(source),
                model: model, kernels: kernels, options: settings))
        return sink
    }

    /// What is left of a source that could not be opened.
    func sectionOfFailure(src: String, labels: LabelSet) throws {
        let sink = LogSink(
            writer: writer, src: src, labels: labels, frames: .none, isLive: false,
            isReproducible: isReproducible)
        try sink.end(reason: .error, LogSink.Totals())
    }
}
