/// A screenful of cells. Drawing outside of it draws nothing.
struct Grid: Sendable, Hashable {
    let columns: Int
    let rows: Int
    private(set) var cells: [Cell]

    init(columns: Int, rows: Int, filledWith cell: Cell = .blank) {
        self.columns = max(columns, 0)
        self.rows = max(rows, 0)
        self.cells = Array(repeating: cell, count: self.columns * self.rows)
    }

    func contains(row: Int, column: Int) -> Bool {
        row >= 0 && row < rows && column >= 0 && column < columns
    }

    /// Blank outside.
    subscript(row: Int, column: Int) -> Cell {
        get { contains(row: row, column: column) ? cells[row * columns + column] : .blank }
        set {
            guard contains(row: row, column: column) else { return }
            separate(row: row, column: column)
            cells[row * columns + column] = newValue
        }
    }

    /// Replaces every cell by what `change` makes of it.
    mutating func mapCells(_ change: (Cell) -> Cell) {
        for index in cells.indices { cells[index] = change(cells[index]) }
    }

    /// For who keeps wide glyphs whole himself. `index`: row by row.
    mutating func replace(_ index: Int, with cell: Cell) { cells[index] = cell }

    mutating func fill(_ area: CellRectangle, with cell: Cell) {
        for row in area.row..<max(area.endRow, area.row) {
            for column in area.column..<max(area.endColumn, area.column) { self[row, column] = cell }
        }
    }

    /// Writes from `column` to the right, at most up to `end`, glyphs whole.
    /// - Returns: the column after the last glyph.
    @discardableResult
    mutating func write(
        _ text: TerminalText, row: Int, column: Int, end: Int? = nil, _ foreground: Ink = .terminal,
        on background: Ink = .terminal, style: Cell.Style = []
    ) -> Int {
        let end = min(end ?? columns, columns)
        var at = column
        for glyph in text.glyphs {
            guard at + glyph.width <= end else { break }
            guard at >= 0 else {
                at += glyph.width
                continue
            }
            self[row, at] = Cell(glyph.scalar, foreground, on: background, style: style)
            if glyph.width == 2 {
                // Past `separate`, which would take the half just written for a stray one.
                if contains(row: row, column: at + 1) {
                    separate(row: row, column: at + 1, keepingLeft: true)
                    cells[row * columns + at + 1] = Cell(
                        Cell.continuation, foreground, on: background, style: style)
                }
            }
            at += glyph.width
        }
        return at
    }

    /// Blanks the other half of a wide glyph of which one cell is about to be drawn over.
    private mutating func separate(row: Int, column: Int, keepingLeft: Bool = false) {
        let at = row * columns + column
        if cells[at].glyph == Cell.continuation, column > 0, !keepingLeft { cells[at - 1].glyph = " " }
        if column + 1 < columns, cells[at + 1].glyph == Cell.continuation { cells[at + 1].glyph = " " }
    }
}
