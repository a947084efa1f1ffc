/// A rectangle of cells; rows and columns count from 0 at the top left.
struct CellRectangle: Sendable, Hashable {
    var row: Int
    var column: Int
    var rows: Int
    var columns: Int

    /// One past the last.
    var endRow: Int { row + rows }
    var endColumn: Int { column + columns }
    var isEmpty: Bool { rows <= 0 || columns <= 0 }

    func contains(_ other: CellRectangle) -> Bool {
        other.row >= row && other.column >= column && other.endRow <= endRow && other.endColumn <= endColumn
    }

    /// Whether the two share a cell.
    func overlaps(_ other: CellRectangle) -> Bool {
        row < other.endRow && other.row < endRow && column < other.endColumn && other.column < endColumn
    }

    /// Grown by `count` columns at both sides.
    func widened(by count: Int) -> CellRectangle {
        CellRectangle(row: row, column: column - count, rows: rows, columns: columns + 2 * count)
    }
}
