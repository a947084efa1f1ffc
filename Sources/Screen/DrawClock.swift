import Pipeline

/// When screens are drawn and how long they take.
struct DrawClock: Sendable {
    private var rate = RateMeter()
    private var misses = RateMeter()
    private var draws = ValueWindow()
    private var latencies = ValueWindow()
    private var last: ContinuousClock.Instant?
    private var running: (start: ContinuousClock.Instant, arrival: ContinuousClock.Instant?)?
    private var level = 0
    private var lastStep = Duration.zero
    private var lastMiss = Duration.zero
    private var lastArrival: ContinuousClock.Instant?

    /// When the next screen is due.
    func due(_ framesPerSecond: Int) -> ContinuousClock.Instant {
        guard let last else { return .now - .seconds(1) }
        return last + .nanoseconds(1_000_000_000 / max(framesPerSecond, 1))
    }

    mutating func start(at now: ContinuousClock.Instant, arrival: ContinuousClock.Instant?) {
        last = now
        running = (now, arrival)
    }

    /// The terminal has taken the screen. `elapsed`: since it was opened.
    mutating func finish(at elapsed: Duration, _ now: ContinuousClock.Instant) {
        guard let (start, arrival) = running else { return }
        running = nil
        draws.record((ContinuousClock.now - start).milliseconds, at: elapsed)
        // A screen drawn again for its figures alone is no picture.
        guard let arrival, arrival != lastArrival else { return }
        lastArrival = arrival
        rate.record(at: elapsed)
        latencies.record((now - arrival).milliseconds, at: elapsed)
    }

    /// A screen was due and the terminal not ready.
    mutating func miss(at elapsed: Duration) { misses.record(at: elapsed) }

    /// How hard the terminal is pressed, 0...2: up while fewer than 10 screens a second get through, down
    /// after 5 s of slack.
    mutating func strain(at elapsed: Duration) -> Int {
        if misses.rate(at: elapsed) > 3 {
            lastMiss = elapsed
            if rate.rate(at: elapsed) < 10, elapsed - lastStep > .seconds(2), level < 2 {
                level += 1
                lastStep = elapsed
            }
        } else if level > 0, elapsed - lastMiss > .seconds(5), elapsed - lastStep > .seconds(5) {
            level -= 1
            lastStep = elapsed
        }
        return level
    }

    mutating func abandon() { running = nil }

    func figures(at elapsed: Duration) -> ScreenMoment.Figures {
        let rate = RunSnapshot.Rate(rate, at: elapsed)
        return ScreenMoment.Figures(
            rate: rate, draw: draws.percentiles(at: elapsed),
            captureToScreen: latencies.percentiles(at: elapsed),
            isSlow: rate.now < 10 && misses.rate(at: elapsed) > 3 && elapsed > .seconds(2))
    }
}
