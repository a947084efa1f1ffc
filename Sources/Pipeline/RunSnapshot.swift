import Frames

/// A run at one moment, for the screen and the status line.
public struct RunSnapshot: Sendable {
    public struct Rate: Sendable, Hashable {
        /// Per second, mean of the last second.
        public var now: Double
        /// Of the last 18 full seconds, oldest first; fewer at the start.
        public var samples: [Double]

        public init(now: Double, samples: [Double]) {
            self.now = now
            self.samples = samples
        }

        public init(_ meter: RateMeter, at elapsed: Duration) {
            self.init(now: meter.rate(at: elapsed), samples: meter.samples(at: elapsed))
        }
    }

    /// Milliseconds over the last 30 s; nil where nothing was inferred in them.
    public struct Stages: Sendable, Hashable {
        public var wait: Percentiles?
        public var prepare: Percentiles?
        public var network: Percentiles?
        public var select: Percentiles?
        /// Capture to result.
        public var latency: Percentiles?

        public init(
            wait: Percentiles? = nil, prepare: Percentiles? = nil, network: Percentiles? = nil,
            select: Percentiles? = nil, latency: Percentiles? = nil
        ) {
            self.wait = wait
            self.prepare = prepare
            self.network = network
            self.select = select
            self.latency = latency
        }
    }

    /// Since `start()`.
    public var elapsed: Duration
    public var ledger: Ledger
    public var capture: Rate
    public var inference: Rate
    public var stages: Stages
    /// Detections by class index: in the last result, since the start.
    public var classesNow: [Int: Int]
    public var classesTotal: [Int: Int]
    /// Source time of the last captured and the last inferred frame.
    public var captureTime: Timestamp?
    public var resultTime: Timestamp?
    public var isPaused: Bool
    public var isFinished: Bool

    public init(
        elapsed: Duration, ledger: Ledger, capture: Rate, inference: Rate, stages: Stages,
        classesNow: [Int: Int], classesTotal: [Int: Int], captureTime: Timestamp?, resultTime: Timestamp?,
        isPaused: Bool, isFinished: Bool
    ) {
        self.elapsed = elapsed
        self.ledger = ledger
        self.capture = capture
        self.inference = inference
        self.stages = stages
        self.classesNow = classesNow
        self.classesTotal = classesTotal
        self.captureTime = captureTime
        self.resultTime = resultTime
        self.isPaused = isPaused
        self.isFinished = isFinished
    }
}
