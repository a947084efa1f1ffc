import Frames
import Testing

@testable import Screen

/// Planes that show one colour, given as Y, U, V or R, G, B, in every layout.
private func solid(_ format: PixelFormat, _ a: UInt8, _ b: UInt8, _ c: UInt8, width: Int, height: Int)
    -> Planes
{
    func fill(_ plane: Int, _ pattern: [UInt8]) -> (bytes: [UInt8], stride: Int) {
        let rowBytes = format.rowBytes(plane: plane, width: width)
        // Padding that must not be looked at.
        let row = (0..<rowBytes).map { pattern[$0 % pattern.count] } + [7, 7, 7]
        return (
            Array((0..<format.rows(plane: plane, height: height)).map { _ in row }.joined()), rowBytes + 3
        )
    }
    let planes: [(bytes: [UInt8], stride: Int)] =
        switch format {
        case .yuv420p, .yuv422p, .yuv444p: [fill(0, [a]), fill(1, [b]), fill(2, [c])]
        case .nv12: [fill(0, [a]), fill(1, [b, c])]
        case .yuyv422: [fill(0, [a, b, a, c])]
        case .uyvy422: [fill(0, [b, a, c, a])]
        case .rgb24: [fill(0, [a, b, c])]
        case .bgr24: [fill(0, [c, b, a])]
        case .rgb0: [fill(0, [a, b, c, 99])]
        case .bgr0: [fill(0, [c, b, a, 99])]
        case .gray8: [fill(0, [a])]
        }
    return Planes(format, width: width, height: height, planes: planes)
}

@Test(arguments: PixelFormat.allCases)
func everyLayoutGivesItsColorInAnySize(format: PixelFormat) {
    for (width, height) in [(16, 12), (17, 13), (1, 1), (3, 2), (640, 359)] {
        // BT.601's red of 75 % colour bars: Y 65, U 100, V 212 is R 191, G 0, B 0.
        let isYUV = format.rawValue.hasPrefix("yuv") || [.nv12, .yuyv422, .uyvy422].contains(format)
        let pixels =
            isYUV
            ? solid(format, 65, 100, 212, width: width, height: height)
            : solid(format, 191, 0, 0, width: width, height: height)
        let expected = format == .gray8 ? RGB(191, 191, 191) : RGB(191, 0, 0)
        for (columns, rows) in [(7, 4), (1, 1), (23, 19)] {
            let samples = FrameSampler.sample(pixels, width: columns, height: rows)
            #expect(samples.colors.count == columns * rows)
            for color in samples.colors {
                #expect(color.distance(to: expected) <= 1, "\(format) \(width)×\(height) \(color)")
            }
        }
    }
}

@Test func samplesAreTheMeansOfTheirAreas() {
    // 12×9 pixels to 4×3 samples: areas of 3×3, whose means are computed here the plain way.
    let pixels = Planes.rgb(12, 9) { x, y in RGB(UInt8(x * 20), UInt8(y * 25), UInt8((x * 7 + y * 13) % 256))
    }
    let samples = FrameSampler.sample(pixels, width: 4, height: 3)
    for sampleY in 0..<3 {
        for sampleX in 0..<4 {
            var sum = (0, 0, 0)
            for y in sampleY * 3..<sampleY * 3 + 3 {
                for x in sampleX * 3..<sampleX * 3 + 3 {
                    sum = (sum.0 + x * 20, sum.1 + y * 25, sum.2 + (x * 7 + y * 13) % 256)
                }
            }
            let mean = RGB(UInt8((sum.0 + 4) / 9), UInt8((sum.1 + 4) / 9), UInt8((sum.2 + 4) / 9))
            #expect(samples[sampleX, sampleY] == mean)
        }
    }
}

@Test func aTallFrameDoesNotOverflowItsSums() {
    let pixels = solid(.gray8, 255, 0, 0, width: 5, height: 2000)
    #expect(FrameSampler.sample(pixels, width: 2, height: 2).colors == Array(repeating: .white, count: 4))
}

@Test func aPlaneThatIsShorterThanItSaysIsReadNoFurther() {
    let pixels = Planes(.gray8, width: 100, height: 100, planes: [(Array(repeating: 200, count: 5050), 100)])
    let samples = FrameSampler.sample(pixels, width: 1, height: 4)
    #expect(samples.colors.map(\.red) == [200, 200, 0, 0])
    let empty = Planes(.yuv420p, width: 8, height: 8, planes: [([], 8), ([], 4), ([], 4)])
    #expect(FrameSampler.sample(empty, width: 3, height: 3).colors.count == 9)
}

@Test(arguments: [
    // White and black of limited and full range; BT.709's 75 % green bar.
    (ColorEncoding(matrix: .bt601, isFullRange: false), [235, 128, 128], [255, 255, 255]),
    (ColorEncoding(matrix: .bt2020, isFullRange: false), [16, 128, 128], [0, 0, 0]),
    (ColorEncoding(matrix: .bt709, isFullRange: true), [255, 128, 128], [255, 255, 255]),
    (ColorEncoding(matrix: .bt709, isFullRange: false), [133, 63, 52], [0, 191, 0]),
])
func matricesAndRangesAreThoseOfTheStandards(encoding: ColorEncoding, yuv: [UInt8], rgb: [UInt8]) {
    let color = YUVConversion(encoding).rgb(yuv[0], yuv[1], yuv[2])
    #expect(color.distance(to: RGB(rgb[0], rgb[1], rgb[2])) <= 1)
}

@Test func aStillKeepsThePicture() {
    let pixels = solid(.nv12, 65, 100, 212, width: 9, height: 7)
    let still = StillPixels(copying: pixels)
    #expect(
        FrameSampler.sample(still, width: 4, height: 4) == FrameSampler.sample(pixels, width: 4, height: 4))
}
