import Glibc

/// A file being written; every short write is continued and every error said.
final class OutputFile {
    private let name: String
    private var descriptor: Int32

    /// - Parameter name: what errors call it: the user's name for a file that stands elsewhere until it is whole.
    init(path: String, named name: String) throws(WeightsError) {
        self.name = name
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure() }
    }

    deinit {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    private func failure() -> WeightsError {
        .cannotWrite(path: name, reason: String(cString: strerror(errno)))
    }

    func write(_ bytes: [UInt8]) throws(WeightsError) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            done += count
        }
    }

    /// Onto the disk, then closed: what is renamed afterwards is whole.
    func close() throws(WeightsError) {
        let synced = fsync(descriptor)
        let closed = Glibc.close(descriptor)
        descriptor = -1
        guard synced == 0, closed == 0 else { throw failure() }
    }
}
