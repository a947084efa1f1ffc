import Frames

/// A moment in, a screenful of cells out. Remembers where boxes and names were, nothing else.
struct Composer: Sendable {
    private var placer = BoxPlacer()
    private var palette = Palette(.full)

    /// Nil where the screen is too small for a picture.
    static func layout(
        _ moment: ScreenMoment, columns: Int, rows: Int, cellAspect: Double
    ) -> Layout? {
        Layout(
            columns: columns, rows: rows,
            sourceAspect: Double(max(moment.frameWidth, 1)) / Double(max(moment.frameHeight, 1)),
            cellAspect: cellAspect, showsPanel: moment.view.panel)
    }

    /// - Parameter layout: of the size; nil: too small for a picture, only counts are shown.
    mutating func compose(_ moment: ScreenMoment, layout: Layout?, columns: Int, rows: Int) -> Grid {
        var grid = Grid(columns: columns, rows: rows)
        if let layout {
            drawPicture(moment, in: layout.picture, on: &grid)
            drawPanel(moment, layout, on: &grid)
            let rows = StatusRows(moment: moment)
            rows.drawTitle(on: &grid)
            rows.drawStatus(on: &grid)
            if moment.view.showsHelp { HelpOverlay(view: moment.view).draw(on: &grid) }
        } else {
            drawCounts(moment, on: &grid)
        }
        return finished(grid, moment.view)
    }

    private mutating func drawPicture(_ moment: ScreenMoment, in area: CellRectangle, on grid: inout Grid) {
        guard let samples = moment.samples else {
            let text = TerminalText(
                "waiting for the first picture, \(NumberText.fixed(moment.elapsed, places: 0)) s")
            let column = area.column + max(area.columns - text.width, 0) / 2
            grid.write(text, row: area.row + area.rows / 2, column: column, Tone.quiet)
            return
        }
        PicturePainter(set: moment.view.picture, depth: moment.view.depth).paint(samples, in: area, on: &grid)
        let boxes = placer.place(
            moment.detections, labels: moment.subject.labels, frameWidth: moment.frameWidth,
            frameHeight: moment.frameHeight, in: area)
        BoxPainter(mode: moment.view.boxes, isDim: moment.isStale).paint(boxes, on: &grid)
    }

    private func drawPanel(_ moment: ScreenMoment, _ layout: Layout, on grid: inout Grid) {
        let panel = Panel(moment: moment)
        switch layout.panel {
        case .hidden: break
        case .right(let area): panel.drawStacked(in: area, on: &grid)
        case .below(let area): panel.drawSideBySide(in: area, on: &grid)
        case .overlay(let area): panel.drawStacked(in: area, on: &grid, background: Tone.cover)
        }
        if let strip = layout.strip { Timeline(moment: moment).draw(in: strip, on: &grid) }
    }

    private func drawCounts(_ moment: ScreenMoment, on grid: inout Grid) {
        let rows = moment.tally.filter { $0.now > 0 }
        guard !rows.isEmpty else {
            grid.write("nothing", row: 0, column: 0)
            return
        }
        for (number, row) in rows.prefix(grid.rows).enumerated() {
            let label = moment.subject.labels.label(of: row.classIndex)
            grid.write(TerminalText("\(row.now) \(label)"), row: number, column: 0)
        }
    }

    /// In the glyphs and colours that the terminal has.
    private mutating func finished(_ grid: Grid, _ view: ViewState) -> Grid {
        if palette.depth != view.depth { palette = Palette(view.depth) }
        guard view.ascii || view.depth != .full else { return grid }
        let palette = palette
        var grid = grid
        grid.mapCells { palette.cell(view.ascii ? SevenBits.cell($0) : $0) }
        return grid
    }
}
