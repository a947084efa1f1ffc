/// Where one of a pixel's three numbers stands in memory: Y, U, V, or R, G, B.
public struct PixelComponent: Sendable, Hashable {
    public var plane: Int
    /// Of the first sample in its row, in bytes.
    public var offset: Int
    /// From sample to sample in a row, in bytes.
    public var step: Int
    /// Pixels that share a sample, 1 or 2.
    public var subsamplingX: Int
    public var subsamplingY: Int

    init(_ plane: Int, _ offset: Int, step: Int = 1, _ subsamplingX: Int = 1, _ subsamplingY: Int = 1) {
        self.plane = plane
        self.offset = offset
        self.step = step
        self.subsamplingX = subsamplingX
        self.subsamplingY = subsamplingY
    }
}

extension PixelFormat {
    /// Y, U, V, or R, G, B; one component alone is grey.
    public var components: [PixelComponent] {
        switch self {
        case .yuv420p: [.init(0, 0), .init(1, 0, 2, 2), .init(2, 0, 2, 2)]
        case .yuv422p: [.init(0, 0), .init(1, 0, 2, 1), .init(2, 0, 2, 1)]
        case .yuv444p: [.init(0, 0), .init(1, 0), .init(2, 0)]
        case .nv12: [.init(0, 0), .init(1, 0, step: 2, 2, 2), .init(1, 1, step: 2, 2, 2)]
        case .yuyv422: [.init(0, 0, step: 2), .init(0, 1, step: 4, 2), .init(0, 3, step: 4, 2)]
        case .uyvy422: [.init(0, 1, step: 2), .init(0, 0, step: 4, 2), .init(0, 2, step: 4, 2)]
        case .rgb24: [.init(0, 0, step: 3), .init(0, 1, step: 3), .init(0, 2, step: 3)]
        case .bgr24: [.init(0, 2, step: 3), .init(0, 1, step: 3), .init(0, 0, step: 3)]
        case .rgb0: [.init(0, 0, step: 4), .init(0, 1, step: 4), .init(0, 2, step: 4)]
        case .bgr0: [.init(0, 2, step: 4), .init(0, 1, step: 4), .init(0, 0, step: 4)]
        case .gray8: [.init(0, 0)]
        }
    }

    /// Whether the components are Y, U and V.
    public var isYUV: Bool {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p, .nv12, .yuyv422, .uyvy422: true
        case .rgb24, .bgr24, .rgb0, .bgr0, .gray8: false
        }
    }

    /// From the three components to R, G, B, all 0...255: three rows of three factors and a summand.
    public func rgbMatrix(_ encoding: ColorEncoding) -> [Float] {
        guard isYUV else { return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }
        let (red, blue): (Double, Double) =
            switch encoding.matrix {
            case .bt601: (0.299, 0.114)
            case .bt709: (0.2126, 0.0722)
            case .bt2020: (0.2627, 0.0593)
            }
        let green = 1 - red - blue
        let luma = encoding.isFullRange ? 1 : 255.0 / 219
        let chroma = encoding.isFullRange ? 1 : 255.0 / 224
        let black = encoding.isFullRange ? 0 : 16.0
        func row(_ u: Double, _ v: Double) -> [Float] {
            let (u, v) = (u * chroma, v * chroma)
            return [luma, u, v, -luma * black - (u + v) * 128].map { Float($0) }
        }
        return row(0, 2 * (1 - red))
            + row(-2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green)
            + row(2 * (1 - blue), 0)
    }
}
