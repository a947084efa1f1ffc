/// Pauses between attempts to get a lost source back: doubling from the shortest to the longest, with
/// a random quarter taken off so that many cameras of one hub do not return at the same moment.
struct Backoff {
    private let range: ClosedRange<Double>
    private var pause: Double
    private var random: SplitMix64

    init(_ range: ClosedRange<Double>, seed: UInt64) {
        self.range = range
        pause = range.lowerBound
        random = SplitMix64(state: seed)
    }

    /// Seconds to wait before the next attempt.
    mutating func next() -> Double {
        defer { pause = min(pause * 2, range.upperBound) }
        return pause * (1 - 0.25 * Double(random.below(1024)) / 1024)
    }

    mutating func reset() { pause = range.lowerBound }
}
