import JSON

/// Why a section ended.
public enum EndReason: String, Sendable, Hashable, CaseIterable {
    /// The source has no more frames.
    case end
    /// `--duration` or `--frames` was reached.
    case limit
    /// The user left.
    case quit
    case signal
    case error
}

/// Last record of a section: the sums.
public struct EndRecord: Sendable, Hashable {
    /// Milliseconds from capture to result, one decimal.
    public struct Latency: Sendable, Hashable {
        public var p50: Double
        public var p95: Double

        public init(p50: Double, p95: Double) {
            self.p50 = p50
            self.p95 = p95
        }
    }

    public var src: String
    public var reason: EndReason
    public var captured: Int
    public var inferred: Int
    /// By reason; reasons with no frames are left out.
    public var skipped: [String: Int]
    public var dropped: [String: Int]
    /// Source time covered, one decimal.
    public var seconds: Double
    public var detections: Int
    /// Detections by label.
    public var classes: [String: Int]
    /// Nil in a reproducible log and where nothing was inferred.
    public var milliseconds: Latency?
    /// `sha256:` and 64 digits, of all bytes of the section's lines before this one.
    public var digest: String

    public init(
        src: String, reason: EndReason, captured: Int, inferred: Int, skipped: [String: Int],
        dropped: [String: Int], seconds: Double, detections: Int, classes: [String: Int],
        milliseconds: Latency?, digest: String
    ) {
        self.src = src
        self.reason = reason
        self.captured = captured
        self.inferred = inferred
        self.skipped = skipped
        self.dropped = dropped
        self.seconds = seconds
        self.detections = detections
        self.classes = classes
        self.milliseconds = milliseconds
        self.digest = digest
    }

    public func write(to text: inout JSONText) {
        text.object {
            $0.member("type", "end")
            $0.member("src", src)
            $0.member("reason", reason.rawValue)
            $0.key("captured")
            $0.integer(captured)
            $0.key("inferred")
            $0.integer(inferred)
            $0.key("skipped")
            $0.counts(skipped.filter { $0.value != 0 })
            $0.key("dropped")
            $0.counts(dropped.filter { $0.value != 0 })
            $0.key("seconds")
            $0.decimal(seconds, places: 1)
            $0.key("detections")
            $0.integer(detections)
            $0.key("classes")
            $0.counts(classes)
            if let milliseconds {
                $0.key("ms")
                $0.milliseconds([("p50", milliseconds.p50), ("p95", milliseconds.p95)])
            }
            $0.member("digest", digest)
        }
    }
}
