import Frames

/// A frame in the driver's own mapped buffer, which goes back into the driver's queue in `deinit`.
final class CameraPixels: PixelBuffer {
    private let stream: CameraStream
    private let index: Int
    let format: PixelFormat

    init(lending index: Int, of stream: CameraStream, format: PixelFormat) {
        self.stream = stream
        self.index = index
        self.format = format
        stream.lend()
    }

    deinit { stream.takeBack(index) }

    var width: Int { stream.layout.width }
    var height: Int { stream.layout.height }
    var encoding: ColorEncoding { stream.layout.encoding }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        body(
            stream.layout.plane(plane, of: stream.bytes(of: index), format: format).bytes,
            stream.layout.stride(of: plane))
    }
}

/// A copy of a frame, made when readers hold so many buffers that the driver would run out of them.
final class CopiedCameraPixels: PixelBuffer {
    private let bytes: [UInt8]
    private let layout: CameraStream.Layout
    let format: PixelFormat

    init(of index: Int, in stream: CameraStream, format: PixelFormat) {
        layout = stream.layout
        self.format = format
        bytes = Array(stream.bytes(of: index).prefix(layout.byteCount))
    }

    var width: Int { layout.width }
    var height: Int { layout.height }
    var encoding: ColorEncoding { layout.encoding }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        bytes.withUnsafeBytes { all in
            body(layout.plane(plane, of: all, format: format).bytes, layout.stride(of: plane))
        }
    }
}

extension CameraStream.Layout {
    /// The part of a whole picture's bytes that holds `plane`.
    fileprivate func plane(
        _ plane: Int, of all: UnsafeRawBufferPointer, format: PixelFormat
    ) -> UnsafeRawBufferPointer {
        precondition((0..<format.planeCount).contains(plane), "\(format) has no plane \(plane)")
        let start = offset(of: plane)
        let count =
            stride(of: plane) * (format.rows(plane: plane, height: height) - 1)
            + format.rowBytes(plane: plane, width: width)
        return UnsafeRawBufferPointer(rebasing: all[start..<(start + count)])
    }
}
