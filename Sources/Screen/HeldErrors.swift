import Glibc

/// While the screen is up, what anybody (a C library, a run-time check) says on standard error would be
/// written across it: it is held in a file without a name and said after the screen is closed.
final class HeldErrors {
    /// The end of what was said is kept.
    static let capacity = 1 << 16

    let terminal: Int32
    let file: Int32

    /// Nil where standard error is not the terminal that the screen is on, or cannot be held.
    init?() {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        let terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        let file = Self.unnamedFile()
        guard terminal >= 0, file >= 0, dup2(file, STDERR_FILENO) >= 0 else {
            if terminal >= 0 { close(terminal) }
            if file >= 0 { close(file) }
            return nil
        }
        self.terminal = terminal
        self.file = file
    }

    /// -1 where none can be made.
    private static func unnamedFile() -> Int32 {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(folder)/vedette-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        guard file >= 0 else { return -1 }
        unlink(name)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        // Writers share one end, also after it is cut.
        _ = fcntl(file, F_SETFL, O_APPEND)
        return file
    }

    /// Standard error is the terminal again, and hears what was held.
    func release() {
        dup2(terminal, STDERR_FILENO)
        let end = lseek(file, 0, SEEK_END)
        lseek(file, max(end - off_t(Self.capacity), 0), SEEK_SET)
        Self.copy(from: file, to: STDERR_FILENO)
    }

    /// Days of complaints must not fill the disk: what is too much is forgotten.
    func trim() {
        if lseek(file, 0, SEEK_END) > off_t(16 * Self.capacity) { ftruncate(file, 0) }
    }

    deinit {
        close(terminal)
        close(file)
    }

    /// By calls that a signal handler may make.
    static func copy(from source: Int32, to target: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            while true {
                let count = read(source, buffer.baseAddress, buffer.count)
                guard count > 0, write(target, buffer.baseAddress, count) == count else { return }
            }
        }
    }
}
