/// What a source is, as the log's `run` record and the title line show it. Passwords are already cut.
public struct SourceDescription: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case camera, file, picture, folder, stream, test
    }

    public var kind: Kind
    /// The user's SPEC without secrets.
    public var spec: String
    /// Short name for screen and log: given by the user, else file stem, host or `camera0`.
    public var name: String
    /// Upright size of the first frame's pixels.
    public var width: Int
    public var height: Int
    /// Nominal frames per second; nil for pictures and where the container names none.
    public var rate: Timebase?
    /// Unit of `Frame.pts`.
    public var timebase: Timebase?
    /// Codec or pixel format in a word: `h264`, `mjpeg`, `yuyv422`.
    public var encoding: String
    /// Frames of a live source are replaced by newer ones when nobody has time (`Latest`); all others
    /// wait (`Every`).
    public var isLive: Bool
    /// Of a file, where the container knows it.
    public var duration: Timestamp?
    /// Of a file, where the container knows it; an estimate for progress only.
    public var frameCount: Int?

    public init(
        kind: Kind, spec: String, name: String, width: Int, height: Int, rate: Timebase?,
        timebase: Timebase?, encoding: String, isLive: Bool, duration: Timestamp? = nil,
        frameCount: Int? = nil
    ) {
        self.kind = kind
        self.spec = spec
        self.name = name
        self.width = width
        self.height = height
        self.rate = rate
        self.timebase = timebase
        self.encoding = encoding
        self.isLive = isLive
        self.duration = duration
        self.frameCount = frameCount
    }
}

/// A stretch of a source that brought no frames.
public struct Gap: Sendable, Hashable {
    public enum Reason: String, Sendable, CaseIterable {
        /// Damaged data that the decoder could not turn into frames.
        case decode
        /// Frames that the driver's sequence number says were lost before us.
        case driver
        /// The device went away and came back.
        case unplugged
        /// A stream broke off and was opened again.
        case disconnected
        /// The process was stopped (laptop sleep, SIGSTOP).
        case suspended
        /// The log could not be written.
        case disk
    }

    public var reason: Reason
    /// Sequence numbers of the first and the last lost frame, where frames are known to be lost.
    public var lost: ClosedRange<Int>?
    /// Source time before and after, where known.
    public var from: Timestamp?
    public var to: Timestamp?
    /// A few words for people.
    public var detail: String

    public init(
        reason: Reason, lost: ClosedRange<Int>? = nil, from: Timestamp? = nil, to: Timestamp? = nil,
        detail: String = ""
    ) {
        self.reason = reason
        self.lost = lost
        self.from = from
        self.to = to
        self.detail = detail
    }

    /// Number of frames lost.
    public var count: Int { lost?.count ?? 0 }
}

/// What a source yields.
public enum SourceEvent: Sendable {
    case frame(Frame)
    case gap(Gap)
}

/// A camera, file, stream or test pattern. `next()` is called from one queue only and may block;
/// `cancel()` may be called from any thread and makes a blocked or later `next()` return nil soon.
public protocol FrameSource: AnyObject, Sendable {
    var description: SourceDescription { get }

    /// The next frame or gap; nil at the end, after `cancel()`, and after an error was thrown.
    func next() throws -> SourceEvent?

    func cancel()

    /// Frames delivered by the decoder or driver but not yielded, because they lie outside of the wanted
    /// start and duration; they have sequence numbers. May be read from any thread.
    var skippedOutside: Int { get }

    /// Whether it ended because the user wanted no more of it. May be read from any thread.
    var hasReachedLimit: Bool { get }
}

extension FrameSource {
    public var skippedOutside: Int { 0 }
    public var hasReachedLimit: Bool { false }
}
