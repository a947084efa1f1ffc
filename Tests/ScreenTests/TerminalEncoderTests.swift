import Testing

@testable import Screen

private func randomGrid(columns: Int, rows: Int, using dice: inout Dice) -> Grid {
    var grid = Grid(columns: columns, rows: rows)
    let glyphs: [Unicode.Scalar] = ["▀", " ", "a", "┃", "é"]
    let inks: [Ink] = [
        .terminal, Ink(RGB(1, 2, 3)), Ink(RGB(200, 100, 0)), .indexed(0), .indexed(201), .basic(3),
        .basic(12),
    ]
    let styles: [Cell.Style] = [[], .bold, .reverse, [.bold, .reverse], .picture]
    for row in 0..<rows {
        for column in 0..<columns where Int.random(in: 0..<3, using: &dice) > 0 {
            grid[row, column] = Cell(
                glyphs.randomElement(using: &dice) ?? " ", inks.randomElement(using: &dice) ?? .terminal,
                on: inks.randomElement(using: &dice) ?? .terminal,
                style: styles.randomElement(using: &dice) ?? [])
        }
        for _ in 0..<2 {
            grid.write(
                "日本 x", row: row, column: Int.random(in: -2..<columns, using: &dice),
                inks.randomElement(using: &dice) ?? .terminal)
        }
    }
    return grid
}

@Test func whatATerminalShowsIsWhatWasComposed() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed", seed)
    var dice = Dice(seed: seed)
    for (columns, rows) in [(1, 1), (2, 3), (17, 5), (80, 24)] {
        var emulator = Emulator(columns: columns, rows: rows)
        var encoder = TerminalEncoder()
        encoder.tolerance = 0
        for step in 0..<12 {
            let grid = randomGrid(columns: columns, rows: rows, using: &dice)
            emulator.feed(encoder.encode(grid))
            let differences = emulator.differences(from: grid)
            #expect(
                differences.isEmpty,
                "step \(step) of \(columns)×\(rows): \(differences.prefix(3)), seed \(seed)")
            #expect(!emulator.isSynchronised)
        }
    }
}

@Test func whatDoesNotChangeIsNotSent() {
    var dice = Dice(seed: 1)
    var grid = randomGrid(columns: 40, rows: 10, using: &dice)
    var encoder = TerminalEncoder()
    let all = encoder.encode(grid)
    #expect(encoder.encode(grid).isEmpty)
    grid[3, 7] = Cell("x", .basic(1))
    let one = encoder.encode(grid)
    #expect(!one.isEmpty && one.count < 64)
    encoder.invalidate()
    #expect(encoder.encode(grid).count > all.count / 2)
}

@Test func anotherSizeIsSentWhole() {
    var encoder = TerminalEncoder()
    _ = encoder.encode(Grid(columns: 10, rows: 4))
    let larger = Grid(columns: 12, rows: 4, filledWith: Cell("x"))
    var emulator = Emulator(columns: 12, rows: 4)
    emulator.feed(encoder.encode(larger))
    #expect(emulator.differences(from: larger).isEmpty)
}

@Test func smallChangesOfThePictureWaitAndNeverAddUp() {
    func picture(_ red: UInt8) -> Grid {
        Grid(
            columns: 4, rows: 1,
            filledWith: Cell("▀", Ink(RGB(red, 0, 0)), on: Ink(RGB(0, red, 0)), style: .picture))
    }
    var encoder = TerminalEncoder()
    encoder.tolerance = 2
    _ = encoder.encode(picture(100))
    #expect(encoder.encode(picture(101)).isEmpty)
    #expect(encoder.encode(picture(102)).isEmpty)
    #expect(!encoder.encode(picture(103)).isEmpty, "three steps from what is shown")
    // Anything but the picture is exact.
    var text = Grid(columns: 4, rows: 1, filledWith: Cell("x", Ink(RGB(100, 0, 0))))
    _ = encoder.encode(text)
    text[0, 0] = Cell("x", Ink(RGB(101, 0, 0)))
    #expect(!encoder.encode(text).isEmpty)
}
