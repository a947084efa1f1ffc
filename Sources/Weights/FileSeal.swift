import Checksums
import Glibc

/// A safetensors file that can tell whether it is whole: among its metadata stands the SHA-256 of the file
/// in which those 64 digits are zeros.
public enum FileSeal {
    private static let key = "file_sha256"
    private static let zeros = String(repeating: "0", count: 64)

    /// What the metadata must hold before `close`.
    public static let open = [key: zeros]

    /// Puts the digest of the file at `path` in the place that `open` kept for it.
    /// - Throws: `damaged` where there is no such place, `cannotWrite`.
    public static func close(_ path: String) throws(WeightsError) {
        let file = try TensorFile.open(path)
        guard let (digest, place) = try digest(file) else {
            throw .damaged(path: path, offset: 8, reason: "there is no place for a digest")
        }
        func failure() -> WeightsError {
            .cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
        let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { Glibc.close(descriptor) }
        let digits = Array(digest.utf8)
        guard pwrite(descriptor, digits, digits.count, place) == digits.count, fsync(descriptor) == 0 else {
            throw failure()
        }
    }

    /// Whether the file is as it was when it was sealed; nil where it was not.
    public static func isIntact(_ file: TensorFile) throws(WeightsError) -> Bool? {
        guard let wanted = file.metadata[key] else { return nil }
        return try digest(file)?.digest == wanted
    }

    /// The digest that belongs into the file, and the byte where it stands.
    private static func digest(_ file: TensorFile) throws(WeightsError) -> (digest: String, place: Int)? {
        let reader = file.reader
        guard file.format == .safetensors, let digits = file.metadata[key], digits.utf8.count == 64 else {
            return nil
        }
        let start = 8
        var header = try reader.array(at: start, count: Int(try reader.integer(UInt64.self, at: 0)))
        let mark = Array("\"\(key)\":\"\(digits)\"".utf8)
        guard
            let found = header.indices.first(where: { at in
                header[at] == mark[0] && header[at...].starts(with: mark)
            })
        else { return nil }
        let place = found + key.utf8.count + 4
        header.replaceSubrange(place..<place + 64, with: Array(zeros.utf8))
        var digest = Digest()
        digest.update(try reader.array(at: 0, count: start))
        digest.update(header)
        var offset = start + header.count
        while offset < reader.count {
            let count = min(1 << 16, reader.count - offset)
            digest.update(try reader.array(at: offset, count: count))
            offset += count
        }
        return (digest.hexadecimal, start + place)
    }
}
