import Glibc

/// Where libavformat shall read from.
enum MediaLocation: Sendable, Hashable {
    case file(String)
    case url(String)
    /// A pipe or a terminal, read until its end; the descriptor stays the caller's.
    case descriptor(Int32)
    /// A named pipe.
    case fifo(String)

    /// What FFmpeg opens; `file:` keeps a colon in a path from naming a protocol.
    var address: String {
        switch self {
        case .file(let path): "file:" + path
        case .url(let url): url
        case .descriptor, .fifo: ""
        }
    }

    var protocols: String {
        switch self {
        case .file, .descriptor, .fifo: StreamProtocol.file
        case .url(let url): SourceSpec.scheme(of: url).flatMap(StreamProtocol.whitelist) ?? ""
        }
    }

    /// Read until its end, once, and silent for as long as its writer likes.
    var isPipe: Bool {
        switch self {
        case .descriptor, .fifo: true
        case .file, .url: false
        }
    }

    var isRemote: Bool {
        if case .url = self { true } else { false }
    }

    /// Throws where the file system already knows that there is nothing to decode.
    func check() throws(CaptureError) {
        guard case .file(let path) = self else { return }
        let shown = Redaction.printable(path)
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            throw code == ENOENT || code == ENOTDIR
                ? .noSuchFile(shown) : .unreadable(shown, reason: String(cString: strerror(code)))
        }
        guard access(path, R_OK) == 0 else {
            throw .unreadable(shown, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notVideo(shown, reason: "not a regular file") }
        guard status.st_size > 0 else { throw .emptyFile(shown) }
    }

    /// True for a file that begins like MP4 or QuickTime, whose index comes last.
    var beginsLikeMP4: Bool {
        guard case .file(let path) = self else { return false }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: 8)
        let count = head.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return count == 8 && String(decoding: head[4..<8], as: UTF8.self) == "ftyp"
    }
}
