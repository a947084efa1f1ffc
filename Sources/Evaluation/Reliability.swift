import JSON
import Logs

/// What a score is worth: how many of the detections that carry it are right, at overlap 0.5. Detections
/// that found a crowd count neither for nor against.
public struct Reliability: Sendable, Hashable, CustomStringConvertible {
    /// Scores of `lower` and above, up to the next bin's.
    public struct Bin: Sendable, Hashable {
        public var lower: Double
        public var count: Int
        public var right: Int
        /// Nil where the bin is empty.
        public var precision: Double? { count > 0 ? Double(right) / Double(count) : nil }
    }

    /// One of the detections that count.
    struct Sample: Sendable, Hashable {
        var score: Double
        var isRight: Bool
    }

    public static let binCount = 20

    /// Best score first.
    private let samples: [Sample]
    /// Twenty bins of width 0.05 from score 0 up; the last one holds 1, too.
    public let bins: [Bin]

    init(_ judged: [JudgedDetection]) {
        samples = judged.filter { !$0.isIgnored(OverlapThresholds.half) }
            .map { Sample(score: $0.score, isRight: $0.isFound(OverlapThresholds.half)) }
            .sorted { $0.score > $1.score }
        var bins = (0..<Self.binCount).map {
            Bin(lower: Double($0) / Double(Self.binCount), count: 0, right: 0)
        }
        for sample in samples {
            // Scores of other programs may leave 0...1.
            let place = (min(max(sample.score, 0), 1) * Double(Self.binCount)).rounded(.down)
            let index = min(Int(place), Self.binCount - 1)
            bins[index].count += 1
            if sample.isRight { bins[index].right += 1 }
        }
        self.bins = bins
    }

    /// Right and all detections with at least this score.
    public func counts(from score: Double) -> (right: Int, all: Int) {
        let taken = samples.prefix { $0.score >= score }
        return (taken.count { $0.isRight }, taken.count)
    }

    /// The lowest score such that, of all detections with at least it, the share `precision` is right:
    /// the threshold that shows most objects at that precision. Nil where no score does.
    public func score(atPrecision precision: Double) -> Double? {
        var right = 0
        var lowest: Double?
        for (index, sample) in samples.enumerated() {
            if sample.isRight { right += 1 }
            // Equal scores are kept or dropped together.
            if index + 1 < samples.count, samples[index + 1].score == sample.score { continue }
            if Double(right) >= precision * Double(index + 1) { lowest = sample.score }
        }
        return lowest
    }

    /// A row for each bin that holds detections, best scores first.
    public var description: String {
        let rows = bins.reversed().filter { $0.count > 0 }.map { bin in
            let lower = COCOReport.fixed(bin.lower, places: 2)
            let upper = COCOReport.fixed(bin.lower + 1 / Double(Self.binCount), places: 2)
            let precision = bin.precision ?? 0
            let bar = String(repeating: "#", count: Int((precision * 20).rounded()))
            return "\(lower)-\(upper)" + String(bin.count).padded(left: 9) + String(bin.right).padded(left: 9)
                + COCOReport.fixed(precision, places: 2).padded(left: 11) + "  " + bar
        }
        let head =
            "score    " + "results".padded(left: 9) + "right".padded(left: 9) + "precision".padded(left: 11)
        return ([head] + rows).joined(separator: "\n")
    }

    func write(to text: inout JSONText) {
        text.array { text in
            for bin in bins where bin.count > 0 {
                text.object { text in
                    text.key("score")
                    text.decimal(bin.lower, places: 2)
                    text.key("results")
                    text.integer(bin.count)
                    text.key("right")
                    text.integer(bin.right)
                }
            }
        }
    }
}
