import Frames

/// What became of every frame of a run.
public struct Ledger: Sendable, Hashable {
    /// By wish.
    public enum SkipReason: String, Sendable, Hashable, CaseIterable {
        /// Not the `--stride`th.
        case stride
        /// Before the wanted start or after the end.
        case outside
    }

    /// By need.
    public enum DropReason: String, Sendable, Hashable, CaseIterable {
        /// Replaced by a newer frame.
        case slow
        /// Damaged data.
        case decode
        /// Lost before it reached us.
        case driver
        /// In flight when the run was broken off.
        case shutdown
    }

    /// Frames that the source delivered or knows to be lost.
    public private(set) var captured = 0
    public private(set) var inferred = 0
    public private(set) var skipped: [SkipReason: Int] = [:]
    public private(set) var dropped: [DropReason: Int] = [:]

    public init() {}

    /// Captured frames whose fate is decided.
    public var accounted: Int {
        inferred + skipped.values.reduce(0, +) + dropped.values.reduce(0, +)
    }

    /// At the end of a run this holds; before, the difference is in flight.
    public var isBalanced: Bool { captured == accounted }

    public mutating func capture() { captured += 1 }

    public mutating func infer() { inferred += 1 }

    public mutating func skip(_ reason: SkipReason, count: Int = 1) {
        if count > 0 { skipped[reason, default: 0] += count }
    }

    /// Frames that the source read past: captured and skipped.
    public mutating func passOutside(_ count: Int) {
        captured += count
        skip(.outside, count: count)
    }

    public mutating func drop(_ reason: DropReason, count: Int = 1) {
        if count > 0 { dropped[reason, default: 0] += count }
    }

    /// Frames that a gap says were lost count as captured and dropped.
    public mutating func lose(_ gap: Gap) {
        captured += gap.count
        drop(gap.reason == .decode ? .decode : .driver, count: gap.count)
    }

    /// Sums of several runs.
    public static func += (a: inout Ledger, b: Ledger) {
        a.captured += b.captured
        a.inferred += b.inferred
        a.skipped.merge(b.skipped, uniquingKeysWith: +)
        a.dropped.merge(b.dropped, uniquingKeysWith: +)
    }
}
