/// What one place of the terminal shows.
struct Cell: Sendable, Hashable {
    struct Style: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static let bold = Style(rawValue: 1)
        static let reverse = Style(rawValue: 2)
        /// Part of the video: small changes of its colours may wait.
        static let picture = Style(rawValue: 4)
        /// What the terminal is told.
        static let sent: Style = [.bold, .reverse]
    }

    var glyph: Unicode.Scalar
    var foreground: Ink
    var background: Ink
    var style: Style

    init(
        _ glyph: Unicode.Scalar, _ foreground: Ink = .terminal, on background: Ink = .terminal,
        style: Style = []
    ) {
        self.glyph = glyph
        self.foreground = foreground
        self.background = background
        self.style = style
    }

    static let blank = Cell(" ")

    /// The right half of a glyph two cells wide.
    static let continuation = Unicode.Scalar(0 as UInt8)
}
