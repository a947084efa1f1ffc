import Capture
import Frames
import JSON
import Pipeline

/// From the command line to a source and the way it is run.
struct SourceSetup {
    let capture: CaptureOptions
    let run: RunOptions

    /// - Parameter isPaced: a file plays no faster than its own time.
    init(_ arguments: Arguments, isPaced: Bool) {
        var capture = CaptureOptions()
        func timestamp(_ name: String) -> Timestamp? {
            arguments.seconds(name).map { Timestamp(nanoseconds: Int64(($0 * 1e9).rounded())) }
        }
        capture.size = arguments.size("size")
        capture.rate = arguments.number("rate")
        capture.start = timestamp("start")
        capture.duration = timestamp("duration")
        capture.frames = arguments.integer("frames")
        capture.loop = arguments.has("loop")
        capture.verbose = arguments.flags["verbose", default: 0] > 1
        self.capture = capture
        var policy = arguments.text("policy").flatMap { Policy(rawValue: $0) }
        // Paced for the eye alone: every frame is looked at unless the file's pace was asked for.
        if policy == nil, isPaced, !arguments.has("realtime") { policy = .every }
        run = RunOptions(policy: policy, stride: arguments.integer("stride") ?? 1, isRealtime: isPaced)
    }

    func open(_ word: String, _ notes: Notes) throws -> any FrameSource {
        let spec = try SourceSpec(word)
        return try notes.waiting(for: spec.shown) { try Capture.open(spec, options: capture) }
    }

    /// What a source that cannot be opened is called, without secrets.
    static func name(of word: String) -> String {
        do {
            return try SourceSpec(word).displayName
        } catch {
            return "input"
        }
    }

    /// How `source` is run: what is live is never held up, whatever suits files.
    func options(for source: any FrameSource, _ arguments: Arguments) -> RunOptions {
        var options = run
        if source.description.isLive, arguments.text("policy").flatMap({ Policy(rawValue: $0) }) == nil {
            options.policy = nil
        }
        return options
    }

    /// For the log's `run` record.
    func settings(_ source: any FrameSource, _ options: RunOptions) -> [JSONObject.Member] {
        let isLatest = options.policy.map { $0 == .latest } ?? source.description.isLive
        var members: [JSONObject.Member] = [.init("policy", .string(isLatest ? "latest" : "every"))]
        if options.stride > 1 { members.append(.init("stride", .integer(options.stride))) }
        if let start = capture.start { members.append(.init("start", .number(start.seconds))) }
        if let duration = capture.duration { members.append(.init("duration", .number(duration.seconds))) }
        if let frames = capture.frames { members.append(.init("frames", .integer(frames))) }
        return members
    }
}
