/// How a run treats frames for which the detector has no time.
public enum Policy: String, Sendable, Hashable, CaseIterable {
    /// A newer frame replaces the waiting one.
    case latest
    /// The source waits.
    case every
}

public struct RunOptions: Sendable, Hashable {
    /// Nil: `latest` for live sources and in real time, else `every`.
    public var policy: Policy?
    /// Infer every `stride`th frame, at least 1.
    public var stride: Int
    /// Frames of a file are released at their own time.
    public var isRealtime: Bool

    public init(policy: Policy? = nil, stride: Int = 1, isRealtime: Bool = false) {
        self.policy = policy
        self.stride = stride
        self.isRealtime = isRealtime
    }
}
