import CFFmpeg
import Frames
import Synchronization

/// A decoder's picture: owns one reference to the decoder's own buffer and returns it in `deinit`.
/// Nothing is copied.
final class DecodedPixels: PixelBuffer, @unchecked Sendable {
    // Immutable after `init`; FFmpeg's reference counts are atomic.
    private let frame: UnsafeMutablePointer<AVFrame>
    private let lent: LentBuffers
    let width: Int
    let height: Int
    let format: PixelFormat
    let encoding: ColorEncoding

    /// Takes over `frame`, whose layout must be `format` with positive strides.
    init(owning frame: UnsafeMutablePointer<AVFrame>, format: PixelFormat, lent: LentBuffers) {
        self.frame = frame
        self.lent = lent
        width = Int(frame.pointee.width)
        height = Int(frame.pointee.height)
        self.format = format
        encoding = ColorEncoding(of: frame.pointee)
        lent.add(1)
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&owned)
        lent.add(-1)
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        precondition((0..<format.planeCount).contains(plane), "\(format) has no plane \(plane)")
        let (data, stride) = frame.pointee.plane(plane)
        let rows = format.rows(plane: plane, height: height)
        let count = stride * (rows - 1) + format.rowBytes(plane: plane, width: width)
        return body(UnsafeRawBufferPointer(start: data, count: count).bytes, stride)
    }
}

/// Counts the buffers of a source that readers still hold.
final class LentBuffers: Sendable {
    private let live = Atomic<Int>(0)

    var count: Int { live.load(ordering: .relaxed) }

    func add(_ number: Int) { live.add(number, ordering: .relaxed) }
}

extension AVFrame {
    /// Address of the top row and bytes from row to row of the first three planes.
    func plane(_ index: Int) -> (data: UnsafeMutablePointer<UInt8>?, stride: Int) {
        switch index {
        case 0: (data.0, Int(linesize.0))
        case 1: (data.1, Int(linesize.1))
        default: (data.2, Int(linesize.2))
        }
    }

    /// True where `withPlane`'s promises hold without a copy.
    func isLaidOut(as format: PixelFormat) -> Bool {
        (0..<format.planeCount).allSatisfy { index in
            let (data, stride) = plane(index)
            return data != nil && stride >= format.rowBytes(plane: index, width: Int(width))
        }
    }
}
