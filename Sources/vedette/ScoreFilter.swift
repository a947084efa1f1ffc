import Frames
import Synchronization

/// Hands on what scores high enough: everything beside a screen that may ask for lower scores.
final class ScoreFilter: ResultSink {
    private let sink: any ResultSink
    private let score: Float

    init(_ sink: any ResultSink, from score: Float) {
        self.sink = sink
        self.score = score
    }

    func receive(_ result: FrameResult) throws {
        var result = result
        result.detections.removeAll { $0.score < score }
        try sink.receive(result)
    }

    func receive(_ gap: Gap) throws { try sink.receive(gap) }
}

/// Counts detections by class.
final class ClassCounter: ResultSink {
    private let counts = Mutex([Int: Int]())

    var classes: [Int: Int] { counts.withLock { $0 } }

    func receive(_ result: FrameResult) {
        counts.withLock { counts in
            for one in result.detections { counts[one.classIndex, default: 0] += 1 }
        }
    }

    func receive(_ gap: Gap) {}
}
