/// The unit in which a source counts time, in seconds: `numerator / denominator`.
public struct Timebase: Sendable, Hashable {
    public var numerator: Int
    public var denominator: Int

    public init(_ numerator: Int, _ denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }
}

/// A moment of a source: nanoseconds since its first frame. The source's clock decides (container pts,
/// the driver's monotonic stamp), never the time of arrival.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// `ticks` of `timebase`, rounded to the nearest nanosecond; saturates where it does not fit.
    public init(ticks: Int64, of timebase: Timebase) {
        let product = ticks.multipliedFullWidth(by: Int64(timebase.numerator) * 1_000_000_000)
        let denominator = Int64(max(timebase.denominator, 1))
        // dividingFullWidth traps when the quotient does not fit: test the high half first.
        guard product.high.magnitude < UInt64(denominator) / 2 else {
            self.nanoseconds = ticks < 0 ? .min : .max
            return
        }
        let (quotient, remainder) = denominator.dividingFullWidth(product)
        let half = remainder.magnitude * 2 >= denominator.magnitude
        self.nanoseconds = quotient + (half ? (remainder < 0 ? -1 : 1) : 0)
    }

    public static let zero = Timestamp(nanoseconds: 0)

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }
}
