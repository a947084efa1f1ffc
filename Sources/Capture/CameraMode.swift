import Frames

/// The layouts that cameras deliver and vedette takes, by their V4L2 code.
public enum CameraFormat: String, Sendable, Hashable, CaseIterable {
    case yuyv = "YUYV"
    case uyvy = "UYVY"
    case nv12 = "NV12"
    case yuv420 = "YU12"
    case rgb = "RGB3"
    case bgr = "BGR3"
    case gray = "GREY"
    case motionJPEG = "MJPG"
    case jpeg = "JPEG"

    init?(code: UInt32) {
        guard let match = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = match
    }

    /// Four characters, the first in the lowest byte.
    var code: UInt32 { rawValue.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    /// How its bytes are laid out; nil where a decoder comes first.
    var pixelFormat: PixelFormat? {
        switch self {
        case .yuyv: .yuyv422
        case .uyvy: .uyvy422
        case .nv12: .nv12
        case .yuv420: .yuv420p
        case .rgb: .rgb24
        case .bgr: .bgr24
        case .gray: .gray8
        case .motionJPEG, .jpeg: nil
        }
    }

    var isCompressed: Bool { pixelFormat == nil }
}

/// One way in which a camera can deliver.
public struct CameraMode: Sendable, Hashable, CustomStringConvertible {
    public var format: CameraFormat
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Seconds from frame to frame; nil where the driver does not say.
    public var interval: Timebase?

    public init(format: CameraFormat, width: Int, height: Int, interval: Timebase?) {
        self.format = format
        self.width = width
        self.height = height
        self.interval = interval
    }

    /// Frames per second; 0 where unknown.
    public var rate: Double {
        guard let interval, interval.numerator > 0 else { return 0 }
        return Double(interval.denominator) / Double(interval.numerator)
    }

    public var description: String {
        let tenths = Int((rate * 10).rounded())
        let rate = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return tenths > 0
            ? "\(width)x\(height) at \(rate)/s (\(format.rawValue))"
            : "\(width)x\(height) (\(format.rawValue))"
    }
}

/// Which mode of a camera is taken.
enum CameraModeChoice {
    /// Beyond this the network sees no more, and USB cameras slow down.
    private static let roomy = (width: 1280, height: 720)
    /// Frames per second at which motion looks fluent.
    private static let fluent = 24.9
    /// Two rates closer than this are one (29.97 and 30).
    private static let sameRate = 0.5

    /// The largest mode up to 1280x720 with at least 25 frames a second, uncompressed where it is as good;
    /// `size` and `rate` narrow the choice. Nil where nothing offered fits.
    static func best(
        of modes: [CameraMode], size: (width: Int, height: Int)?, rate: Double?
    ) -> CameraMode? {
        let fitting = modes.filter { mode in
            (size.map { $0 == (mode.width, mode.height) } ?? true)
                && (rate.map { abs($0 - mode.rate) < sameRate } ?? true)
        }
        return fitting.max {
            rank($0, sizeIsGiven: size != nil).lexicographicallyPrecedes(rank($1, sizeIsGiven: size != nil))
        }
    }

    /// Greater is better, the first number first.
    private static func rank(_ mode: CameraMode, sizeIsGiven: Bool) -> [Double] {
        let fits = sizeIsGiven || mode.width <= roomy.width && mode.height <= roomy.height
        let area = Double(mode.width * mode.height)
        return [
            fits ? 1 : 0,
            mode.rate >= fluent ? 1 : 0,
            // Too large is better the smaller it is.
            fits ? area : -area,
            // Above fluent, speed is worth less than pixels without JPEG's noise.
            mode.rate >= fluent ? 0 : mode.rate,
            mode.format.isCompressed ? 0 : 1,
            mode.format == .gray ? 0 : 1,
            mode.rate,
        ]
    }

    /// The three modes most like the one that was asked for.
    static func nearest(
        to size: (width: Int, height: Int)?, rate: Double?, of modes: [CameraMode]
    ) -> [CameraMode] {
        func distance(_ mode: CameraMode) -> Double {
            let sides = size.map { abs(mode.width - $0.width) + abs(mode.height - $0.height) } ?? 0
            return Double(sides) + (rate.map { abs(mode.rate - $0) * 10 } ?? 0)
        }
        var seen: Set<String> = []
        return Array(
            modes.sorted { (distance($0), -$0.rate) < (distance($1), -$1.rate) }
                .filter { seen.insert($0.description).inserted }.prefix(3))
    }
}
