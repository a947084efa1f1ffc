/// Pixels that somebody else owns (a decoder, a driver) and lends until the last reader lets go.
/// Conforming classes are immutable after creation and return the memory in `deinit`.
public protocol PixelBuffer: AnyObject, Sendable {
    /// Upright size in pixels, both at least 1.
    var width: Int { get }
    var height: Int { get }
    var format: PixelFormat { get }
    var encoding: ColorEncoding { get }

    /// Lends the bytes of one plane: `stride` (> 0, at least `format.rowBytes`) bytes from row to row;
    /// `bytes` covers all rows, the last one at least up to its `rowBytes`.
    func withPlane<R>(_ plane: Int, _ body: (_ bytes: RawSpan, _ stride: Int) -> R) -> R
}

/// One picture of a source with the source's own time. A reference, never a copy.
public struct Frame: Sendable {
    public var pixels: any PixelBuffer
    /// Counts every frame that the decoder or driver delivered or lost, from 0.
    public var sequence: Int
    /// Since the source's first frame.
    public var time: Timestamp
    /// The container's or driver's own stamp in units of the source's timebase; nil for pictures, and
    /// where the container had none (then `time` is derived).
    public var pts: Int64?
    /// When the frame reached this process, by the monotonic clock.
    public var arrival: ContinuousClock.Instant
    /// The file a picture of a folder came from, relative to the folder.
    public var file: String?

    public init(
        pixels: any PixelBuffer, sequence: Int, time: Timestamp, pts: Int64?,
        arrival: ContinuousClock.Instant, file: String? = nil
    ) {
        self.pixels = pixels
        self.sequence = sequence
        self.time = time
        self.pts = pts
        self.arrival = arrival
        self.file = file
    }

    public var width: Int { pixels.width }
    public var height: Int { pixels.height }
}
