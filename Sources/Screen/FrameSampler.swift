import Frames

/// Frame in, small picture out, straight from the decoder's planes: box filter in the frame's own colour
/// space, conversion to RGB afterwards, on the few samples.
enum FrameSampler {
    /// The means of `width × height` equal areas of `pixels`.
    static func sample(_ pixels: any PixelBuffer, width: Int, height: Int) -> SampleGrid {
        guard width > 0, height > 0 else { return SampleGrid(width: 0, height: 0, colors: []) }
        let mean = AreaMean(width: width, height: height)
        let (full, half) = (pixels.width, (pixels.width + 1) / 2)
        func planes(_ plane: Int, _ components: [AreaMean.Component]) -> [[UInt8]] {
            let rowBytes = pixels.format.rowBytes(plane: plane, width: pixels.width)
            let rows = pixels.format.rows(plane: plane, height: pixels.height)
            return pixels.withPlane(plane) { bytes, stride in
                mean.means(of: bytes, stride: stride, rowBytes: rowBytes, rows: rows, components: components)
            }
        }
        func plane(_ plane: Int, count: Int) -> [UInt8] {
            planes(plane, [.init(step: 1, offset: 0, count: count)])[0]
        }
        func packed(_ step: Int, _ first: Int, _ second: Int, _ third: Int) -> [[UInt8]] {
            planes(0, [first, second, third].map { .init(step: step, offset: $0, count: full) })
        }
        func interleaved(y: Int, u: Int, v: Int) -> [[UInt8]] {
            planes(
                0,
                [
                    .init(step: 2, offset: y, count: full), .init(step: 4, offset: u, count: half),
                    .init(step: 4, offset: v, count: half),
                ])
        }
        let colors: [RGB]
        switch pixels.format {
        case .gray8:
            colors = plane(0, count: full).map { RGB($0, $0, $0) }
        case .rgb24: colors = rgb(packed(3, 0, 1, 2))
        case .bgr24: colors = rgb(packed(3, 2, 1, 0))
        case .rgb0: colors = rgb(packed(4, 0, 1, 2))
        case .bgr0: colors = rgb(packed(4, 2, 1, 0))
        case .yuyv422: colors = rgb(interleaved(y: 0, u: 1, v: 3), pixels.encoding)
        case .uyvy422: colors = rgb(interleaved(y: 1, u: 0, v: 2), pixels.encoding)
        case .yuv420p, .yuv422p:
            colors = rgb(
                [plane(0, count: full), plane(1, count: half), plane(2, count: half)], pixels.encoding)
        case .yuv444p:
            colors = rgb(
                [plane(0, count: full), plane(1, count: full), plane(2, count: full)], pixels.encoding)
        case .nv12:
            let chroma = planes(
                1, [.init(step: 2, offset: 0, count: half), .init(step: 2, offset: 1, count: half)])
            colors = rgb([plane(0, count: full)] + chroma, pixels.encoding)
        }
        return SampleGrid(width: width, height: height, colors: colors)
    }

    private static func rgb(_ channels: [[UInt8]]) -> [RGB] {
        channels[0].indices.map { RGB(channels[0][$0], channels[1][$0], channels[2][$0]) }
    }

    private static func rgb(_ channels: [[UInt8]], _ encoding: ColorEncoding) -> [RGB] {
        let convert = YUVConversion(encoding)
        return channels[0].indices.map { convert.rgb(channels[0][$0], channels[1][$0], channels[2][$0]) }
    }
}

/// YUV to RGB in 16-bit fixed point, from the matrices of ITU-R BT.601, BT.709 and BT.2020.
struct YUVConversion {
    private let scale: Int
    private let black: Int
    private let redV: Int
    private let greenU: Int
    private let greenV: Int
    private let blueU: Int

    init(_ encoding: ColorEncoding) {
        let (red, blue): (Double, Double) =
            switch encoding.matrix {
            case .bt601: (0.299, 0.114)
            case .bt709: (0.2126, 0.0722)
            case .bt2020: (0.2627, 0.0593)
            }
        let green = 1 - red - blue
        let (lumaGain, chromaGain) = encoding.isFullRange ? (1.0, 1.0) : (255.0 / 219, 255.0 / 224)
        func fixed(_ value: Double) -> Int { Int((value * 65536).rounded()) }
        scale = fixed(lumaGain)
        black = encoding.isFullRange ? 0 : 16
        redV = fixed(2 * (1 - red) * chromaGain)
        blueU = fixed(2 * (1 - blue) * chromaGain)
        greenU = fixed(-2 * (1 - blue) * blue / green * chromaGain)
        greenV = fixed(-2 * (1 - red) * red / green * chromaGain)
    }

    func rgb(_ y: UInt8, _ u: UInt8, _ v: UInt8) -> RGB {
        let luma = (Int(y) - black) * scale + 32768
        let (u, v) = (Int(u) - 128, Int(v) - 128)
        func clamp(_ value: Int) -> UInt8 { UInt8(min(max(value >> 16, 0), 255)) }
        return RGB(clamp(luma + v * redV), clamp(luma + u * greenU + v * greenV), clamp(luma + u * blueU))
    }
}
