import Frames

/// Numbers as people read them; never by a locale.
enum NumberText {
    /// `1234.5` with one decimal; `–` where there is none.
    static func fixed(_ value: Double?, places: Int = 1) -> String {
        guard let value, value.isFinite, abs(value) < 1e12 else { return "-" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let units = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(units)" }
        return "\(sign)\(units / scale).\(padded(units % scale, to: places))"
    }

    /// `9 036`.
    static func grouped(_ value: Int) -> String {
        let digits = Array(String(abs(value)))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(" ") }
            text.append(digit)
        }
        return text
    }

    /// `00:05:04`.
    static func clock(seconds: Int) -> String {
        let seconds = max(seconds, 0)
        return
            "\(padded(seconds / 3600, to: 2)):\(padded(seconds / 60 % 60, to: 2)):\(padded(seconds % 60, to: 2))"
    }

    /// `00:00:04.133`, cut to milliseconds.
    static func time(_ time: Timestamp) -> String {
        let milliseconds = max(time.nanoseconds, 0) / 1_000_000
        return clock(seconds: Int(milliseconds / 1000)) + "." + padded(Int(milliseconds % 1000), to: 3)
    }

    private static func padded(_ value: Int, to width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}

extension Duration {
    var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }

    var milliseconds: Double { seconds * 1000 }
}
