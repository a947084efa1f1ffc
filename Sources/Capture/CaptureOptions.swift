import Frames

/// How a source is opened; every part has a default that suits any kind.
public struct CaptureOptions: Sendable {
    /// Pixels, for cameras and raw video; nil chooses the best.
    public var size: (width: Int, height: Int)?
    /// Frames per second, for cameras and raw video.
    public var rate: Double?
    /// Where to begin, in source time. Frames before it are decoded where need be and counted in
    /// `skippedOutside`.
    public var start: Timestamp?
    /// How long from `start` on.
    public var duration: Timestamp?
    /// How many frames to yield at most.
    public var frames: Int?
    /// Seconds for which a read or connection may stay silent.
    public var timeout: Double = 10
    /// FFmpeg's messages go to standard error, passwords cut.
    public var verbose = false
    /// A file begins anew at its end; times keep rising.
    public var loop = false
    /// Seconds from the first to the longest pause before a lost stream or camera is tried again;
    /// nil ends the source at the first loss.
    public var reconnect: ClosedRange<Double>? = 1...60
    /// Pixels that a picture may have.
    public var maximumPixels = 64 << 20
    /// The container format by FFmpeg's name, instead of by content.
    public var inputFormat: String?
    /// For `rtsp://`.
    public var rtspTransport: RTSPTransport = .tcp
    /// Folders inside a folder are read, too.
    public var recursive = false
    /// A stream's password, for a URL that names a user and no password.
    public var password: String?

    /// UDP has less delay, TCP loses nothing.
    public enum RTSPTransport: String, Sendable {
        case tcp, udp
    }

    public init() {}
}
