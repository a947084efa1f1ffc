/// The layouts of pixels that the letterbox reads directly; a source converts anything else first.
public enum PixelFormat: String, Sendable, Hashable, CaseIterable {
    /// Planar Y, U, V; chroma halved both ways.
    case yuv420p
    /// Planar Y, U, V; chroma halved horizontally.
    case yuv422p
    /// Planar Y, U, V in full resolution.
    case yuv444p
    /// Y plane, then interleaved U and V halved both ways.
    case nv12
    /// Packed Y0 U Y1 V.
    case yuyv422
    /// Packed U Y0 V Y1.
    case uyvy422
    case rgb24
    case bgr24
    /// Packed R G B and a fourth byte that is ignored.
    case rgb0
    /// Packed B G R and a fourth byte that is ignored.
    case bgr0
    case gray8

    public var planeCount: Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p: 3
        case .nv12: 2
        case .yuyv422, .uyvy422, .rgb24, .bgr24, .rgb0, .bgr0, .gray8: 1
        }
    }

    /// Bytes that one row of `plane` holds for a picture of `width` pixels (odd widths round up).
    public func rowBytes(plane: Int, width: Int) -> Int {
        switch self {
        case .yuv420p, .yuv422p: plane == 0 ? width : (width + 1) / 2
        case .yuv444p, .gray8: width
        case .nv12: plane == 0 ? width : (width + 1) / 2 * 2
        case .yuyv422, .uyvy422: (width + 1) / 2 * 4
        case .rgb24, .bgr24: width * 3
        case .rgb0, .bgr0: width * 4
        }
    }

    /// Rows of `plane` for a picture of `height` pixels (odd heights round up).
    public func rows(plane: Int, height: Int) -> Int {
        switch self {
        case .yuv420p, .nv12: plane == 0 ? height : (height + 1) / 2
        case .yuv422p, .yuv444p, .yuyv422, .uyvy422, .rgb24, .bgr24, .rgb0, .bgr0, .gray8: height
        }
    }
}

/// How YUV values stand for colours. RGB formats ignore it.
public struct ColorEncoding: Sendable, Hashable {
    public enum Matrix: String, Sendable, Hashable {
        case bt601, bt709, bt2020
    }

    public var matrix: Matrix
    /// Y 0...255 instead of 16...235.
    public var isFullRange: Bool

    public init(matrix: Matrix, isFullRange: Bool) {
        self.matrix = matrix
        self.isFullRange = isFullRange
    }
}
