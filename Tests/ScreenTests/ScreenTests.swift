import Foundation
import Frames
import Pipeline

@testable import Screen

// What several of the room's tests need.

/// Pixels in any layout from planes of bytes.
final class Planes: PixelBuffer {
    let width: Int
    let height: Int
    let format: PixelFormat
    let encoding: ColorEncoding
    private let planes: [(bytes: [UInt8], stride: Int)]

    init(
        _ format: PixelFormat, width: Int, height: Int,
        encoding: ColorEncoding = ColorEncoding(matrix: .bt601, isFullRange: false),
        planes: [(bytes: [UInt8], stride: Int)]
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.encoding = encoding
        self.planes = planes
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        let (bytes, stride) = planes[plane]
        return body(bytes.span.bytes, stride)
    }

    /// `width` × `height` of what `color` says, packed.
    static func rgb(_ width: Int, _ height: Int, _ color: (Int, Int) -> RGB) -> Planes {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let color = color(x, y)
                bytes += [color.red, color.green, color.blue]
            }
        }
        return Planes(.rgb24, width: width, height: height, planes: [(bytes, width * 3)])
    }
}

/// A small deterministic source of numbers; tests print the seed they use.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func door(isLive: Bool = true) -> SourceDescription {
    SourceDescription(
        kind: isLive ? .camera : .file, spec: "/dev/v4l/by-id/usb-C920", name: "door", width: 1280,
        height: 720,
        rate: Timebase(30, 1), timebase: Timebase(1, 1_000_000), encoding: "mjpeg", isLive: isLive)
}

func result(
    _ detections: [Detection], at seconds: Double = 0, sequence: Int = 0, width: Int = 1280, height: Int = 720
) -> FrameResult {
    let pixels = Planes(.gray8, width: width, height: height, planes: [([], width)])
    let frame = Frame(
        pixels: pixels, sequence: sequence, time: Timestamp(nanoseconds: Int64(seconds * 1e9)), pts: nil,
        arrival: .now)
    return FrameResult(
        frame: frame, detections: detections, droppedBefore: 0, wait: 0, timings: DetectorTimings(),
        latency: 0)
}

func found(_ classIndex: Int, _ score: Float, _ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) -> Detection
{
    Detection(box: Box(x1: x1, y1: y1, x2: x2, y2: y2), score: score, classIndex: classIndex)
}

let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/screen")
