import Dispatch
import Synchronization

/// Numbered items looked at by several streams side by side, where throughput counts and not latency: each
/// stream is a queue of its own that takes the next number when it is through with the last one. Results
/// keep the items' order, whichever stream was faster. `run` once.
public final class Streams<Value: Sendable>: Sendable {
    public struct Ended: Sendable {
        /// Of the items up to the first that has none: all of them, unless it failed or was stopped.
        public var values: [Value]
        /// Of the first item in order that failed, whatever failed first in time.
        public var failure: (any Error)?
        public var elapsed: Duration
    }

    public struct Progress: Sendable, Hashable {
        public var done: Int
        public var count: Int
        /// Per second, mean of the last second.
        public var rate: Double
    }

    private struct State {
        var next = 0
        var end: Int
        var values: [Value?]
        var done = 0
        var meter = RateMeter()
        var failure: (item: Int, error: any Error)?
        var started: ContinuousClock.Instant?
    }

    public let streams: Int
    private let count: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - count: of items, 0 or more.
    ///   - streams: at least 1.
    public init(count: Int, streams: Int) {
        precondition(count >= 0 && streams >= 1, "there are items and streams")
        self.count = count
        self.streams = streams
        state = Mutex(State(end: count, values: Array(repeating: nil, count: count)))
    }

    /// Hands every item to `work`, of which each stream calls one at a time. After a failure no later item
    /// is begun. Blocks its thread until the last stream is through.
    public func run(_ work: @escaping @Sendable (_ item: Int, _ stream: Int) throws -> Value) -> Ended {
        let start = ContinuousClock.now
        state.withLock { $0.started = start }
        let group = DispatchGroup()
        for stream in 0..<streams {
            DispatchQueue(label: "vedette.stream.\(stream)").async(group: group) {
                while let item = self.claim() {
                    do {
                        self.finish(item, try work(item, stream))
                    } catch {
                        self.fail(item, error)
                    }
                }
            }
        }
        group.wait()
        return state.withLock { state in
            Ended(
                values: state.values.prefix { $0 != nil }.compactMap(\.self), failure: state.failure?.error,
                elapsed: .now - start)
        }
    }

    /// Begins no further item; those begun are finished. From any thread.
    public func stop() { state.withLock { $0.end = min($0.end, $0.next) } }

    public var progress: Progress {
        state.withLock { state in
            let elapsed = state.started.map { .now - $0 } ?? .zero
            return Progress(done: state.done, count: count, rate: state.meter.rate(at: elapsed))
        }
    }

    private func claim() -> Int? {
        state.withLock { state in
            guard state.next < state.end else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    private func finish(_ item: Int, _ value: Value) {
        state.withLock { state in
            state.values[item] = value
            state.done += 1
            if let started = state.started { state.meter.record(at: .now - started) }
        }
    }

    /// All items before `item` are claimed already, so the first one that fails is always found.
    private func fail(_ item: Int, _ error: any Error) {
        state.withLock { state in
            state.end = min(state.end, item)
            if item < state.failure?.item ?? .max { state.failure = (item, error) }
        }
    }
}
