import JSON

/// Tables for people: the first column to the left, the others to the right.
enum TextTable {
    /// - Parameter last: a column of text of any length behind the others, to the left.
    static func text(_ rows: [[String]], last: [String]) -> String {
        let lines = text(rows, isPadded: true).split(separator: "\n", omittingEmptySubsequences: false)
        return zip(lines, last).map { line, text in
            var line = "\(line)  \(text)"
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    static func text(_ rows: [[String]], isPadded: Bool = false) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? cell + padding : "  " + padding + cell)
            }
            while !isPadded, line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

/// `1.23e-05`: three digits, whatever the size.
enum Scientific {
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : "inf" }
        guard value != 0 else { return "0" }
        var exponent = 0
        var mantissa = abs(value)
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        var digits = Int((mantissa * 100).rounded())
        if digits == 1000 { (digits, exponent) = (100, exponent + 1) }
        let fraction = digits % 100
        let power = abs(exponent)
        return "\(value < 0 ? "-" : "")\(digits / 100).\(fraction < 10 ? "0" : "")\(fraction)"
            + "e\(exponent < 0 ? "-" : "+")\(power < 10 ? "0" : "")\(power)"
    }
}

/// One JSON object on a line of standard output.
enum JSONOutput {
    static func line(_ object: JSONObject) -> String {
        var text = JSONText()
        text.members(of: object)
        return String(decoding: text.bytes, as: UTF8.self) + "\n"
    }
}
