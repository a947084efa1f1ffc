import Frames

/// Yields a source's frames no faster than their times say, and counts as live: whoever is slower gets
/// the newest.
final class PacedSource: FrameSource, @unchecked Sendable {
    // `anchor` belongs to the one queue that calls `next()`.
    private let source: any FrameSource
    private let interrupt = Interrupt()
    private let now: @Sendable () -> ContinuousClock.Instant
    private let pause: @Sendable (Interrupt, Duration) -> Void
    /// A moment and the source time that was due then.
    private var anchor: (moment: ContinuousClock.Instant, time: Timestamp)?

    /// After a delay of more than this (a stopped process) pace begins anew instead of hurrying.
    private static let longestDelay = Duration.seconds(1)

    init(
        _ source: any FrameSource,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        pause: @escaping @Sendable (Interrupt, Duration) -> Void = { interrupt, duration in
            interrupt.sleep(seconds: duration / .seconds(1))
        }
    ) {
        self.source = source
        self.now = now
        self.pause = pause
    }

    var description: SourceDescription {
        var description = source.description
        description.isLive = true
        return description
    }

    var skippedOutside: Int { source.skippedOutside }

    var hasReachedLimit: Bool { source.hasReachedLimit }

    func cancel() {
        interrupt.cancel()
        source.cancel()
    }

    func next() throws -> SourceEvent? {
        guard let event = try source.next() else { return nil }
        guard case .frame(var frame) = event else { return event }
        let moment = now()
        if let anchor {
            let due = anchor.moment + .nanoseconds(frame.time.nanoseconds - anchor.time.nanoseconds)
            if moment < due {
                pause(interrupt, due - moment)
            } else if due + Self.longestDelay < moment {
                self.anchor = (moment, frame.time)
            }
        } else {
            anchor = (moment, frame.time)
        }
        if interrupt.isCancelled { return nil }
        frame.arrival = now()
        return .frame(frame)
    }
}
