import Glibc
import Synchronization

/// Ends blocking reads: at once after `cancel()`, else when nothing came before the deadline. FFmpeg
/// asks it from whatever thread it is blocked in.
final class Interrupt: Sendable {
    private let cancelled = Atomic<Bool>(false)
    private let deadline = Atomic<UInt64>(.max)

    func cancel() { cancelled.store(true, ordering: .relaxed) }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Starts to count: the next answer is due within `seconds`; none or less means no limit.
    func arm(seconds: Double) {
        let limit = seconds > 0 && seconds < 1e9 ? Self.now + UInt64(seconds * 1e9) : .max
        deadline.store(limit, ordering: .relaxed)
    }

    func disarm() { deadline.store(.max, ordering: .relaxed) }

    var isLate: Bool { Self.now >= deadline.load(ordering: .relaxed) }

    var shouldStop: Bool { isCancelled || isLate }

    /// Returns after `seconds`, or soon after `cancel()`.
    func sleep(seconds: Double) {
        let end = Self.now + UInt64(max(min(seconds, 1e6), 0) * 1e9)
        while !isCancelled {
            let now = Self.now
            guard now < end else { return }
            poll(nil, 0, Int32(min((end - now) / 1_000_000 + 1, 50)))
        }
    }

    /// Nanoseconds of the monotonic clock.
    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
