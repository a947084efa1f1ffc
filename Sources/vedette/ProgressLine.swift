import Dispatch
import Frames
import Pipeline

/// How far a run is, on standard error, five times a second.
struct ProgressLine {
    private let timer: any DispatchSourceTimer

    init(_ run: Run, _ source: SourceDescription, input: Int, of inputs: Int, _ notes: Notes) {
        timer = Self.timer {
            let snapshot = run.snapshot
            notes.progress(Self.text(snapshot, source, input: input, of: inputs))
        }
    }

    init<Value>(_ streams: Streams<Value>, name: String, _ notes: Notes) {
        timer = Self.timer { notes.progress(Self.text(streams.progress, name: name)) }
    }

    func stop() { timer.cancel() }

    private static func timer(_ body: @escaping @Sendable () -> Void) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "vedette.progress"))
        timer.schedule(deadline: .now() + 0.2, repeating: 0.2)
        timer.setEventHandler { @Sendable in body() }
        timer.resume()
        return timer
    }

    /// `2/5 bikes 123/250 frames  85.2/s  dropped 0  0:03 left`, cut to a line.
    static func text(_ snapshot: RunSnapshot, _ source: SourceDescription, input: Int, of inputs: Int)
        -> String
    {
        let done = snapshot.ledger.accounted
        let total = source.frameCount.map { "/\(max($0, done))" } ?? ""
        var parts = [inputs > 1 ? "\(input)/\(inputs) \(source.name)" : source.name]
        parts.append("\(done)\(total) frames")
        parts.append("\(Rounded.tenths(snapshot.inference.now))/s")
        let dropped = snapshot.ledger.dropped.values.reduce(0, +)
        if dropped > 0 { parts.append("dropped \(dropped)") }
        if let left = source.frameCount.flatMap({ timeLeft(for: $0 - done, rate: snapshot.inference.now) }) {
            parts.append(left)
        }
        return line(parts)
    }

    /// `pictures 123/300  98.2/s  0:02 left`, cut to a line.
    static func text<Value>(_ progress: Streams<Value>.Progress, name: String) -> String {
        let parts = [
            "\(name) \(progress.done)/\(progress.count)", "\(Rounded.tenths(progress.rate))/s",
            timeLeft(for: progress.count - progress.done, rate: progress.rate),
        ]
        return line(parts.compactMap(\.self))
    }

    private static func line(_ parts: [String]) -> String {
        String(parts.joined(separator: "  ").prefix(79))
    }

    /// Nil where nothing moves.
    private static func timeLeft(for count: Int, rate: Double) -> String? {
        guard rate > 0.1 else { return nil }
        let seconds = Int(Double(max(0, count)) / rate)
        return "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60) left"
    }
}

/// Numbers as people read them.
enum Rounded {
    static func tenths(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func hundredths(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let whole = Int((abs(value) * 100).rounded())
        return "\(value < 0 ? "-" : "")\(whole / 100).\(whole % 100 < 10 ? "0" : "")\(whole % 100)"
    }

    static func thousandths(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let whole = Int((value * 1000).rounded())
        let rest = String(abs(whole) % 1000)
        return
            "\(whole < 0 ? "-" : "")\(abs(whole) / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}

extension RunSummary {
    /// The ledger in a line: `250 frames = 250 inferred; 83.1/s; person 120, car 30`.
    /// - Parameter classes: detections by class index.
    func line(labels: LabelSet, classes: [Int: Int]) -> String {
        func list<Reason: RawRepresentable<String>>(_ counts: [Reason: Int], _ word: String) -> String? {
            let sum = counts.values.reduce(0, +)
            guard sum > 0 else { return nil }
            let reasons = counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "\($0.key.rawValue) \($0.value)" }
            return "\(sum) \(word) (\(reasons.joined(separator: ", ")))"
        }
        let parts = [
            "\(ledger.inferred) inferred", list(ledger.skipped, "skipped"), list(ledger.dropped, "dropped"),
        ]
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Rounded.tenths(Double(ledger.inferred) / seconds) : "-"
        let most = 6
        var found = classes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most)
            .map { "\(labels.label(of: $0.key)) \($0.value)" }
        if classes.count > most { found.append("\(classes.count - most) classes more") }
        return "\(ledger.captured) frames = \(parts.compactMap(\.self).joined(separator: " + ")); \(rate)/s; "
            + (found.isEmpty ? "nothing found" : found.joined(separator: ", "))
    }
}
