/// Draws placed boxes over the video.
struct BoxPainter: Sendable {
    var mode: BoxMode
    /// The result is older than the picture under it.
    var isDim: Bool

    func paint(_ boxes: [PlacedBox], on grid: inout Grid) {
        guard mode != .off else { return }
        // The best last: its edges are on top. All names over all edges.
        if mode != .labels {
            for box in boxes.reversed() { edges(of: box, on: &grid) }
        }
        for box in boxes.reversed() { tag(of: box, on: &grid) }
    }

    private func color(of box: PlacedBox) -> RGB {
        let color = ClassStyle(label: box.label).color
        return isDim ? color.mixed(with: RGB(96, 96, 96), share: 150) : color
    }

    private func edges(of box: PlacedBox, on grid: inout Grid) {
        let glyphs = ClassStyle(label: box.label).line.glyphs
        let color = color(of: box)
        let area = box.cells
        let (top, bottom) = (area.row, area.endRow - 1)
        let (left, right) = (area.column, area.endColumn - 1)
        func put(_ glyph: Unicode.Scalar, _ row: Int, _ column: Int) {
            grid[row, column] = edge(glyph, color, over: grid[row, column])
        }
        let isSmall = area.rows < 2 || area.columns < 2
        func isDrawn(_ offset: Int, of count: Int) -> Bool {
            guard mode == .corners else { return true }
            let arm = max(count / 5, 1)
            return offset <= arm || offset >= count - 1 - arm
        }
        for column in left...right where isDrawn(column - left, of: area.columns) {
            put(glyphs.horizontal, top, column)
            put(glyphs.horizontal, bottom, column)
        }
        for row in top...bottom where isDrawn(row - top, of: area.rows) {
            put(glyphs.vertical, row, left)
            put(glyphs.vertical, row, right)
        }
        guard !isSmall else { return }
        put(glyphs.topLeft, top, left)
        put(glyphs.topRight, top, right)
        put(glyphs.bottomLeft, bottom, left)
        put(glyphs.bottomRight, bottom, right)
    }

    /// Over the picture's own colour, darkened so that the line stands out.
    private func edge(_ glyph: Unicode.Scalar, _ color: RGB, over cell: Cell) -> Cell {
        guard let back = cell.background.color else {
            return Cell(glyph, Ink(color), on: cell.background, style: .bold)
        }
        let front = cell.style.contains(.picture) ? cell.foreground.color ?? back : back
        let mean = cell.glyph == "▀" ? front.mixed(with: back, share: 128) : back
        return Cell(glyph, Ink(color), on: Ink(mean.mixed(with: .black, share: 112)))
    }

    private func tag(of box: PlacedBox, on grid: inout Grid) {
        guard let tag = box.tag else { return }
        let color = color(of: box)
        grid.write(
            tag.text, row: tag.row, column: tag.column, Ink(color.textColor), on: Ink(color),
            style: isDim ? [] : .bold)
    }
}
