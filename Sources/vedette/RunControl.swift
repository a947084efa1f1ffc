import Dispatch
import Glibc
import Pipeline
import Synchronization

/// Leads signals to the run that is under way. The first one ends it in order; a second one within two
/// seconds drops what is in flight.
final class RunControl: Sendable {
    private struct State {
        var run: Run?
        var signal: Int32?
        var last: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// The signal that ended things, if one did.
    var signal: Int32? { state.withLock { $0.signal } }
    var isStopped: Bool { signal != nil }

    /// Starts `run` and returns its end.
    /// - Parameter whenStarted: what else has to begin.
    func lead(_ run: Run, whenStarted: () -> Void = {}) -> RunSummary {
        let isStopped = state.withLock { state in
            state.run = run
            return state.signal != nil
        }
        run.start()
        if isStopped { run.stop(reason: .signal) }
        whenStarted()
        defer { state.withLock { $0.run = nil } }
        return run.wait()
    }

    func receive(_ signal: Int32) {
        let now = ContinuousClock.now
        let (run, isSecond) = state.withLock { state in
            let isSecond = state.last.map { now - $0 <= .seconds(2) } ?? false
            state.signal = state.signal ?? signal
            state.last = now
            return (state.run, isSecond)
        }
        run?.stop(reason: .signal, discarding: isSecond)
    }

    /// For as long as the result lives, signals come here.
    func watchSignals() -> SignalWatch {
        SignalWatch(queue: DispatchQueue(label: "vedette.signals")) { @Sendable in self.receive($0) }
    }
}
