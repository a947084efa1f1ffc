import Frames
import Logs

/// A run after its end.
public struct RunSummary: Sendable {
    public var ledger: Ledger
    public var reason: EndReason
    /// In the order they happened; the first decides the exit code.
    public var failures: [RunFailure]
    /// Milliseconds from capture to result over the whole run, within 0.3 %; nil where nothing was inferred.
    public var latency: Percentiles?
    /// From `start()` to the last sink.
    public var elapsed: Duration
    /// Source time of the last captured frame.
    public var sourceTime: Timestamp
    /// Detections by class index.
    public var classes: [Int: Int]

    public init(
        ledger: Ledger, reason: EndReason, failures: [RunFailure], latency: Percentiles?, elapsed: Duration,
        sourceTime: Timestamp, classes: [Int: Int]
    ) {
        self.ledger = ledger
        self.reason = reason
        self.failures = failures
        self.latency = latency
        self.elapsed = elapsed
        self.sourceTime = sourceTime
        self.classes = classes
    }

    /// What the log's `end` record takes from the run.
    public var totals: LogSink.Totals {
        func named<Reason: RawRepresentable<String>>(_ counts: [Reason: Int]) -> [String: Int] {
            Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
        }
        var totals = LogSink.Totals()
        totals.captured = ledger.captured
        totals.inferred = ledger.inferred
        totals.skipped = named(ledger.skipped)
        totals.dropped = named(ledger.dropped)
        totals.seconds = sourceTime.seconds
        totals.milliseconds = latency.map { EndRecord.Latency(p50: $0.p50, p95: $0.p95) }
        return totals
    }
}

/// What ended a run before its time, by the stage that failed.
public enum RunFailure: Error, Sendable, CustomStringConvertible {
    case source(any Error)
    case detector(any Error)
    case sink(any Error)
    /// Frames went missing in vedette itself.
    case unbalanced(Ledger)

    public var description: String {
        switch self {
        case .source(let error), .detector(let error), .sink(let error): "\(error)"
        case .unbalanced(let ledger):
            "of \(ledger.captured) frames \(ledger.accounted) are accounted for; please report this"
        }
    }
}
