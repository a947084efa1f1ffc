/// All keys, over the middle of the screen.
struct HelpOverlay {
    let view: ViewState

    func draw(on grid: inout Grid) {
        let keyColumn = 9
        let lines = KeyCommand.descriptions
        let width = min(keyColumn + 4 + (lines.map { $0.text.count }.max() ?? 0), grid.columns)
        let height = min(lines.count + 4, grid.rows)
        let area = CellRectangle(
            row: (grid.rows - height) / 2, column: (grid.columns - width) / 2, rows: height, columns: width)
        frame(area, on: &grid)
        for (number, line) in lines.prefix(height - 2).enumerated() {
            let row = area.row + 1 + number
            let end = area.endColumn - 1
            grid.write(
                TerminalText(line.keys), row: row, column: area.column + 2, end: end, Tone.accent,
                on: Tone.cover,
                style: .bold)
            grid.write(
                TerminalText(line.text), row: row, column: area.column + 2 + keyColumn, end: end,
                Tone.coverText, on: Tone.cover)
        }
        guard height == lines.count + 4 else { return }
        let state =
            "picture \(view.picture.rawValue), colours \(view.depth.rawValue), boxes \(view.boxes.rawValue)"
        grid.write(
            TerminalText(state), row: area.endRow - 2, column: area.column + 2, end: area.endColumn - 1,
            Tone.quiet, on: Tone.cover)
    }

    private func frame(_ area: CellRectangle, on grid: inout Grid) {
        grid.fill(area, with: Cell(" ", Tone.coverText, on: Tone.cover))
        let (last, end) = (area.endRow - 1, area.endColumn - 1)
        func put(_ glyph: Unicode.Scalar, _ row: Int, _ column: Int) {
            grid[row, column] = Cell(glyph, Tone.quiet, on: Tone.cover)
        }
        for column in area.column...end {
            put("─", area.row, column)
            put("─", last, column)
        }
        for row in area.row...last {
            put("│", row, area.column)
            put("│", row, end)
        }
        put("┌", area.row, area.column)
        put("┐", area.row, end)
        put("└", last, area.column)
        put("┘", last, end)
        grid.write(
            " keys ", row: area.row, column: area.column + 2, end: end, Tone.coverText, on: Tone.cover,
            style: .bold)
    }
}
