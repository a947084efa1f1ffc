import Frames
import Pipeline

/// The figures beside, below or over the video, in sections.
struct Panel {
    struct Section {
        var title: String
        var lines: [StyledLine]
    }

    let moment: ScreenMoment
    /// Inside of a section.
    static let columns = 34

    /// One below the other; a section that does not fit whole is left out, those after it, too.
    func drawStacked(in area: CellRectangle, on grid: inout Grid, background: Ink = .terminal) {
        let plain = background == .terminal ? Ink.terminal : Tone.coverText
        grid.fill(area, with: Cell(" ", plain, on: background))
        var row = area.row
        for section in sections(columns: area.columns - 2, rows: area.rows) {
            guard row + section.lines.count + 1 <= area.endRow else { break }
            header(section.title, joint: "├", row: row, area.column, area.endColumn, background, on: &grid)
            for (number, line) in section.lines.enumerated() {
                grid[row + 1 + number, area.column] = Cell("│", Tone.quiet, on: background)
                line.draw(
                    on: &grid, row: row + 1 + number, column: area.column + 2, end: area.endColumn,
                    background: background)
            }
            row += section.lines.count + 1
        }
        for rest in row..<max(area.endRow, row) {
            grid[rest, area.column] = Cell("│", Tone.quiet, on: background)
        }
    }

    /// Side by side, as many as there is room for.
    func drawSideBySide(in area: CellRectangle, on grid: inout Grid) {
        grid.fill(area, with: .blank)
        let sections = sections(columns: Self.columns, rows: area.rows)
        let count = max(min(area.columns / (Self.columns + 2), sections.count), 1)
        let width = area.columns / count
        for (number, section) in sections.prefix(count).enumerated() {
            let start = area.column + number * width
            let end = number == count - 1 ? area.endColumn : start + width
            header(
                section.title, joint: number == 0 ? "─" : "┬", row: area.row, start, end, .terminal, on: &grid
            )
            for line in 0..<area.rows - 1 {
                if number > 0 { grid[area.row + 1 + line, start] = Cell("│", Tone.quiet) }
                guard line < section.lines.count else { continue }
                section.lines[line].draw(on: &grid, row: area.row + 1 + line, column: start + 2, end: end)
            }
        }
    }

    private func header(
        _ title: String, joint: Unicode.Scalar, row: Int, _ start: Int, _ end: Int, _ background: Ink,
        on grid: inout Grid
    ) {
        for column in start..<end { grid[row, column] = Cell("─", Tone.quiet, on: background) }
        grid[row, start] = Cell(joint, Tone.quiet, on: background)
        grid.write(
            TerminalText(" \(title) "), row: row, column: start + 1, end: end, Tone.accent, on: background,
            style: .bold)
    }

    // MARK: Sections

    private func sections(columns: Int, rows: Int) -> [Section] {
        let head = [rates(columns), times(columns), frames(columns)]
        let used = head.reduce(0) { $0 + $1.lines.count + 1 }
        let tail = run(columns)
        let room = max(rows - used - tail.lines.count - 2, 3)
        return head + [classes(columns, rows: room), tail]
    }

    private func rates(_ columns: Int) -> Section {
        let snapshot = moment.snapshot
        let empty = RunSnapshot.Rate(now: 0, samples: [])
        let rates = [
            ("capture", snapshot?.capture ?? empty), ("inference", snapshot?.inference ?? empty),
            ("screen", moment.figures.rate),
        ]
        let top = rates.flatMap { $0.1.samples }.max() ?? 0
        let lines = rates.map { name, rate in
            var line = StyledLine(NumberText.left(name, 10), Tone.quiet)
            line.add(NumberText.right(NumberText.fixed(rate.now), 5) + " ")
            line.add(
                Sparkline.text(rate.samples, width: min(columns - 16, RateMeter.seconds), top: top),
                Tone.accent)
            return line
        }
        return Section(title: "per second", lines: lines)
    }

    private func times(_ columns: Int) -> Section {
        let stages = moment.snapshot?.stages
        let rows: [(String, Percentiles?)] = [
            ("wait", stages?.wait), ("letterbox", stages?.prepare), ("network", stages?.network),
            ("select, NMS", stages?.select), ("capture→boxes", stages?.latency),
            ("draw, write", moment.figures.draw), ("capture→screen", moment.figures.captureToScreen),
        ]
        let lines = rows.map { name, value in
            var line = StyledLine(NumberText.left(name, 15), Tone.quiet)
            line.add(NumberText.right(NumberText.fixed(value?.p50), 8))
            line.add(NumberText.right(NumberText.fixed(value?.p95), 8))
            return line
        }
        return Section(title: "milliseconds      p50     p95", lines: lines)
    }

    private func frames(_ columns: Int) -> Section {
        let ledger = moment.snapshot?.ledger ?? Ledger()
        let skipped = ledger.skipped.values.reduce(0, +)
        let dropped = ledger.dropped.values.reduce(0, +)
        func pair(_ line: inout StyledLine, _ name: String, _ value: Int, _ ink: Ink = .terminal) {
            line.add(name + " ", Tone.quiet)
            line.add(NumberText.grouped(value), ink)
        }
        var first = StyledLine()
        pair(&first, "captured", ledger.captured)
        pair(&first, " = inferred", ledger.inferred)
        var second = StyledLine()
        pair(&second, "+ skipped", skipped)
        pair(&second, " + dropped", dropped, dropped > 0 ? Tone.warning : .terminal)
        let flying = ledger.captured - ledger.accounted
        var lines = [first, second]
        var reasons =
            Ledger.DropReason.allCases.compactMap { reason in
                ledger.dropped[reason].map { (reason.rawValue, $0) }
            }
            + Ledger.SkipReason.allCases.compactMap { reason in
                ledger.skipped[reason].map { (reason.rawValue, $0) }
            }
        if flying > 0 { reasons.append(("in flight", flying)) }
        if !reasons.isEmpty {
            var line = StyledLine()
            for (number, reason) in reasons.enumerated() {
                pair(&line, (number > 0 ? "  " : "") + reason.0, reason.1)
            }
            lines.append(line)
        }
        return Section(title: "frames", lines: lines)
    }

    private func classes(_ columns: Int, rows: Int) -> Section {
        var lines = moment.tally.prefix(max(rows, 1)).map { row in
            let label = moment.subject.labels.label(of: row.classIndex)
            let isThere = row.now > 0
            var line = StyledLine("■ ", Ink(ClassStyle(label: label).color))
            let name = TerminalText(label).shortened(to: 11)
            line.add(name, isThere ? .terminal : Tone.quiet)
            line.pad(to: 13)
            line.add(NumberText.right(String(row.now), 3), bold: isThere)
            line.add(NumberText.right(NumberText.grouped(row.total), 8) + " ", Tone.quiet)
            line.add(
                Sparkline.text(row.seconds.suffix(60), width: max(columns - line.width, 0)),
                Ink(ClassStyle(label: label).color))
            return line
        }
        if lines.isEmpty { lines = [StyledLine("nothing yet", Tone.quiet)] }
        return Section(title: "classes      now   total  by s", lines: Array(lines))
    }

    private func run(_ columns: Int) -> Section {
        let subject = moment.subject
        func pair(_ name: String, _ value: String) -> StyledLine {
            var line = StyledLine(NumberText.left(name, 7), Tone.quiet)
            line.add(TerminalText(value).shortened(to: columns - 7), .terminal)
            return line
        }
        return Section(
            title: "run",
            lines: [
                pair("model", "\(subject.model), \(subject.threads) threads"),
                pair("source", subject.source.spec),
                pair("log", subject.log ?? "none"),
            ])
    }
}
