/// What stands for our glyphs where only 7-bit characters are drawn.
enum SevenBits {
    private static let replacements: [Unicode.Scalar: Unicode.Scalar] = [
        "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+",
        "━": "=", "┃": "#", "┏": "#", "┓": "#", "┗": "#", "┛": "#",
        "═": "=", "║": "|", "╔": "+", "╗": "+", "╚": "+", "╝": "+", "╍": ".", "╏": ":",
        "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
        "●": "*", "■": "#", "▶": ">", "‖": "|", "×": "x", "≥": ">", "→": ">", "…": "~", "±": "~", "·": "-",
        "↑": "^", "↓": "v",
    ]

    /// The video keeps its own glyphs.
    static func cell(_ cell: Cell) -> Cell {
        if cell.glyph.isASCII || cell.style.contains(.picture) { return cell }
        var plain = cell
        plain.glyph = replacements[cell.glyph] ?? "?"
        return plain
    }
}
