import CV4L2
import Frames
import Glibc

/// An open camera node; closed in `deinit`.
final class CameraDevice: Sendable {
    let path: String
    let descriptor: Int32
    let calls: CameraCalls

    /// What the driver says of itself.
    struct Capability: Sendable, Hashable {
        var card: String
        var driver: String
        var bus: String
        /// Delivers frames; metadata and output nodes do not.
        var isCapture: Bool
    }

    init(path: String, calls: CameraCalls) throws(CaptureError) {
        let descriptor = calls.open(path)
        guard descriptor >= 0 else { throw Self.error(path, "open", -descriptor, calls) }
        self.path = path
        self.descriptor = descriptor
        self.calls = calls
    }

    deinit { calls.close(descriptor) }

    /// Turns `errno` into what the user can do about it.
    static func error(_ path: String, _ call: String, _ code: Int32, _ calls: CameraCalls) -> CaptureError {
        switch code {
        case EACCES, EPERM: .cameraNotPermitted(path)
        case EBUSY: .cameraBusy(path, holder: calls.holder(path))
        case ENOENT, ENODEV, ENXIO: .noSuchCamera(path, present: calls.nodes().filter { $0 != path })
        default: .cameraFailed(path, call: call, reason: String(cString: strerror(code)))
        }
    }

    /// One request to the driver with a structure that it fills; the negative `errno` where it fails.
    func request<Argument>(_ number: UInt, _ argument: inout Argument) -> Int32 {
        withUnsafeMutablePointer(to: &argument) {
            calls.control(descriptor, number, UnsafeMutableRawPointer($0))
        }
    }

    func demand<Argument>(_ number: UInt, _ call: String, _ argument: inout Argument) throws(CaptureError) {
        let result = request(number, &argument)
        guard result >= 0 else { throw Self.error(path, call, -result, calls) }
    }

    func capability() throws(CaptureError) -> Capability {
        var raw = v4l2_capability()
        let result = request(cv4l2_querycap, &raw)
        guard result >= 0 else {
            guard result == -ENOTTY || result == -EINVAL else {
                throw Self.error(path, "asking what it is", -result, calls)
            }
            throw .notACaptureDevice(path, use: nil)
        }
        let own = raw.capabilities & cv4l2_cap_device_caps != 0 ? raw.device_caps : raw.capabilities
        return Capability(
            card: Self.text(of: raw.card), driver: Self.text(of: raw.driver),
            bus: Self.text(of: raw.bus_info),
            isCapture: own & cv4l2_cap_capture != 0 && own & cv4l2_cap_streaming != 0)
    }

    /// A C array of characters up to its first zero.
    private static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) {
            Redaction.printable(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self))
        }
    }

    /// Every mode in a layout that vedette reads; `wanted` is added where a driver names a range of sizes.
    func modes(wanted: (width: Int, height: Int)? = nil) -> [CameraMode] {
        var modes: [CameraMode] = []
        for index in UInt32(0)..<64 {
            var about = v4l2_fmtdesc()
            about.index = index
            about.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            guard request(cv4l2_enum_fmt, &about) >= 0 else { break }
            guard about.flags & cv4l2_flag_emulated == 0, let format = CameraFormat(code: about.pixelformat)
            else { continue }
            for size in sizes(of: format, wanted: wanted) {
                let found = intervals(of: format, width: size.width, height: size.height)
                modes += found.map {
                    CameraMode(format: format, width: size.width, height: size.height, interval: $0)
                }
            }
        }
        return modes
    }

    /// Sizes that people ask for, offered where a driver names a range.
    private static let usualSizes = [
        (320, 240), (640, 360), (640, 480), (800, 600), (1024, 576), (1280, 720), (1920, 1080), (3840, 2160),
    ]

    private func sizes(
        of format: CameraFormat, wanted: (width: Int, height: Int)?
    ) -> [(width: Int, height: Int)] {
        var sizes: [(width: Int, height: Int)] = []
        for index in UInt32(0)..<256 {
            var about = v4l2_frmsizeenum()
            about.index = index
            about.pixel_format = format.code
            guard request(cv4l2_enum_framesizes, &about) >= 0 else { break }
            guard about.type != V4L2_FRMSIZE_TYPE_DISCRETE.rawValue else {
                sizes.append((Int(about.discrete.width), Int(about.discrete.height)))
                continue
            }
            let range = about.stepwise
            func holds(_ width: Int, _ height: Int) -> Bool {
                width >= range.min_width && width <= range.max_width && height >= range.min_height
                    && height <= range.max_height
                    && (width - Int(range.min_width)) % max(Int(range.step_width), 1) == 0
                    && (height - Int(range.min_height)) % max(Int(range.step_height), 1) == 0
            }
            var candidates = Self.usualSizes + [(Int(range.max_width), Int(range.max_height))]
            if let wanted { candidates.append((wanted.width, wanted.height)) }
            sizes += candidates.filter { holds($0.0, $0.1) }.map { (width: $0.0, height: $0.1) }
            break
        }
        return sizes.filter {
            (1...PictureLimit.side).contains($0.width) && (1...PictureLimit.side).contains($0.height)
        }
    }

    /// Seconds from frame to frame; of a range the shortest. One unknown where the driver does not say.
    private func intervals(of format: CameraFormat, width: Int, height: Int) -> [Timebase?] {
        var intervals: [Timebase?] = []
        for index in UInt32(0)..<64 {
            var about = v4l2_frmivalenum()
            about.index = index
            about.pixel_format = format.code
            about.width = UInt32(width)
            about.height = UInt32(height)
            guard request(cv4l2_enum_frameintervals, &about) >= 0 else { break }
            let isDiscrete = about.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue
            let interval = isDiscrete ? about.discrete : about.stepwise.min
            guard interval.numerator > 0, interval.denominator > 0 else { continue }
            intervals.append(Timebase(Int(interval.numerator), Int(interval.denominator)))
            if !isDiscrete { break }
        }
        return intervals.isEmpty ? [nil] : intervals
    }
}
