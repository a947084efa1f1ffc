/// What was there over the last minutes, a row for each class, under the video.
struct Timeline {
    let moment: ScreenMoment

    func draw(in area: CellRectangle, on grid: inout Grid) {
        grid.fill(area, with: .blank)
        for column in area.column..<area.endColumn { grid[area.row, column] = Cell("─", Tone.quiet) }
        grid.write(
            " most at once, last 5 min ", row: area.row, column: area.column + 1, end: area.endColumn,
            Tone.accent, style: .bold)
        let names = 12
        let width = area.columns - names - 2
        guard width > 10 else { return }
        for (number, row) in moment.tally.prefix(area.rows - 1).enumerated() {
            let label = moment.subject.labels.label(of: row.classIndex)
            let line = area.row + 1 + number
            grid.write(
                TerminalText(label).shortened(to: names - 1), row: line, column: area.column + 1,
                end: area.endColumn, row.now > 0 ? .terminal : Tone.quiet)
            grid.write(
                TerminalText(Sparkline.text(Self.spread(row.seconds, to: width), width: width)), row: line,
                column: area.column + 1 + names, end: area.endColumn, Ink(ClassStyle(label: label).color))
        }
    }

    /// The whole history over `width` columns, the most of the seconds that share one.
    private static func spread(_ seconds: [Double], to width: Int) -> [Double] {
        let all = Array(repeating: 0, count: max(ClassTally.history - seconds.count, 0)) + seconds
        return (0..<width).map { column in
            let first = column * all.count / width
            let last = max((column + 1) * all.count / width, first + 1)
            return all[first..<last].max() ?? 0
        }
    }
}
