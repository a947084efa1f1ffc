import Frames

/// What the run's queues leave for the screen's: the newest frame, the newest result, and counts, which
/// miss no result however slow the terminal is.
struct ScreenInbox: Sendable {
    let isLive: Bool
    let opened: ContinuousClock.Instant
    /// Live only; newer than what was taken.
    private(set) var frame: Frame?
    private(set) var result: FrameResult?
    var tally = ClassTally()
    /// Scores below are not counted.
    var threshold: Float
    /// The screen's queue has been told.
    private var isAnnounced = false

    init(isLive: Bool, threshold: Float, opened: ContinuousClock.Instant) {
        self.isLive = isLive
        self.threshold = threshold
        self.opened = opened
    }

    /// - Returns: whether the screen's queue is to be told.
    mutating func put(_ frame: Frame) -> Bool {
        // A file's frame is shown when its boxes are known.
        guard isLive else { return false }
        self.frame = frame
        return announce()
    }

    mutating func put(_ result: FrameResult) -> Bool {
        let shown = ClassTally.shown(result.detections, minimumScore: threshold)
        tally.record(shown, elapsed: Int((ContinuousClock.now - opened).seconds))
        self.result = result
        return announce()
    }

    var hasNews: Bool { frame != nil || result != nil }

    mutating func heard() { isAnnounced = false }

    mutating func takeFrame() -> Frame? {
        defer { frame = nil }
        return frame
    }

    mutating func takeResult() -> FrameResult? {
        defer { result = nil }
        return result
    }

    private mutating func announce() -> Bool {
        defer { isAnnounced = true }
        return !isAnnounced
    }
}
