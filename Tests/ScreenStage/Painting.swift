import Frames

/// A made-up frame in packed RGB: a slope of colour and a white square that moves.
final class Painting: PixelBuffer {
    let width: Int
    let height: Int
    let format = PixelFormat.rgb24
    let encoding = ColorEncoding(matrix: .bt601, isFullRange: true)
    let square: Box
    private let bytes: [UInt8]

    init(width: Int, height: Int, number: Int) {
        let left = (number * 4) % (width - 60)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                let isInside = (left..<left + 60).contains(x) && (height / 3..<height * 2 / 3).contains(y)
                bytes +=
                    isInside
                    ? [255, 255, 255] : [UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8(number % 64)]
            }
        }
        self.width = width
        self.height = height
        self.bytes = bytes
        square = Box(
            x1: Float(left), y1: Float(height / 3), x2: Float(left + 60), y2: Float(height * 2 / 3))
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        let bytes = bytes
        return body(bytes.span.bytes, width * 3)
    }
}
