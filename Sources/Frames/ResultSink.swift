/// What became of a frame that was looked at.
public struct FrameResult: Sendable {
    public var frame: Frame
    /// Best score first.
    public var detections: [Detection]
    /// Frames replaced by newer ones (`slow`) since the previous result.
    public var droppedBefore: Int
    /// Milliseconds from arrival to the start of preparation.
    public var wait: Double
    public var timings: DetectorTimings
    /// Milliseconds from arrival to this result.
    public var latency: Double

    public init(
        frame: Frame, detections: [Detection], droppedBefore: Int, wait: Double,
        timings: DetectorTimings, latency: Double
    ) {
        self.frame = frame
        self.detections = detections
        self.droppedBefore = droppedBefore
        self.wait = wait
        self.timings = timings
        self.latency = latency
    }
}

/// Where results go: a log, the progress line. Called from one queue, in the order of frames. An error
/// thrown ends the run in order.
public protocol ResultSink: AnyObject, Sendable {
    func receive(_ result: FrameResult) throws
    func receive(_ gap: Gap) throws
}
