import Engine
import Foundation
import Frames
import Testing
import Weights

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/goldens")

/// Pixels in arrays, with `padding` bytes behind every row.
private final class ArrayPixels: PixelBuffer {
    let width: Int
    let height: Int
    let format: PixelFormat
    let encoding: ColorEncoding
    private let planes: [(bytes: [UInt8], stride: Int)]

    init(
        _ format: PixelFormat, width: Int, height: Int,
        encoding: ColorEncoding = .init(matrix: .bt601, isFullRange: false), padding: Int = 0,
        value: (_ plane: Int, _ row: Int, _ byte: Int) -> UInt8
    ) {
        self.width = width
        self.height = height
        self.format = format
        self.encoding = encoding
        planes = (0..<format.planeCount).map { plane in
            let stride = format.rowBytes(plane: plane, width: width) + padding
            let bytes = (0..<format.rows(plane: plane, height: height)).flatMap { row in
                (0..<stride).map { $0 < stride - padding ? value(plane, row, $0) : 0xEE }
            }
            return (bytes, stride)
        }
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        let lent = planes[plane]
        return body(lent.bytes.span.bytes, lent.stride)
    }
}

private func drawn(
    _ pixels: ArrayPixels, size: Int, _ resampling: Resampling = .antialiased, kernels: KernelSet
) -> (pixels: [UInt8], fit: LetterboxFit) {
    let canvas = PixelCanvas(width: size, height: size)
    let letterbox = Letterbox(fill: [124, 116, 104], resampling: resampling, kernels: kernels)
    let fit = letterbox.draw(pixels, on: canvas)
    return (canvas.withPixels { span in span.indices.map { span[$0] } }, fit)
}

private let sets = KernelSet.all.filter(\.isSupported)

struct LetterboxTests {
    @Test(arguments: ["down", "up", "tall", "square"])
    func picturesEqualPillowsWithinOneStep(name: String) throws {
        let golden = try TensorFile.open(fixtures.appending(path: "preprocess.safetensors").path())
        let source = try golden.bytes("\(name).source")
        let expected = try golden.bytes("\(name).effdet_u8")
        let (height, width) = (source.shape[1], source.shape[2])
        let pixels = ArrayPixels(.rgb24, width: width, height: height, padding: 5) { _, row, byte in
            source.values[row * width * 3 + byte]
        }
        for kernels in sets {
            let found = drawn(pixels, size: expected.shape[1], kernels: kernels).pixels
            let worst = zip(found, expected.values).map { abs(Int($0) - Int($1)) }.max()
            #expect(found.count == expected.values.count)
            #expect(worst ?? 255 <= 1, "\(kernels.name): \(name) differs by \(worst ?? -1)")
        }
    }

    @Test(arguments: ["down", "up", "tall", "square"])
    func plainResamplingEqualsTensorFlowsWithinOneStep(name: String) throws {
        let golden = try TensorFile.open(fixtures.appending(path: "preprocess.safetensors").path())
        let source = try golden.bytes("\(name).source")
        let expected: (shape: [Int], values: [Float]) = try golden.floats("\(name).automl")
        let (mean, std): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        let (height, width, size) = (source.shape[1], source.shape[2], expected.shape[2])
        let pixels = ArrayPixels(.rgb24, width: width, height: height) { _, row, byte in
            source.values[row * width * 3 + byte]
        }
        for kernels in sets {
            let found = drawn(pixels, size: size, .plain, kernels: kernels).pixels
            var worst: Float = 0
            for pixel in 0..<size * size {
                for channel in 0..<3 {
                    let wanted =
                        (expected.values[channel * size * size + pixel] * std[channel] + mean[channel]) * 255
                    worst = max(worst, abs(wanted - Float(found[pixel * 3 + channel])))
                }
            }
            #expect(worst <= 1, "\(kernels.name): \(name) differs by \(worst)")
        }
    }

    /// Colour to YUV by the standards' definition, apart from the code under test.
    private static func yuv(_ rgb: [Double], red: Double, blue: Double, isFullRange: Bool) -> [Double] {
        let luma = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
        let u = (rgb[2] - luma) / (2 * (1 - blue))
        let v = (rgb[0] - luma) / (2 * (1 - red))
        return isFullRange
            ? [luma, u + 128, v + 128] : [16 + luma * 219 / 255, 128 + u * 224 / 255, 128 + v * 224 / 255]
    }

    @Test(arguments: PixelFormat.allCases, [(33, 17), (64, 48), (1, 1), (2, 5)])
    func everyFormatShowsItsColour(format: PixelFormat, size: (Int, Int)) {
        let color: [Double] = format == .gray8 ? [90, 90, 90] : [200, 40, 120]
        for (matrix, red, blue) in [
            (ColorEncoding.Matrix.bt601, 0.299, 0.114), (.bt709, 0.2126, 0.0722), (.bt2020, 0.2627, 0.0593),
        ] {
            for isFullRange in [false, true] {
                let yuv = Self.yuv(color, red: red, blue: blue, isFullRange: isFullRange)
                    .map { UInt8($0.rounded()) }
                let rgb = color.map { UInt8($0) }
                let pixels = ArrayPixels(
                    format, width: size.0, height: size.1,
                    encoding: ColorEncoding(matrix: matrix, isFullRange: isFullRange), padding: 3
                ) { plane, _, byte in
                    switch format {
                    case .yuv420p, .yuv422p, .yuv444p: yuv[plane]
                    case .nv12: plane == 0 ? yuv[0] : yuv[1 + byte % 2]
                    case .yuyv422: [yuv[0], yuv[1], yuv[0], yuv[2]][byte % 4]
                    case .uyvy422: [yuv[1], yuv[0], yuv[2], yuv[0]][byte % 4]
                    case .rgb24: rgb[byte % 3]
                    case .bgr24: rgb[2 - byte % 3]
                    case .rgb0: byte % 4 == 3 ? 77 : rgb[byte % 4]
                    case .bgr0: byte % 4 == 3 ? 77 : rgb[2 - byte % 4]
                    case .gray8: rgb[0]
                    }
                }
                for kernels in sets {
                    let (found, fit) = drawn(pixels, size: 40, kernels: kernels)
                    for row in 0..<40 {
                        for column in 0..<40 {
                            let isInside = row < fit.height && column < fit.width
                            for channel in 0..<3 {
                                let wanted = isInside ? color[channel] : [124, 116, 104][channel]
                                let value = Double(found[(row * 40 + column) * 3 + channel])
                                // A step of Y, U, V is up to two steps of a colour.
                                guard abs(value - wanted) > (isInside ? 2.5 : 0) else { continue }
                                Issue.record(
                                    "\(kernels.name) \(matrix) (\(column), \(row)): \(value), not \(wanted)")
                                return
                            }
                        }
                    }
                }
            }
        }
    }

    /// Chroma must lie over its luma: a picture whose left half is red and right half is blue.
    @Test(arguments: [PixelFormat.yuv420p, .yuv422p, .nv12, .yuyv422, .uyvy422])
    func chromaKeepsItsPlace(format: PixelFormat) {
        let (left, right): ([UInt8], [UInt8]) = ([81, 90, 240], [41, 240, 110])
        let width = 160
        let pixels = ArrayPixels(format, width: width, height: 64) { plane, _, byte in
            func side(_ pixel: Int) -> [UInt8] { pixel < width / 2 ? left : right }
            return switch format {
            case .nv12: plane == 0 ? side(byte)[0] : side(byte / 2 * 2)[1 + byte % 2]
            case .yuyv422:
                [side(byte / 2)[0], side(byte / 2)[1], side(byte / 2)[0], side(byte / 2)[2]][byte % 4]
            case .uyvy422:
                [side(byte / 2)[1], side(byte / 2)[0], side(byte / 2)[2], side(byte / 2)[0]][byte % 4]
            default: plane == 0 ? side(byte)[0] : side(byte * 2)[plane]
            }
        }
        for kernels in sets {
            let found = drawn(pixels, size: 80, kernels: kernels).pixels
            for row in 0..<32 {
                for (column, color) in [
                    (0, [255, 0, 0]), (37, [255, 0, 0]), (42, [0, 0, 255]), (79, [0, 0, 255]),
                ] {
                    let at = (row * 80 + column) * 3
                    let isNear = (0..<3).allSatisfy { abs(Int(found[at + $0]) - color[$0]) <= 3 }
                    #expect(isNear, "\(kernels.name) column \(column): \(found[at..<at + 3])")
                }
            }
        }
    }

    @Test func boxesComeBackToTheFrame() {
        let fit = LetterboxFit(frameWidth: 1920, frameHeight: 1080, canvasWidth: 320, canvasHeight: 320)
        #expect(fit.width == 320 && fit.height == 180)
        let box = fit.frameBox(NetworkBox(x1: 0, y1: 10, x2: 320, y2: 180))
        #expect(box == Box(x1: 0, y1: 60, x2: 1920, y2: 1080))
        #expect(
            LetterboxFit(frameWidth: 300, frameHeight: 211, canvasWidth: 128, canvasHeight: 128).height == 90)
        #expect(
            LetterboxFit(frameWidth: 5000, frameHeight: 1, canvasWidth: 320, canvasHeight: 320).height == 1)
    }
}
