import Logs

/// How values are written on the command line.
enum ValueSyntax {
    /// What `value` should have been, where it does not fit; nil where it does.
    static func objection(to value: String, as kind: ValueKind) -> String? {
        switch kind {
        case .flag: nil
        case .text, .list: value.isEmpty ? "anything: it is empty" : nil
        case .choice(let words): words.contains(value) ? nil : "one of \(words.joined(separator: ", "))"
        case .integer(let range):
            Int(value).map(range.contains) == true
                ? nil
                : range.upperBound == .max
                    ? "a whole number from \(range.lowerBound)"
                    : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            number(value).map(range.contains) == true
                ? nil : "a number from \(short(range.lowerBound)) to \(short(range.upperBound))"
        case .time: seconds(value) != nil ? nil : "a time such as 10s, 250ms, 90 or 1:30"
        case .size: size(value) != nil ? nil : "a size such as 1280x720"
        case .logFrames: logFrames(value) != nil ? nil : "all, nonempty, none or every=N"
        }
    }

    /// A finite number; `12%` is 0.12.
    static func number(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        guard let value = Double(isPercent ? text.dropLast() : text[...]), value.isFinite else { return nil }
        return isPercent ? value / 100 : value
    }

    /// Seconds of `90`, `1:30`, `0:01:30.5`, `250ms`, `10s`, `5m`, `2h`.
    static func seconds(_ text: String) -> Double? {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        for unit in units where text.hasSuffix(unit.suffix) {
            return Double(text.dropLast(unit.suffix.count)).flatMap { bounded($0 * unit.seconds) }
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = Double(parts[parts.count - 1]) else { return nil }
        var total = 0.0
        for part in parts.dropLast() {
            guard let value = Int(part), value >= 0 else { return nil }
            total = (total + Double(value)) * 60
        }
        guard parts.count == 1 || (0..<60).contains(last) else { return nil }
        return bounded(total + last)
    }

    /// Not negative, and short enough to be counted in nanoseconds.
    private static func bounded(_ seconds: Double) -> Double? {
        seconds >= 0 && seconds <= 1e9 ? seconds : nil
    }

    static func size(_ text: String) -> (width: Int, height: Int)? {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            (1...16384).contains(width), (1...16384).contains(height)
        else { return nil }
        return (width, height)
    }

    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { word in
            var word = word
            while word.first == " " { word.removeFirst() }
            while word.last == " " { word.removeLast() }
            return String(word)
        }
    }

    static func logFrames(_ text: String) -> LoggedFrames? {
        switch text {
        case "all": return .all
        case "nonempty": return .nonempty
        case "none": return LoggedFrames.none
        default:
            guard text.hasPrefix("every="), let n = Int(text.dropFirst(6)), n > 0 else { return nil }
            return .every(n)
        }
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
