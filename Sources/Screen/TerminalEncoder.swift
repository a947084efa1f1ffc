/// Turns the difference of two screens into what a terminal understands (ECMA-48), row by row. Knows what
/// the terminal shows; cells are overwritten, never cleared.
struct TerminalEncoder: Sendable {
    /// Nil: unknown, everything is sent.
    private var shown: Grid?
    private var pen = Pen()
    /// Colours of the picture that differ by no more than this in any channel are left as they are.
    var tolerance = 2

    private struct Pen: Sendable {
        var foreground: Ink?
        var background: Ink?
        var style: Cell.Style?
    }

    /// Forget what is shown.
    mutating func invalidate() {
        shown = nil
    }

    /// The bytes that make the terminal show `next`, all inside one synchronised update (mode 2026, which
    /// terminals that lack it ignore); empty where nothing changes.
    mutating func encode(_ next: Grid) -> [UInt8] {
        if shown?.columns != next.columns || shown?.rows != next.rows { shown = nil }
        var screen = shown ?? Grid(columns: next.columns, rows: next.rows)
        let all = shown == nil
        var output = Output()
        pen = Pen()
        for row in 0..<next.rows {
            encodeRow(row, of: next, shown: &screen, all: all, into: &output)
        }
        shown = screen
        return output.finished
    }

    private mutating func encodeRow(
        _ row: Int, of next: Grid, shown: inout Grid, all: Bool, into output: inout Output
    ) {
        let start = row * next.columns
        /// Where the terminal's cursor stands; -1: elsewhere.
        var cursor = -1
        var column = 0
        while column < next.columns {
            let cell = next.cells[start + column]
            let isWide =
                column + 1 < next.columns && next.cells[start + column + 1].glyph == Cell.continuation
            let width = isWide ? 2 : 1
            if !all, isSame(shown.cells[start + column], cell),
                !isWide || shown.cells[start + column + 1].glyph == Cell.continuation
            {
                column += width
                continue
            }
            if cursor != column { output.move(row: row, column: column, from: cursor) }
            set(cell, in: &output)
            // A continuation without its left half is never composed; a space keeps columns right.
            output.glyph(cell.glyph == Cell.continuation ? " " : cell.glyph)
            for offset in 0..<width {
                shown.replace(start + column + offset, with: next.cells[start + column + offset])
            }
            column += width
            cursor = column
        }
    }

    private func isSame(_ old: Cell, _ new: Cell) -> Bool {
        if old == new { return true }
        guard tolerance > 0, new.style.contains(.picture), old.style == new.style, old.glyph == new.glyph,
            let oldFront = old.foreground.color, let newFront = new.foreground.color,
            let oldBack = old.background.color, let newBack = new.background.color
        else { return false }
        return oldFront.distance(to: newFront) <= tolerance && oldBack.distance(to: newBack) <= tolerance
    }

    private mutating func set(_ cell: Cell, in output: inout Output) {
        let style = cell.style.intersection(.sent)
        if style != pen.style {
            output.text("\u{1B}[0")
            if style.contains(.bold) { output.text(";1") }
            if style.contains(.reverse) { output.text(";7") }
            output.text("m")
            pen = Pen(foreground: .terminal, background: .terminal, style: style)
        }
        // Ink that a space does not show is not sent.
        if cell.foreground != pen.foreground, cell.glyph != " " || style.contains(.reverse) {
            output.ink(cell.foreground, isBackground: false)
            pen.foreground = cell.foreground
        }
        if cell.background != pen.background {
            output.ink(cell.background, isBackground: true)
            pen.background = cell.background
        }
    }

    /// Bytes on their way.
    private struct Output {
        private var bytes: [UInt8] = []
        private static let begin = Array("\u{1B}[?2026h".utf8)
        private static let end = Array("\u{1B}[0m\u{1B}[?2026l".utf8)
        private static let numbers: [[UInt8]] = (0...255).map { Array(String($0).utf8) }

        var finished: [UInt8] { bytes.isEmpty ? [] : bytes + Self.end }

        mutating func text(_ text: StaticString) {
            text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }

        mutating func glyph(_ glyph: Unicode.Scalar) {
            if glyph.isASCII { return bytes.append(UInt8(truncatingIfNeeded: glyph.value)) }
            bytes.append(contentsOf: UTF8.encode(glyph).map { Array($0) } ?? [UInt8(ascii: "?")])
        }

        mutating func number(_ value: Int) {
            if value >= 0, value < Self.numbers.count { return bytes.append(contentsOf: Self.numbers[value]) }
            bytes.append(contentsOf: String(value).utf8)
        }

        mutating func move(row: Int, column: Int, from cursor: Int) {
            if bytes.isEmpty {
                bytes.reserveCapacity(1 << 16)
                bytes.append(contentsOf: Self.begin)
            }
            if cursor >= 0, cursor < column {
                text("\u{1B}[")
                if column - cursor > 1 { number(column - cursor) }
                return text("C")
            }
            text("\u{1B}[")
            number(row + 1)
            text(";")
            number(column + 1)
            text("H")
        }

        mutating func ink(_ ink: Ink, isBackground: Bool) {
            text("\u{1B}[")
            switch ink.kind {
            case .terminal: number(isBackground ? 49 : 39)
            case .basic:
                let index = Int(ink.index)
                number((index < 8 ? 30 + index : 82 + index) + (isBackground ? 10 : 0))
            case .indexed:
                text(isBackground ? "48;5;" : "38;5;")
                number(Int(ink.index))
            case .rgb:
                let color = ink.color ?? .black
                text(isBackground ? "48;2;" : "38;2;")
                number(Int(color.red))
                text(";")
                number(Int(color.green))
                text(";")
                number(Int(color.blue))
            }
            text("m")
        }
    }
}
