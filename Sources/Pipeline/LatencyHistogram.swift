import Glibc

/// Percentiles of a whole run, however long, in fixed memory: bins grow by 1/128 octave, so a percentile
/// is true within 0.3 %. Milliseconds from 0.001 to about 1 000 000; values beyond count as those.
struct LatencyHistogram: Sendable {
    private static let binsPerOctave = 128.0
    private static let smallest = 0.001
    private static let binCount = 30 * 128

    private var counts = [Int](repeating: 0, count: binCount)
    private var total = 0

    mutating func record(_ milliseconds: Double) {
        let octaves = log2(max(milliseconds, Self.smallest) / Self.smallest)
        let bin = octaves.isFinite ? Int(octaves * Self.binsPerOctave) : Self.binCount - 1
        counts[min(bin, Self.binCount - 1)] += 1
        total += 1
    }

    /// Nearest rank; nil where nothing was recorded.
    var percentiles: Percentiles? {
        guard total > 0 else { return nil }
        return Percentiles(
            p50: value(atRank: (total * 50 + 99) / 100), p95: value(atRank: (total * 95 + 99) / 100))
    }

    private func value(atRank rank: Int) -> Double {
        var seen = 0
        for (bin, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return Self.smallest * exp2((Double(bin) + 0.5) / Self.binsPerOctave) }
        }
        return Self.smallest * exp2(Double(Self.binCount) / Self.binsPerOctave)
    }
}
