import Dispatch
import Glibc
import Logs
import Synchronization

/// What people are told beside the results: on standard error, one line each, and one line that is
/// rewritten where a person sits there.
final class Notes: Sendable {
    enum Level: Int, Sendable {
        /// Nothing but errors.
        case quiet
        case normal
        /// Also where nobody watches.
        case verbose
    }

    let level: Level
    let isTerminal: Bool
    private let state = Mutex((width: 0, isHeld: false, kept: [String]()))

    init(_ arguments: Arguments, isTerminal: Bool = StandardStream.error.isTerminal) {
        level = arguments.has("quiet") ? .quiet : arguments.has("verbose") ? .verbose : .normal
        self.isTerminal = isTerminal
    }

    /// For people at a terminal, and for logs of those who asked for more.
    var areWanted: Bool { level == .verbose || level == .normal && isTerminal }

    func error(_ sentence: String) { line("vedette: \(Printable.text(sentence))") }

    func note(_ sentence: String) { if areWanted { line(sentence) } }

    /// The line at the bottom, instead of the one before.
    func progress(_ text: String) {
        guard isTerminal, level != .quiet else { return }
        state.withLock { state in
            guard !state.isHeld else { return }
            let padding = String(repeating: " ", count: max(0, state.width - text.count))
            state.width = text.count
            StandardStream.error.write("\r\(text)\(padding)")
        }
    }

    /// Keeps everything back while the screen has the terminal.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let kept = state.withLock { state in
            defer { (state.isHeld, state.kept) = (false, []) }
            return state.kept
        }
        for one in kept { line(one) }
    }

    private func line(_ text: String) {
        state.withLock { state in
            guard !state.isHeld else { return state.kept.append(text) }
            let erased = state.width > 0 ? "\r\(String(repeating: " ", count: state.width))\r" : ""
            state.width = 0
            StandardStream.error.write("\(erased)\(text)\n")
        }
    }

    /// Does `work`, and says what it waits for where that takes longer than half a second.
    func waiting<R>(for what: String, _ work: () throws -> R) rethrows -> R {
        guard areWanted else { return try work() }
        let timer = Self.timer { self.progress("waiting for \(what)…") }
        defer {
            timer.cancel()
            progress("")
        }
        return try work()
    }

    private static func timer(_ body: @escaping @Sendable () -> Void) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "vedette.waiting"))
        timer.schedule(deadline: .now() + 0.5)
        timer.setEventHandler { @Sendable in body() }
        timer.resume()
        return timer
    }
}
