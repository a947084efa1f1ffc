import Glibc

/// Gives the terminal back when a signal is about to end the process: one fixed string and the saved
/// settings, by calls that a signal handler may make, and then the signal does its work.
final class TerminalRescue {
    /// Ends a half-sent sequence, a synchronised update and colours; shows the cursor.
    static let penReset: [UInt8] = Array("\u{18}\u{1B}[?2026l\u{1B}[0m\u{1B}[?25h".utf8)
    /// Also the keypad's mode and the alternate screen.
    private static let reset: StaticString =
        "\u{18}\u{1B}[?2026l\u{1B}[0m\u{1B}[?25h\u{1B}[?1l\u{1B}>\u{1B}[?1049l\r"

    /// A handler reaches nothing but memory that is always there; the process has one terminal.
    private struct Memory {
        var descriptor: Int32 = -1
        var settings = termios()
    }

    nonisolated(unsafe) private static let memory: UnsafeMutablePointer<Memory> = {
        let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
        memory.initialize(to: Memory())
        return memory
    }()

    private var guarded: [Int32] = []

    /// Takes over every signal whose default would end the process and that nobody else handles.
    init(descriptor: Int32) {
        tcgetattr(descriptor, &Self.memory.pointee.settings)
        Self.memory.pointee.descriptor = descriptor
        let harmless = [SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU, SIGKILL, SIGSTOP]
        // 32 and 33 are the C library's own.
        for number in [Int32](1...31) + [Int32](34...64) where !harmless.contains(number) {
            var old = sigaction()
            guard sigaction(number, nil, &old) == 0, Self.isDefault(old) else { continue }
            var new = sigaction()
            new.__sigaction_handler.sa_handler = Self.handle
            new.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND) | SA_NODEFER | SA_ONSTACK
            if sigaction(number, &new, nil) == 0 { guarded.append(number) }
        }
    }

    func disarm() {
        Self.memory.pointee.descriptor = -1
        for number in guarded {
            var now = sigaction()
            guard sigaction(number, nil, &now) == 0, Self.isOurs(now) else { continue }
            signal(number, SIG_DFL)
        }
        guarded = []
    }

    private static let handle: @convention(c) (Int32) -> Void = { number in
        let memory = TerminalRescue.memory
        if memory.pointee.descriptor >= 0 {
            _ = write(
                memory.pointee.descriptor, TerminalRescue.reset.utf8Start,
                TerminalRescue.reset.utf8CodeUnitCount)
            tcsetattr(memory.pointee.descriptor, TCSANOW, &memory.pointee.settings)
        }
        // The handler is the default again, and the signal is not blocked.
        raise(number)
    }

    private static func isDefault(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0
    }

    private static func isOurs(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(handle, to: Int.self)
    }
}
