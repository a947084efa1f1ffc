import Dispatch
import Glibc
import Pipeline
import Synchronization

/// Leads signals to what is under way. The first one ends it in order; a second one within two seconds
/// drops what is in flight.
final class RunControl: Sendable {
    private struct State {
        var stop: (@Sendable (_ discarding: Bool) -> Void)?
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
        let isStopped = take { run.stop(reason: .signal, discarding: $0) }
        run.start()
        if isStopped { run.stop(reason: .signal) }
        whenStarted()
        defer { state.withLock { $0.stop = nil } }
        return run.wait()
    }

    /// Lets `streams` look at all items and returns what they found. Items under way take no time worth
    /// dropping them.
    func lead<Value>(
        _ streams: Streams<Value>, _ work: @escaping @Sendable (_ item: Int, _ stream: Int) throws -> Value
    ) -> Streams<Value>.Ended {
        if take({ _ in streams.stop() }) { streams.stop() }
        defer { state.withLock { $0.stop = nil } }
        return streams.run(work)
    }

    /// - Returns: whether a signal came before.
    private func take(_ stop: @escaping @Sendable (_ discarding: Bool) -> Void) -> Bool {
        state.withLock { state in
            state.stop = stop
            return state.signal != nil
        }
    }

    func receive(_ signal: Int32) {
        let now = ContinuousClock.now
        let (stop, isSecond) = state.withLock { state in
            let isSecond = state.last.map { now - $0 <= .seconds(2) } ?? false
            state.signal = state.signal ?? signal
            state.last = now
            return (state.stop, isSecond)
        }
        stop?(isSecond)
    }

    /// For as long as the result lives, signals come here.
    func watchSignals() -> SignalWatch {
        SignalWatch(queue: DispatchQueue(label: "vedette.signals")) { @Sendable in self.receive($0) }
    }
}
