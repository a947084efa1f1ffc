/// Events per second: now, and a sample for each of the last 18 seconds. Time is counted in tenths of a
/// second from the start, so memory is fixed whatever the rate.
public struct RateMeter: Sendable {
    /// Seconds that `samples` covers.
    public static let seconds = 18
    private static let bucketsPerSecond = 10
    private static let capacity = (seconds + 1) * bucketsPerSecond

    private var counts = [Int](repeating: 0, count: capacity)
    /// The bucket that is being filled.
    private var current = 0

    public init() {}

    /// `elapsed`: since the start, never less than before.
    public mutating func record(at elapsed: Duration) {
        advance(to: Self.bucket(of: elapsed))
        counts[current % Self.capacity] += 1
    }

    /// Mean of the last full second, of the time so far in the first.
    public func rate(at elapsed: Duration) -> Double {
        var copy = self
        copy.advance(to: Self.bucket(of: elapsed))
        let full = min(copy.current, Self.bucketsPerSecond)
        guard full > 0 else { return 0 }
        return Double(copy.sum(endingAt: copy.current, length: full)) * Double(Self.bucketsPerSecond)
            / Double(full)
    }

    /// One rate for each of the last 18 seconds that are full, oldest first.
    public func samples(at elapsed: Duration) -> [Double] {
        var copy = self
        copy.advance(to: Self.bucket(of: elapsed))
        let count = min(copy.current / Self.bucketsPerSecond, Self.seconds)
        return (0..<count).reversed().map {
            let end = copy.current - $0 * Self.bucketsPerSecond
            return Double(copy.sum(endingAt: end, length: Self.bucketsPerSecond))
        }
    }

    private static func bucket(of elapsed: Duration) -> Int {
        max(Int(elapsed.seconds * Double(bucketsPerSecond)), 0)
    }

    private mutating func advance(to bucket: Int) {
        guard bucket > current else { return }
        for empty in max(current + 1, bucket - Self.capacity + 1)...bucket {
            counts[empty % Self.capacity] = 0
        }
        current = bucket
    }

    /// Buckets `end - length` up to but not `end`.
    private func sum(endingAt end: Int, length: Int) -> Int {
        (end - length..<end).reduce(0) { $0 + counts[$1 % Self.capacity] }
    }
}

extension Duration {
    var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }

    var milliseconds: Double { seconds * 1000 }
}
