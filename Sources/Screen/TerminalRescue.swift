import Glibc

/// Gives the terminal back when a signal is about to end the process: one fixed string and the saved
/// settings, by calls that a signal handler may make, and then the signal does its work.
final class TerminalRescue {
    /// Ends a half-sent sequence, a synchronised update and colours; shows the cursor.
    static let penReset: [UInt8] = Array("\u{18}\u{1B}[?2026l\u{1B}[0m\u{1B}[?25h".utf8)
    /// Also the keypad's mode and the alternate screen.
    private static let reset: StaticString =
        "\u{18}\u{1B}[?2026l\u{1B}[0m\u{1B}[?25h\u{1B}[?1l\u{1B}>\u{1B}[?1049l\r"

    /// What a defect of ours raises: taken over even from whoever reports crashes, who comes after us.
    private static let crashes = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGQUIT]
    /// What does not end a process.
    private static let harmless = [
        SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU, SIGKILL, SIGSTOP,
    ]

    /// A handler reaches nothing but memory that is always there; the process has one terminal.
    private struct Memory {
        var descriptor: Int32 = -1
        /// The terminal under a number of its own, and where the rest of a screenful is led instead.
        var terminal: Int32 = -1
        var nowhere: Int32 = -1
        var settings = termios()
        /// Standard error's own place and what is held of it; -1: nothing is held.
        var errors: (terminal: Int32, file: Int32) = (-1, -1)
        /// By signal number: who handled it before.
        var before: UnsafeMutablePointer<sigaction>
    }

    nonisolated(unsafe) private static let memory: UnsafeMutablePointer<Memory> = {
        let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        before.initialize(repeating: sigaction(), count: 65)
        let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
        memory.initialize(to: Memory(before: before))
        return memory
    }()

    private var guarded: [Int32] = []

    /// Takes over every signal that would end the process, crashes from anyone, the rest where nobody
    /// handles them.
    init(descriptor: Int32) {
        tcgetattr(descriptor, &Self.memory.pointee.settings)
        Self.memory.pointee.terminal = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        Self.memory.pointee.nowhere = Glibc.open("/dev/null", O_WRONLY | O_CLOEXEC)
        Self.memory.pointee.descriptor = descriptor
        // 32 and 33 are the C library's own.
        for number in [Int32](1...31) + [Int32](34...64) where !Self.harmless.contains(number) {
            var old = sigaction()
            guard sigaction(number, nil, &old) == 0 else { continue }
            guard Self.isDefault(old) || Self.crashes.contains(number) && !Self.isIgnored(old) else {
                continue
            }
            Self.memory.pointee.before[Int(number)] = old
            var new = sigaction()
            new.__sigaction_handler.sa_sigaction = Self.handle
            new.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK
            if sigaction(number, &new, nil) == 0 { guarded.append(number) }
        }
    }

    /// What is held of standard error is said then, too.
    func say(_ errors: HeldErrors) {
        Self.memory.pointee.errors = (errors.terminal, errors.file)
    }

    func disarm() {
        Self.memory.pointee.errors = (-1, -1)
        Self.memory.pointee.descriptor = -1
        for own in [Self.memory.pointee.terminal, Self.memory.pointee.nowhere] where own >= 0 { close(own) }
        (Self.memory.pointee.terminal, Self.memory.pointee.nowhere) = (-1, -1)
        for number in guarded {
            var now = sigaction()
            guard sigaction(number, nil, &now) == 0, Self.isOurs(now) else { continue }
            sigaction(number, &Self.memory.pointee.before[Int(number)], nil)
        }
        guarded = []
    }

    private typealias Handler =
        @convention(c) (
            Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?
        ) -> Void

    private static let handle: Handler = { number, information, _ in
        let memory = TerminalRescue.memory
        let error = errno
        if memory.pointee.descriptor >= 0 {
            // The screen's queue may be in the middle of a screenful: what it has yet to write must not
            // come behind the reset.
            let terminal = memory.pointee.terminal >= 0 ? memory.pointee.terminal : memory.pointee.descriptor
            if memory.pointee.nowhere >= 0 {
                dup2(memory.pointee.nowhere, memory.pointee.descriptor)
                // A write that was on its way already comes before the reset.
                var pause = timespec(tv_sec: 0, tv_nsec: 50_000_000)
                nanosleep(&pause, nil)
            }
            TerminalRescue.writeReset(to: terminal)
            tcsetattr(terminal, TCSANOW, &memory.pointee.settings)
        }
        let (terminal, held) = memory.pointee.errors
        if terminal >= 0 {
            dup2(terminal, STDERR_FILENO)
            lseek(held, 0, SEEK_SET)
            HeldErrors.copy(from: held, to: STDERR_FILENO)
        }
        sigaction(number, &memory.pointee.before[Int(number)], nil)
        errno = error
        // A fault happens again on return, before the eyes of who handled it before; what was sent is sent
        // again.
        if let information, information.pointee.si_code > 0 { return }
        raise(number)
    }

    /// A full terminal is waited for, half a second at most.
    private static func writeReset(to descriptor: Int32) {
        var sent = 0
        var tries = 0
        while sent < reset.utf8CodeUnitCount, tries < 25 {
            let count = write(descriptor, reset.utf8Start + sent, reset.utf8CodeUnitCount - sent)
            if count > 0 {
                sent += count
            } else {
                tries += 1
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, 20)
            }
        }
    }

    private static func address(_ action: sigaction) -> Int {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    }

    private static func isDefault(_ action: sigaction) -> Bool { address(action) == 0 }

    private static func isIgnored(_ action: sigaction) -> Bool { address(action) == 1 }

    private static func isOurs(_ action: sigaction) -> Bool {
        address(action) == unsafeBitCast(handle, to: Int.self)
    }
}
