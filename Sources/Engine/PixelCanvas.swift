/// The network's input as 8-bit RGB, channels last, without padding between rows: what the letterbox
/// writes and the plan's first step reads. One owner at a time: the pipeline hands a canvas from the
/// preparing queue to the network's queue and back.
public final class PixelCanvas: @unchecked Sendable {
    public let width: Int
    public let height: Int
    let bytes: UnsafeMutableBufferPointer<UInt8>

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
        // 64 bytes of slack: vector kernels may read past the last pixel.
        self.bytes = .allocate(capacity: width * height * 3 + 64)
        self.bytes.initialize(repeating: 0)
    }

    deinit { bytes.deallocate() }

    /// Lends the `height × width × 3` bytes for reading.
    public func withPixels<R>(_ body: (Span<UInt8>) throws -> R) rethrows -> R {
        try body(Span(_unsafeElements: UnsafeBufferPointer(rebasing: bytes[..<(width * height * 3)])))
    }

    /// Lends the `height × width × 3` bytes for writing.
    public func withMutablePixels<R>(_ body: (inout MutableSpan<UInt8>) throws -> R) rethrows -> R {
        var span = MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(rebasing: bytes[..<(width * height * 3)]))
        return try body(&span)
    }
}
