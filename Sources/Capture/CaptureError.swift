/// Why a source could not be opened or read. Each case renders one sentence; specs and FFmpeg's words
/// in it have their passwords cut and their control characters replaced.
public enum CaptureError: Error, Sendable, Hashable {
    case badSpec(String, reason: String)
    case unsupportedProtocol(String, scheme: String)

    case noSuchFile(String)
    case unreadable(String, reason: String)
    case emptyFile(String)
    case emptyFolder(String)
    /// `reason` in FFmpeg's words.
    case notVideo(String, reason: String)
    /// A container whose index is missing: the recording was cut off.
    case truncated(String)
    case noVideoStream(String)
    case noDecoder(String, codec: String)
    case nothingDecoded(String, reason: String)
    case tooLarge(String, width: Int, height: Int, maximumPixels: Int)
    case readFailed(String, reason: String)
    case outOfMemory(String)

    case connectionFailed(String, reason: String)
    case timedOut(String, seconds: Double)
    case cancelled(String)
    /// A live source broke off and reconnecting is off.
    case lost(String, reason: String)

    case noCamera
    case noSuchCamera(String, present: [String])
    case ambiguousCamera(String, matches: [String])
    case cameraNotPermitted(String)
    case cameraBusy(String, holder: String?)
    case notACaptureDevice(String, use: String?)
    case modeNotOffered(String, asked: String, nearest: [String])
    case cameraFailed(String, call: String, reason: String)
}

extension CaptureError: CustomStringConvertible {
    public var description: String { Redaction.printable(sentence) }

    private var sentence: String {
        switch self {
        case .badSpec(let spec, let reason): "\(spec): \(reason)"
        case .unsupportedProtocol(let spec, let scheme): "\(spec): protocol \(scheme) is not supported"
        case .noSuchFile(let path): "\(path): no such file"
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .emptyFile(let path): "\(path): the file is empty"
        case .emptyFolder(let path): "\(path): no pictures or videos there"
        case .notVideo(let path, let reason): "\(path): not a video or picture: \(reason)"
        case .truncated(let path): "\(path): the recording was cut off before its index was written"
        case .noVideoStream(let path): "\(path): there is no video in it"
        case .noDecoder(let path, let codec): "\(path): no decoder for \(codec)"
        case .nothingDecoded(let path, let reason): "\(path): no frame could be decoded: \(reason)"
        case .tooLarge(let path, let width, let height, let maximum):
            "\(path): a picture of \(width)x\(height) pixels is over the limit of "
                + "\(PictureLimit.side) a side and \(maximum) in all"
        case .readFailed(let path, let reason): "\(path): reading failed: \(reason)"
        case .outOfMemory(let what): "\(what): out of memory"
        case .connectionFailed(let spec, let reason): "\(spec): cannot connect: \(reason)"
        case .timedOut(let spec, let seconds): "\(spec): nothing came for \(Self.number(seconds)) s"
        case .lost(let spec, let reason): "\(spec): lost: \(reason)"
        case .cancelled(let spec): "\(spec): cancelled while opening"
        case .noCamera: "no camera found"
        case .noSuchCamera(let text, let present):
            present.isEmpty
                ? "no camera found for \(text)"
                : "no camera matches \(text); there are \(present.joined(separator: ", "))"
        case .ambiguousCamera(let text, let matches):
            "\(text) matches several cameras: \(matches.joined(separator: ", "))"
        case .cameraNotPermitted(let path): "\(path): no permission to open the camera"
        case .cameraBusy(let path, let holder):
            "\(path): the camera is in use by \(holder ?? "another program")"
        case .notACaptureDevice(let path, _): "\(path): this node does not capture video"
        case .modeNotOffered(let path, let asked, _): "\(path): the camera does not offer \(asked)"
        case .cameraFailed(let path, let call, let reason): "\(path): \(call) failed: \(reason)"
        }
    }

    /// What to do about it, as the end of a sentence; nil where nothing is known to help.
    public var suggestion: String? {
        switch self {
        case .noCamera: "try `vedette watch testsrc:`"
        case .ambiguousCamera: "name more of it, or the device's path"
        case .cameraNotPermitted: "join the group `video`: `sudo usermod -aG video $USER`, then log in anew"
        case .cameraBusy: "close that program, or use another camera"
        case .notACaptureDevice(_, let use): use.map { "use \($0), the node that does capture" }
        case .modeNotOffered(_, _, let nearest):
            nearest.isEmpty ? nil : "the nearest modes are \(nearest.joined(separator: ", "))"
        case .timedOut: "is the address right, and does the source send?"
        case .unsupportedProtocol: "rtsp, rtsps, rtmp, srt, udp, rtp, http and https are"
        default: nil
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)"
    }
}

/// Sizes beyond which a picture is refused before memory is taken for it.
enum PictureLimit {
    /// Pixels along a side.
    static let side = 16_384
}
