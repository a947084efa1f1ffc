import Frames
import JSON

/// What is said where there is no screen: a line when the counts by class change, at most one a second of
/// the source's time, for instance
///
///     00:00:04.133 door person 2 car 1
///
/// or, as JSON, `{"type":"count","src":"door","n":124,"t":4.133333,"classes":{"car":1,"person":2}}`.
/// Counts are those of the screen: one thing under one name.
public struct PlainOutput: Sendable {
    private let source: String
    private let labels: LabelSet
    private let minimumScore: Float
    private let isJSON: Bool
    private var said: [Int: Int]?
    private var saidAt: Timestamp?

    /// - Parameter minimumScore: detections below are not counted.
    public init(source: SourceDescription, labels: LabelSet, minimumScore: Float, isJSON: Bool = false) {
        self.source = source.name
        self.labels = labels
        self.minimumScore = minimumScore
        self.isJSON = isJSON
    }

    /// The line that `result` is worth, without its end; nil: nothing new, or too soon after the last one
    /// (the next result will tell). To be called with every result in order.
    public mutating func line(for result: FrameResult) -> String? {
        let shown = ClassTally.shown(result.detections, minimumScore: minimumScore)
        let counts = Dictionary(grouping: shown, by: \.classIndex).mapValues(\.count)
        guard counts != said ?? [:] || said == nil else { return nil }
        let time = result.frame.time
        // A clock that goes back (a loop) is no reason for silence.
        if let saidAt, time >= saidAt, time.nanoseconds - saidAt.nanoseconds < 1_000_000_000 { return nil }
        said = counts
        saidAt = time
        return isJSON ? json(counts, result.frame) : text(counts, time)
    }

    private func text(_ counts: [Int: Int], _ time: Timestamp) -> String {
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        let words = sorted.map { "\(labels.label(of: $0.key)) \($0.value)" }
        let line = ([NumberText.time(time), source] + (words.isEmpty ? ["nothing"] : words)).joined(
            separator: " ")
        return TerminalText(line).string
    }

    private func json(_ counts: [Int: Int], _ frame: Frame) -> String {
        let named = Dictionary(counts.map { (labels.label(of: $0.key), $0.value) }, uniquingKeysWith: +)
        var json = JSONText()
        json.object { json in
            json.key("type")
            json.string("count")
            json.key("src")
            json.string(source)
            json.key("n")
            json.integer(frame.sequence)
            json.key("t")
            json.decimal(frame.time.seconds, places: 6)
            json.key("classes")
            json.object { json in
                for (label, count) in named.sorted(by: { $0.key < $1.key }) {
                    json.key(label)
                    json.integer(count)
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
