import Frames

/// When the frames of a file are due in real time: as far after the first one's release as their times
/// are apart. A consumer that falls behind does not move later frames; a pause does.
struct Pacer: Sendable {
    private var anchor: (time: Timestamp, instant: ContinuousClock.Instant)?

    /// How long a frame of `time` has yet to wait. A time that runs backwards anchors anew.
    mutating func delay(of time: Timestamp, now: ContinuousClock.Instant) -> Duration {
        guard let anchor, time >= anchor.time else {
            self.anchor = (time, now)
            return .zero
        }
        let (distance, overflow) = time.nanoseconds.subtractingReportingOverflow(anchor.time.nanoseconds)
        let due = anchor.instant + .nanoseconds(overflow ? .max : distance)
        return max(due - now, .zero)
    }

    /// The next frame is due at once.
    mutating func reset() { anchor = nil }
}
