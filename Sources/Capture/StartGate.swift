import Frames

/// Tells which frames of a file lie before the wanted start.
struct StartGate {
    private let start: Timestamp?
    /// The stamp of the file's first frame.
    let first: Int64?
    private let timebase: Timebase
    private let nominal: Timestamp
    private var seen = 0
    private(set) var isRepeating = false

    init(start: Timestamp?, first: Int64?, clock: MediaClock) {
        self.start = start.flatMap { $0 > .zero ? $0 : nil }
        self.first = first
        timebase = clock.timebase
        nominal = clock.nominal
    }

    /// The stamp to look for; nil where there is no start or frames carry no stamps.
    var seekTarget: Int64? {
        guard let start, let first, timebase.numerator > 0 else { return nil }
        let ticks = start.seconds * Double(timebase.denominator) / Double(timebase.numerator)
        guard ticks < 9e18 else { return nil }
        let (target, overflow) = first.addingReportingOverflow(Int64(ticks))
        return overflow ? nil : target
    }

    /// Counts the frame; frames without a stamp stand at their number times the nominal step.
    mutating func isBefore(_ pts: Int64?) -> Bool {
        defer { seen += 1 }
        guard let start else { return false }
        if let pts, let first {
            let (ticks, overflow) = pts.subtractingReportingOverflow(first)
            return overflow ? pts < first : Timestamp(ticks: ticks, of: timebase) < start
        }
        let (time, overflow) = nominal.nanoseconds.multipliedReportingOverflow(by: Int64(seen))
        return !overflow && time < start.nanoseconds
    }

    /// The file begins anew.
    mutating func restart() {
        seen = 0
        isRepeating = true
    }
}
