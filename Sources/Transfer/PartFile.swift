import Checksums
import Glibc

/// The file that a download grows into; one process at a time.
final class PartFile {
    let path: String
    private let descriptor: Int32
    private(set) var size: Int

    init(_ path: String) throws(TransferError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.error(path) }
        size = 0
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .isBusy(path: path) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw Self.error(path) }
        size = end
    }

    deinit { close(descriptor) }

    private static func error(_ path: String) -> TransferError {
        .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(TransferError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest)
            let count = write(descriptor, slice.baseAddress, slice.count)
            if count < 0 {
                guard errno == EINTR else { throw Self.error(path) }
            } else {
                size += count
                rest = rest.dropFirst(count)
            }
        }
    }

    func empty() throws(TransferError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw Self.error(path)
        }
        size = 0
    }

    /// Of all that is in the file.
    func digest() throws(TransferError) -> String {
        var digest = Digest()
        var offset = 0
        while offset < size {
            let bytes = [UInt8](unsafeUninitializedCapacity: min(1 << 16, size - offset)) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, offset))
            }
            guard !bytes.isEmpty else { throw Self.error(path) }
            digest.update(bytes)
            offset += bytes.count
        }
        return digest.hexadecimal
    }
}
