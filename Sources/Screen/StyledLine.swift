/// A row of text in several inks.
struct StyledLine: Sendable, Hashable {
    struct Span: Sendable, Hashable {
        var text: TerminalText
        var ink: Ink
        var isBold: Bool
    }

    private(set) var spans: [Span] = []

    init() {}

    init(_ text: String, _ ink: Ink = .terminal, bold: Bool = false) {
        add(text, ink, bold: bold)
    }

    var width: Int { spans.reduce(0) { $0 + $1.text.width } }

    mutating func add(_ text: String, _ ink: Ink = .terminal, bold: Bool = false) {
        spans.append(Span(text: TerminalText(text), ink: ink, isBold: bold))
    }

    mutating func add(_ text: TerminalText, _ ink: Ink, bold: Bool = false) {
        spans.append(Span(text: text, ink: ink, isBold: bold))
    }

    mutating func append(_ other: StyledLine) { spans += other.spans }

    /// Spaces up to `column`.
    mutating func pad(to column: Int) {
        let missing = column - width
        if missing > 0 { add(String(repeating: " ", count: missing)) }
    }

    /// - Returns: the column after the last glyph.
    @discardableResult
    func draw(on grid: inout Grid, row: Int, column: Int, end: Int, background: Ink = .terminal) -> Int {
        var at = column
        for span in spans {
            at = grid.write(
                span.text, row: row, column: at, end: end, span.ink, on: background,
                style: span.isBold ? .bold : [])
        }
        return at
    }
}

/// Inks of everything but the video. Middle tones: they are read on a dark and on a light terminal.
enum Tone {
    static let quiet = Ink(RGB(hex: 0x8A8A8A))
    static let good = Ink(RGB(hex: 0x3FB950))
    static let warning = Ink(RGB(hex: 0xE3912C))
    static let bad = Ink(RGB(hex: 0xF0524F))
    static let accent = Ink(RGB(hex: 0x3D9CDB))
    /// Behind what covers the video.
    static let cover = Ink(RGB(hex: 0x14181D))
    /// Text on `cover`.
    static let coverText = Ink(RGB(hex: 0xD6D9DC))
}
