/// Where everything goes on a screen of a given size.
struct Layout: Sendable, Hashable {
    /// Below this only counts are shown.
    static let minimumColumns = 20
    static let minimumRows = 6
    /// What the panel needs at the right.
    static let panelColumns = 34
    /// What the panel needs below.
    static let panelRows = 7
    /// All that it has to say side by side.
    static let fullPanelRows = 9
    /// A picture is not made narrower than this for the panel.
    static let comfortableColumns = 80

    enum PanelPlace: Sendable, Hashable {
        case hidden
        case right(CellRectangle)
        case below(CellRectangle)
        /// Over the picture.
        case overlay(CellRectangle)
    }

    var columns: Int
    var rows: Int
    /// The video, whole and in its own shape.
    var picture: CellRectangle
    var panel: PanelPlace
    /// Under the picture, above the status row, beside the panel; for what happened over time.
    var strip: CellRectangle?

    /// - Parameters:
    ///   - sourceAspect: width over height of the video.
    ///   - cellAspect: width over height of a cell, 0.5 where the terminal does not say.
    ///   - showsPanel: the user's wish; nil: where there is room without covering the picture.
    /// - Returns: nil where the screen is too small for a picture.
    init?(columns: Int, rows: Int, sourceAspect: Double, cellAspect: Double, showsPanel: Bool?) {
        guard columns >= Self.minimumColumns, rows >= Self.minimumRows else { return nil }
        self.columns = columns
        self.rows = rows
        self.panel = .hidden
        // A title row above, a status row below.
        let whole = CellRectangle(row: 1, column: 0, rows: rows - 2, columns: columns)
        let cells = sourceAspect / cellAspect
        picture = Self.fit(cells, in: whole)
        guard showsPanel != false else { return }
        if whole.columns - picture.columns >= Self.panelColumns {
            dockRight(in: whole, cells: cells, columns: min(whole.columns - picture.columns, 44))
        } else if whole.rows - picture.rows >= Self.panelRows {
            picture.row = whole.row
            let spare = whole.endRow - picture.endRow
            // A strip needs a heading and three classes.
            let rows = spare >= Self.fullPanelRows + 4 ? Self.fullPanelRows : spare
            panel = .below(CellRectangle(row: picture.endRow, column: 0, rows: rows, columns: columns))
            if rows < spare {
                strip = CellRectangle(
                    row: picture.endRow + rows, column: 0, rows: spare - rows, columns: columns)
            }
        } else if columns >= Self.comfortableColumns + Self.panelColumns + 2, rows >= 24 {
            dockRight(in: whole, cells: cells, columns: Self.panelColumns + 2)
        } else if showsPanel == true {
            let width = min(Self.panelColumns + 2, columns)
            panel = .overlay(
                CellRectangle(row: 1, column: columns - width, rows: whole.rows, columns: width))
        }
    }

    private mutating func dockRight(in whole: CellRectangle, cells: Double, columns width: Int) {
        var left = whole
        left.columns -= width
        picture = Self.fit(cells, in: left)
        panel = .right(
            CellRectangle(row: whole.row, column: left.endColumn, rows: whole.rows, columns: width))
        let spare = left.rows - picture.rows
        if spare >= 4 {
            picture.row = left.row
            strip = CellRectangle(row: picture.endRow, column: 0, rows: spare, columns: left.columns)
        }
    }

    /// The largest rectangle of `cells` columns to a row inside of `area`, in its middle.
    static func fit(_ cells: Double, in area: CellRectangle) -> CellRectangle {
        guard cells.isFinite, cells > 0 else { return area }
        var columns = area.columns
        var rows = Int((Double(columns) / cells).rounded())
        if rows > area.rows {
            rows = area.rows
            columns = min(Int((Double(rows) * cells).rounded()), area.columns)
        }
        rows = max(rows, 1)
        columns = max(columns, 1)
        return CellRectangle(
            row: area.row + (area.rows - rows) / 2, column: area.column + (area.columns - columns) / 2,
            rows: rows, columns: columns)
    }
}
