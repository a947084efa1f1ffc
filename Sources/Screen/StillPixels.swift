import Frames

/// A copy of a frame's pixels, so that a picture that stands still does not keep a driver's buffer.
final class StillPixels: PixelBuffer {
    let width: Int
    let height: Int
    let format: PixelFormat
    let encoding: ColorEncoding
    private let planes: [(bytes: [UInt8], stride: Int)]

    init(copying other: any PixelBuffer) {
        width = other.width
        height = other.height
        format = other.format
        encoding = other.encoding
        planes = (0..<other.format.planeCount).map { plane in
            other.withPlane(plane) { bytes, stride in (bytes.withUnsafeBytes { Array($0) }, stride) }
        }
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        let (bytes, stride) = planes[plane]
        return body(bytes.span.bytes, stride)
    }
}
