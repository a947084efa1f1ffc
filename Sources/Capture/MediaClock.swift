import Frames

/// Turns a container's stamps into source time: nanoseconds since the first frame, never falling.
struct MediaClock {
    /// Unit of stamps.
    private(set) var timebase: Timebase
    /// Assumed from a frame to the next where nothing else is known.
    let nominal: Timestamp
    /// Broadcast formats may jump ahead; others mean a long pause when they say one.
    let allowsJumps: Bool

    /// A stamp and the time that it stands for.
    private var origin: (pts: Int64, time: Timestamp)?
    private(set) var last: Timestamp?

    /// A step back of more than this is a new count, not jitter; so is a step ahead of more than
    /// `longestPause` where jumps are allowed.
    private static let jitter = Timestamp(nanoseconds: 1_000_000_000)
    private static let longestPause = Timestamp(nanoseconds: 10_000_000_000)

    init(timebase: Timebase, rate: Timebase?, allowsJumps: Bool) {
        self.timebase = timebase
        self.allowsJumps = allowsJumps
        nominal =
            if let rate, rate.numerator > 0 {
                Timestamp(ticks: 1, of: Timebase(rate.denominator, rate.numerator))
            } else {
                Timestamp(nanoseconds: 40_000_000)
            }
    }

    /// The time of the next frame in the order shown; `pts` nil gives the time after the last frame.
    mutating func time(of pts: Int64?) -> Timestamp {
        let expected = last.map { $0.adding(nominal) } ?? .zero
        guard let pts else {
            last = expected
            return expected
        }
        guard let origin else {
            origin = (pts, expected)
            last = expected
            return expected
        }
        let (difference, overflow) = pts.subtractingReportingOverflow(origin.pts)
        var time = origin.time.adding(Timestamp(ticks: overflow ? .max : difference, of: timebase))
        if let last {
            let isNewCount =
                time.adding(Self.jitter) < last || allowsJumps && last.adding(Self.longestPause) < time
            if isNewCount || overflow {
                self.origin = (pts, expected)
                time = expected
            }
            time = max(time, last)
        }
        last = time
        return time
    }

    /// Time counts from `pts`, whichever frame comes first.
    mutating func begin(at pts: Int64?) {
        origin = pts.map { ($0, .zero) }
        last = nil
    }

    /// The next stamp begins a new count in `timebase`: `pause` after the last frame, or one nominal step.
    mutating func restart(_ timebase: Timebase, after pause: Timestamp?) {
        self.timebase = timebase
        origin = nil
        if let pause, let last { self.last = last.adding(pause) }
    }
}

extension Timestamp {
    func adding(_ other: Timestamp) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(other.nanoseconds)
        return Timestamp(nanoseconds: overflow ? (nanoseconds < 0 ? .min : .max) : sum)
    }
}
