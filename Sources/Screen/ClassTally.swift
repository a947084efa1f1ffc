import Frames

/// Counts by class as they are shown: of what passes the threshold, one thing under one name.
struct ClassTally: Sendable, Hashable {
    /// One class's counts.
    struct Row: Sendable, Hashable {
        var classIndex: Int
        /// In the last result.
        var now: Int
        /// Detections since the start, the sum over all inferred frames.
        var total: Int
        /// The most in one frame of each second, oldest first, the last one unfinished.
        var seconds: [Double]
    }

    /// Seconds that are kept.
    static let history = 300

    private(set) var now: [Int: Int] = [:]
    private(set) var total: [Int: Int] = [:]
    private var peaks: [Int: [Int]] = [:]
    /// The second that is being filled.
    private var second = 0
    private(set) var results = 0

    /// Those of `detections` that are shown: scored at least `minimumScore`, the best where several of any
    /// class cover one another by IoU 0.6 or more.
    static func shown(_ detections: [Detection], minimumScore: Float) -> [Detection] {
        Suppression.acrossClasses(detections.filter { $0.score >= minimumScore }, iou: 0.6, box: \.box)
    }

    /// `elapsed`: seconds since the start.
    mutating func record(_ shown: [Detection], elapsed: Int) {
        advance(to: elapsed)
        results += 1
        now = [:]
        for detection in shown { now[detection.classIndex, default: 0] += 1 }
        total.merge(now, uniquingKeysWith: +)
        for (index, count) in now {
            var row = peaks[index] ?? Array(repeating: 0, count: Self.history)
            row[second % Self.history] = max(row[second % Self.history], count)
            peaks[index] = row
        }
    }

    /// The same result seen with another threshold: what is there now changes, sums stay.
    mutating func recount(_ shown: [Detection]) {
        now = [:]
        for detection in shown { now[detection.classIndex, default: 0] += 1 }
    }

    /// The classes seen so far: what is there now first, then by how often.
    func rows(elapsed: Int) -> [Row] {
        var copy = self
        copy.advance(to: elapsed)
        return Set(total.keys).union(now.keys).map { index in
            Row(
                classIndex: index, now: now[index] ?? 0, total: total[index] ?? 0,
                seconds: copy.seconds(of: index))
        }.sorted { a, b in
            if (a.now > 0) != (b.now > 0) { return a.now > 0 }
            return a.total != b.total ? a.total > b.total : a.classIndex < b.classIndex
        }
    }

    private func seconds(of index: Int) -> [Double] {
        guard let row = peaks[index] else { return [] }
        let first = max(second - Self.history + 1, 0)
        return (first...second).map { Double(row[$0 % Self.history]) }
    }

    private mutating func advance(to elapsed: Int) {
        guard elapsed > second else { return }
        for empty in max(second + 1, elapsed - Self.history + 1)...elapsed {
            for index in peaks.keys { peaks[index]?[empty % Self.history] = 0 }
        }
        second = elapsed
    }
}
