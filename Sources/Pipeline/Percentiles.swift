/// Median and 95th percentile in milliseconds.
public struct Percentiles: Sendable, Hashable {
    public var p50: Double
    public var p95: Double

    public init(p50: Double, p95: Double) {
        self.p50 = p50
        self.p95 = p95
    }

    /// Nearest rank; nil of nothing.
    public init?(of values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func rank(_ percent: Int) -> Double { sorted[(sorted.count * percent + 99) / 100 - 1] }
        self.init(p50: rank(50), p95: rank(95))
    }
}

/// The values of the last 30 seconds, the newest 2048 of them at most (more than 60 a second).
public struct ValueWindow: Sendable {
    static let length = Duration.seconds(30)
    static let capacity = 2048

    private var values: [(elapsed: Duration, value: Double)] = []
    private var oldest = 0

    public init() {}

    /// `elapsed`: since the start, never less than before.
    public mutating func record(_ value: Double, at elapsed: Duration) {
        if values.count < Self.capacity {
            values.append((elapsed, value))
        } else {
            values[oldest] = (elapsed, value)
            oldest = (oldest + 1) % Self.capacity
        }
    }

    /// Nil where nothing was recorded in the 30 s before `elapsed`.
    public func percentiles(at elapsed: Duration) -> Percentiles? {
        Percentiles(of: values.filter { elapsed - $0.elapsed <= Self.length }.map(\.value))
    }
}
