/// One screenful on its way to the terminal. The next is composed when this one is dealt with: the terminal
/// is asked after each (and answers when it has parsed all before the question), so the rate is what the
/// far end really takes, also through ssh and tmux. A terminal that never answers is believed to have taken
/// what the system took.
struct TerminalFeed: Sendable {
    private var pending: ArraySlice<UInt8> = []
    private var asked: ContinuousClock.Instant?
    private var hasAnswered = false
    /// No answer to the first questions: no more are asked.
    private(set) var isMute = false

    static let patience = Duration.seconds(1)
    /// With a terminal that has answered before, an answer may be lost (a line noise, a detached tmux).
    static let longPatience = Duration.seconds(5)

    /// Bytes that the system has not taken yet.
    var hasPending: Bool { !pending.isEmpty }

    /// Nothing is on its way.
    var isIdle: Bool { pending.isEmpty && asked == nil }

    /// To be called when idle.
    mutating func put(_ bytes: [UInt8], at now: ContinuousClock.Instant) {
        pending = bytes[...]
        if !isMute {
            pending += Terminal.question
            asked = now
        }
    }

    /// - Parameter write: takes as many bytes as there is room for; nil: the terminal is gone.
    /// - Returns: whether it is still there.
    mutating func flush(_ write: (ArraySlice<UInt8>) -> Int?) -> Bool {
        while !pending.isEmpty {
            guard let count = write(pending) else { return false }
            if count == 0 { return true }
            pending = pending.dropFirst(count)
        }
        return true
    }

    mutating func answer() {
        hasAnswered = true
        isMute = false
        asked = nil
    }

    /// Gives up waiting for an answer where patience has run out.
    mutating func expire(at now: ContinuousClock.Instant) {
        guard let since = asked, pending.isEmpty else { return }
        guard now - since > (hasAnswered ? Self.longPatience : Self.patience) else { return }
        asked = nil
        if !hasAnswered { isMute = true }
    }

    /// What was on its way is given up: the terminal was left in between.
    mutating func reset() {
        pending = []
        asked = nil
    }
}
