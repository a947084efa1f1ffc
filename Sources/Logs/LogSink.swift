import Checksums
import Frames
import Synchronization

/// Which inferred frames get a record.
public enum LoggedFrames: Sendable, Hashable {
    case all
    /// Frames with a detection.
    case nonempty
    /// The first and every `n`th after it, n at least 1.
    case every(Int)
    case none
}

/// Writes one source's section: `begin`, results and gaps in their order, `end`.
public final class LogSink: ResultSink {
    /// What of the sums the sink cannot know itself.
    public struct Totals: Sendable, Hashable {
        public var captured = 0
        public var inferred = 0
        public var skipped: [String: Int] = [:]
        public var dropped: [String: Int] = [:]
        /// Source time covered.
        public var seconds: Double = 0
        public var milliseconds: EndRecord.Latency?

        public init() {}
    }

    private let writer: JSONLinesWriter
    private let src: String
    private let labels: LabelSet
    private let frames: LoggedFrames
    private let isLive: Bool
    private let isReproducible: Bool
    private let wallTime: @Sendable () -> WallTime
    private let state = Mutex(State())

    private struct State {
        var digest = Digest()
        var results = 0
        var omitted = 0
        var dropped = 0
        var detections = 0
        var classes: [Int: Int] = [:]
    }

    /// `isLive`: gap records carry the wall time. `isReproducible`: no wall times and no milliseconds.
    public init(
        writer: JSONLinesWriter, src: String, labels: LabelSet, frames: LoggedFrames, isLive: Bool,
        isReproducible: Bool = false, wallTime: @escaping @Sendable () -> WallTime = { .now() }
    ) {
        self.writer = writer
        self.src = src
        self.labels = labels
        self.frames = frames
        self.isLive = isLive
        self.isReproducible = isReproducible
        self.wallTime = wallTime
    }

    /// Writes `record` as given, except run id and start time of a reproducible log.
    public func begin(_ record: RunRecord) throws(LogError) {
        var record = record
        if isReproducible {
            record.run = nil
            record.started = nil
        }
        try state.withLock { state throws(LogError) in try write(.run(record), &state) }
    }

    public func receive(_ result: FrameResult) throws {
        try state.withLock { state throws(LogError) in
            let isLogged = frames.includes(result, number: state.results)
            state.results += 1
            state.dropped += result.droppedBefore
            state.detections += result.detections.count
            for detection in result.detections { state.classes[detection.classIndex, default: 0] += 1 }
            guard isLogged else {
                state.omitted += 1
                return
            }
            try write(.frame(record(of: result, state)), &state)
            state.omitted = 0
            state.dropped = 0
        }
    }

    public func receive(_ gap: Gap) throws {
        let at = isLive && !isReproducible ? wallTime() : nil
        try state.withLock { state throws(LogError) in
            try write(.gap(GapRecord(src: src, gap: gap, at: at)), &state)
        }
    }

    /// Writes the section's `end` and flushes.
    public func end(reason: EndReason, _ totals: Totals) throws(LogError) {
        try state.withLock { state throws(LogError) in
            var classes: [String: Int] = [:]
            for (index, count) in state.classes { classes[labels.label(of: index), default: 0] += count }
            let record = EndRecord(
                src: src, reason: reason, captured: totals.captured, inferred: totals.inferred,
                skipped: totals.skipped, dropped: totals.dropped, seconds: totals.seconds,
                detections: state.detections, classes: classes,
                milliseconds: isReproducible ? nil : totals.milliseconds,
                digest: "sha256:\(state.digest.hexadecimal)")
            try write(.end(record), &state)
        }
        try writer.flush()
    }

    private func write(_ record: LogRecord, _ state: inout State) throws(LogError) {
        let line = record.line
        try writer.append(line)
        state.digest.update(line)
    }

    private func record(of result: FrameResult, _ state: State) -> FrameRecord {
        let frame = result.frame
        let detections = result.detections.map {
            DetectionRecord($0, labels: labels, width: frame.width, height: frame.height)
        }
        let milliseconds = FrameRecord.Milliseconds(
            wait: result.wait, prepare: result.timings.prepare, network: result.timings.network,
            post: result.timings.select)
        return FrameRecord(
            src: src, n: frame.sequence, position: frame.file.map { .file($0) } ?? .time(frame.time),
            pts: frame.pts, detections: detections, omitted: state.omitted, dropped: state.dropped,
            milliseconds: isReproducible ? nil : milliseconds)
    }
}

extension LoggedFrames {
    /// Whether the `number`th result (from 0) gets a record.
    func includes(_ result: FrameResult, number: Int) -> Bool {
        switch self {
        case .all: true
        case .nonempty: !result.detections.isEmpty
        case .every(let n): number % max(n, 1) == 0
        case .none: false
        }
    }
}
