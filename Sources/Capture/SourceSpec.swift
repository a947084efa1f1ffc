import Glibc

/// What the user named as a source: `[NAME=]SPEC`.
///
/// | SPEC | kind |
/// | --- | --- |
/// | `camera:`, `0`, `/dev/video2`, `camera:TEXT`, `/dev/v4l/by-id/…` | `camera` |
/// | `rtsp://…`, `http://…` and other schemes | `url` |
/// | `-` | `standardInput` |
/// | `testsrc[:size=1280x720,rate=30,objects=5,seed=1,live]` | `test` |
/// | `@FILE` | the first line of FILE is the SPEC |
/// | anything else | `path`: a file, a folder, or a glob; the file system decides when it is opened |
///
/// A file whose name looks like another kind is written with its folder: `./0`, `./a=b.mp4`.
public struct SourceSpec: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case camera(CameraQuery)
        case path(String)
        case url(String)
        case standardInput
        case test(TestPattern)
    }

    /// Which camera is meant.
    public enum CameraQuery: Sendable, Hashable {
        case first
        /// A node by its path, by-id links included.
        case node(String)
        /// The one device whose card or by-id name contains the text.
        case matching(String)
    }

    /// Given by the user: letters, digits, `-` and `_`.
    public let name: String?
    public let kind: Kind
    /// The SPEC without its name and secrets, fit to be shown.
    public let shown: String

    /// Reads `text`; throws `badSpec`, `unsupportedProtocol`, or what reading an `@FILE` met.
    public init(_ text: String) throws(CaptureError) {
        let (name, spec) = Self.split(text)
        guard !spec.isEmpty else {
            throw .badSpec("'\(Redaction.shown(text))'", reason: "there is no source in it")
        }
        if spec.hasPrefix("@") {
            let line = try Self.firstLine(ofFile: String(spec.dropFirst()))
            let (inner, rest) = Self.split(line)
            guard !rest.isEmpty, !rest.hasPrefix("@") else {
                throw .badSpec(Redaction.shown(text), reason: "its first line names no source")
            }
            self.name = name ?? inner
            self.kind = try Self.kind(of: rest)
            self.shown = Redaction.shown(rest)
        } else {
            self.name = name
            self.kind = try Self.kind(of: spec)
            self.shown = Redaction.shown(spec)
        }
    }

    /// The name for screen and logs: the user's own, else file stem, host, or kind.
    public var displayName: String {
        if let name { return name }
        switch kind {
        case .camera(.first): return "camera0"
        case .camera(.node(let path)):
            let digits = path.hasPrefix("/dev/video") ? path.dropFirst("/dev/video".count) : ""
            return digits.isEmpty ? Redaction.printable(Self.stem(of: path)) : "camera\(digits)"
        case .camera(.matching(let text)): return Redaction.printable(text)
        case .path(let path): return Redaction.printable(Self.stem(of: path))
        case .url(let url): return Redaction.printable(Self.host(of: url))
        case .standardInput: return "stdin"
        case .test: return "testsrc"
        }
    }

    /// `NAME=SPEC` in its parts. A word before `=` with any other character is no name.
    private static func split(_ text: String) -> (name: String?, spec: String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex,
            text[..<equals].allSatisfy({
                $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" || $0 == "_"
            })
        else { return (nil, text) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    private static func kind(of spec: String) throws(CaptureError) -> Kind {
        if spec == "-" { return .standardInput }
        if spec == "camera:" { return .camera(.first) }
        if spec.hasPrefix("camera:") { return .camera(.matching(String(spec.dropFirst(7)))) }
        if spec.count <= 3, spec.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(spec) {
            return .camera(.node("/dev/video\(number)"))
        }
        if spec.hasPrefix("/dev/video") || spec.hasPrefix("/dev/v4l/") { return .camera(.node(spec)) }
        if spec == "testsrc" || spec.hasPrefix("testsrc:") {
            return .test(try TestPattern(options: spec.dropFirst("testsrc:".count)))
        }
        guard let scheme = scheme(of: spec) else { return .path(spec) }
        if scheme == "file" { return .path(String(spec.dropFirst("file://".count))) }
        guard StreamProtocol.whitelist(for: scheme) != nil else {
            throw .unsupportedProtocol(Redaction.shown(spec), scheme: Redaction.printable(scheme))
        }
        return .url(spec)
    }

    /// `rtsp` of `rtsp://…`, in lower case; nil where the text does not begin like a URL.
    static func scheme(of text: String) -> String? {
        let letters = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        guard letters.first?.isLetter == true, text[letters.endIndex...].hasPrefix("://") else { return nil }
        return letters.lowercased()
    }

    private static func host(of url: String) -> String {
        guard let scheme = scheme(of: url) else { return url }
        let authority = url.dropFirst(scheme.count + 3).prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        if host.hasPrefix("["), let close = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<close])
        }
        let bare = host.prefix { $0 != ":" }
        return bare.isEmpty ? scheme : String(bare)
    }

    static func stem(of path: String) -> String {
        guard let last = path.split(separator: "/").last else { return path }
        guard let dot = last.lastIndex(of: "."), dot > last.startIndex else { return String(last) }
        return String(last[..<dot])
    }

    /// At most 4096 bytes: a SPEC, not a document.
    private static func firstLine(ofFile path: String) throws(CaptureError) -> String {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ENOENT
                ? .noSuchFile(path) : .unreadable(path, reason: String(cString: strerror(code)))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var filled = 0
        while filled < bytes.count, !bytes[..<filled].contains(UInt8(ascii: "\n")) {
            let count = bytes.withUnsafeMutableBytes { room in
                room.baseAddress.map { read(descriptor, $0 + filled, room.count - filled) } ?? 0
            }
            if count < 0 { throw .unreadable(path, reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            filled += count
        }
        let line = bytes[..<filled].prefix { $0 != UInt8(ascii: "\n") }
        let text = String(decoding: line, as: UTF8.self)
        let start = text.drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { " \t\r".contains($0) }.reversed())
    }
}
