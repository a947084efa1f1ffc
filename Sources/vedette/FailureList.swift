import Logs
import Pipeline

/// What went wrong while several things were done; each is told once, when it happens, and the first
/// decides the exit code.
final class FailureList {
    private let notes: Notes
    private(set) var failures: [Failure] = []
    /// Whoever read the results went away: nothing to complain about, but the end.
    private(set) var isReaderGone = false

    init(_ notes: Notes) {
        self.notes = notes
    }

    var first: Failure? { failures.first }

    /// A failed output or a defect ends everything; a failed input only itself.
    var endsEverything: Bool { isReaderGone || failures.contains { $0.code != .input } }

    /// - Returns: what `body` returned, nil where it threw.
    func attempt<R>(_ body: () throws -> R) -> R? {
        do {
            return try body()
        } catch {
            take(error)
            return nil
        }
    }

    func take(_ error: any Error) {
        var cause = error
        if case RunFailure.sink(let inner)? = error as? RunFailure { cause = inner }
        if case LogError.readerGone? = cause as? LogError {
            isReaderGone = true
            return
        }
        let failure = Failure(error)
        guard !failures.contains(failure) else { return }
        failures.append(failure)
        notes.error(failure.sentence)
    }

    /// - Parameter signal: that asked for the end, if one did.
    func outcome(signal: Int32?) -> Outcome {
        if isReaderGone { return .readerGone }
        if let signal, failures.isEmpty { return .signal(signal) }
        return .exit(first?.code ?? .done)
    }
}
