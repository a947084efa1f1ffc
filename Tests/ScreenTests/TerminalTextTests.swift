import Testing

@testable import Screen

@Test func nothingInATextDrivesTheTerminal() {
    let hostile = "a\u{1B}[2J\u{7}b\r\n\tc\u{9B}31m\u{7F}\u{202E}d\u{200B}\u{FEFF}\u{E000}"
    let text = TerminalText(hostile).string
    #expect(text == "a?[2J?b???c?31m??d???")
    for scalar in text.unicodeScalars { #expect((0x20..<0x7F).contains(scalar.value)) }
}

@Test func glyphsKnowTheirWidth() {
    #expect(TerminalText("person").width == 6)
    #expect(TerminalText("人物").width == 4)
    #expect(TerminalText("e\u{301}").width == 1)
    #expect(TerminalText("Straße").width == 6)
}

@Test(arguments: 0...9)
func shortTextsFit(width: Int) {
    for text in ["refrigerator", "冷蔵庫の中", "a冷b蔵c庫d"] {
        let short = TerminalText(text).shortened(to: width)
        #expect(short.width <= width)
        if width > 1 { #expect(short.glyphs.last?.scalar == "…" || short.string == text) }
    }
}

@Test func halfOfAWideGlyphIsNeverLeft() {
    var grid = Grid(columns: 6, rows: 1)
    grid.write("日本語", row: 0, column: 0)
    grid[0, 1] = Cell("x")
    #expect(grid[0, 0].glyph == " ")
    grid[0, 2] = Cell("y")
    #expect(grid[0, 3].glyph == " ")
    // The last one does not fit whole.
    var narrow = Grid(columns: 3, rows: 1)
    narrow.write("日本", row: 0, column: 0)
    #expect(narrow[0, 2] == .blank)
}
