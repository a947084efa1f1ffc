import Dispatch

/// The time a run goes by; tests bring one that they move by hand.
public struct RunClock: Sendable {
    public var now: @Sendable () -> ContinuousClock.Instant
    /// Does the work on the queue after the delay.
    public var schedule: @Sendable (Duration, DispatchQueue, @escaping @Sendable () -> Void) -> Void

    public init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        schedule: @escaping @Sendable (Duration, DispatchQueue, @escaping @Sendable () -> Void) -> Void
    ) {
        self.now = now
        self.schedule = schedule
    }

    public static let system = RunClock(
        now: { ContinuousClock.now },
        schedule: { delay, queue, work in
            // A stamp years ahead is as good as never.
            let nanoseconds = min(max(delay.seconds, 0) * 1e9, 1e17)
            queue.asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds)), execute: work)
        })
}
