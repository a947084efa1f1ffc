import Glibc

/// An open log file or standard output; knows system calls, nothing of buffers and clocks.
struct LogFile: ~Copyable {
    let path: String
    /// Bytes of an unfinished last line that opening for append cut off.
    let cutBytes: Int
    private let descriptor: Int32
    private let isOwned: Bool
    /// A regular file can be cut back; a pipe or device cannot.
    private let isRegular: Bool
    /// Bytes in a regular file. Ours alone: the lock keeps other writers out.
    private(set) var size: Int

    static func standardOutput() -> LogFile {
        LogFile(path: "-", cutBytes: 0, descriptor: STDOUT_FILENO, isOwned: false, isRegular: false, size: 0)
    }

    private init(
        path: String, cutBytes: Int, descriptor: Int32, isOwned: Bool, isRegular: Bool, size: Int
    ) {
        self.path = path
        self.cutBytes = cutBytes
        self.descriptor = descriptor
        self.isOwned = isOwned
        self.isRegular = isRegular
        self.size = size
    }

    init(path: String, mode: JSONLinesWriter.Mode, rights: UInt32) throws(LogError) {
        let descriptor = try Self.open(path, mode, rights)
        do throws(LogError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                throw LogError.cannotOpen(path: path, code: errno)
            }
            let isRegular = status.st_mode & S_IFMT == S_IFREG
            guard isRegular else {
                self.init(
                    path: path, cutBytes: 0, descriptor: descriptor, isOwned: true, isRegular: false, size: 0)
                return
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw errno == EWOULDBLOCK
                    ? LogError.isBeingWritten(path: path) : LogError.cannotOpen(path: path, code: errno)
            }
            // Asked again under the lock: a writer may have just left.
            guard fstat(descriptor, &status) == 0 else {
                throw LogError.cannotOpen(path: path, code: errno)
            }
            let before = Int(status.st_size)
            let size =
                switch mode {
                case .new: before
                case .append: try Self.endOfLastLine(descriptor, path, size: before)
                case .replace: 0
                }
            if size < before, ftruncate(descriptor, off_t(size)) != 0 {
                throw LogError.cannotOpen(path: path, code: errno)
            }
            self.init(
                path: path, cutBytes: mode == .append ? before - size : 0, descriptor: descriptor,
                isOwned: true, isRegular: true, size: size)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        if isOwned { Glibc.close(descriptor) }
    }

    private static func open(
        _ path: String, _ mode: JSONLinesWriter.Mode, _ rights: UInt32
    ) throws(LogError) -> Int32 {
        // RDWR: appending reads back the last line.
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY
        let created = Glibc.open(path, flags | O_CREAT | O_EXCL, mode_t(rights))
        if created >= 0 { return created }
        guard errno == EEXIST else { throw .cannotOpen(path: path, code: errno) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .cannotOpen(path: path, code: errno) }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFLNK { throw .isSymbolicLink(path: path) }
        if kind == S_IFREG, mode == .new { throw .exists(path: path) }
        let access = kind == S_IFREG ? flags : flags & ~O_RDWR | O_WRONLY
        let opened = Glibc.open(path, access)
        guard opened >= 0 else { throw .cannotOpen(path: path, code: errno) }
        return opened
    }

    /// Where the last newline ends, read from the back.
    private static func endOfLastLine(
        _ descriptor: Int32, _ path: String, size: Int
    ) throws(LogError) -> Int {
        var block = [UInt8](repeating: 0, count: 4096)
        var end = size
        while end > 0 {
            let start = max(end - block.count, 0)
            let count = pread(descriptor, &block, end - start, off_t(start))
            if count < 0, errno == EINTR { continue }
            guard count == end - start else { throw .cannotRead(path: path, code: count < 0 ? errno : EIO) }
            if let newline = block[..<count].lastIndex(of: UInt8(ascii: "\n")) { return start + newline + 1 }
            end = start
        }
        return 0
    }

    /// Writes whole lines. Where that fails, a regular file is cut back to the last line that got in
    /// whole; the number of bytes of `lines` that stay comes with the error.
    mutating func write(_ lines: [UInt8]) -> (written: Int, error: LogError?) {
        var written = 0
        while written < lines.count {
            switch writeOnce(lines[written...]) {
            case .success(let count): written += count
            case .failure(let failure):
                let kept = lines[..<written].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                // If even cutting fails, the next append cuts the torn line.
                if isRegular, kept < written { ftruncate(descriptor, off_t(size + kept)) }
                size += kept
                return (kept, error(failure.code))
            }
        }
        size += written
        return (written, nil)
    }

    /// To the disk itself.
    func synchronize() throws(LogError) {
        guard isRegular else { return }
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw error(errno) }
        }
    }

    private struct Failure: Error { let code: Int32 }

    /// One `write`, repeated where a signal or a full pipe came between; never raises SIGPIPE.
    private func writeOnce(_ bytes: ArraySlice<UInt8>) -> Result<Int, Failure> {
        while true {
            let (count, code) = isRegular ? plainWrite(bytes) : withoutPipeSignal { plainWrite(bytes) }
            if count > 0 { return .success(count) }
            switch code {
            case EINTR: continue
            case EAGAIN:
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = Glibc.poll(&poll, 1, -1)
            default: return .failure(Failure(code: count == 0 ? EIO : code))
            }
        }
    }

    private func plainWrite(_ bytes: ArraySlice<UInt8>) -> (count: Int, code: Int32) {
        bytes.withUnsafeBytes { buffer in
            let count = Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            return (count, count < 0 ? errno : 0)
        }
    }

    /// SIGPIPE goes to the writing thread: block it there, and take it away if the write raised it.
    private func withoutPipeSignal(_ body: () -> (count: Int, code: Int32)) -> (count: Int, code: Int32) {
        var pipe = sigset_t()
        var before = sigset_t()
        var pending = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        sigpending(&pending)
        let wasPending = sigismember(&pending, SIGPIPE) == 1
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        let result = body()
        if result.code == EPIPE, !wasPending {
            var now = timespec()
            while sigtimedwait(&pipe, nil, &now) < 0, errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        return result
    }

    private func error(_ code: Int32) -> LogError {
        switch code {
        case ENOSPC, EDQUOT:
            var status = statvfs()
            let isKnown = isRegular && fstatvfs(descriptor, &status) == 0
            return .diskFull(path: path, free: isKnown ? Int(status.f_bavail) * Int(status.f_frsize) : nil)
        case EPIPE: return .readerGone(path: path)
        default: return .cannotWrite(path: path, code: code)
        }
    }
}
