import Frames
import Pipeline

/// The row above and the row below the video.
struct StatusRows {
    let moment: ScreenMoment

    /// A part of a row; where there is no room, the part with the highest number goes first.
    private struct Part {
        var rank: Int
        var line: StyledLine
    }

    func drawTitle(on grid: inout Grid) {
        let left = fitted(titleParts, columns: grid.columns - 2, gap: 2)
        left.draw(on: &grid, row: 0, column: 1, end: grid.columns - 1)
    }

    func drawStatus(on grid: inout Grid) {
        let line = fitted(statusParts, columns: grid.columns - 2, gap: 3)
        line.draw(on: &grid, row: grid.rows - 1, column: 1, end: grid.columns - 1)
    }

    // MARK: Title

    private var titleParts: [Part] {
        let (subject, view) = (moment.subject, moment.view)
        let source = subject.source
        var parts = [Part(rank: 0, line: StyledLine(source.name, bold: true)), Part(rank: 1, line: state)]
        var size = "\(moment.frameWidth)×\(moment.frameHeight) \(source.encoding)"
        if let rate = source.rate, rate.denominator > 0 {
            let value = Double(rate.numerator) / Double(rate.denominator)
            size += " \(NumberText.fixed(value, places: value == value.rounded() ? 0 : 2))/s"
        }
        parts.insert(Part(rank: 4, line: StyledLine(size, Tone.quiet)), at: 1)
        parts.append(Part(rank: 3, line: StyledLine(subject.model, Tone.accent)))
        parts.append(
            Part(rank: 2, line: StyledLine("score ≥ \(NumberText.fixed(Double(view.threshold), places: 2))")))
        let threads = "\(subject.threads) thread\(subject.threads == 1 ? "" : "s")"
        parts.append(Part(rank: 6, line: StyledLine(threads, Tone.quiet)))
        if moment.figures.isSlow {
            var line = StyledLine("slow terminal ", Tone.warning, bold: true)
            line.add("\(NumberText.fixed(moment.figures.rate.now, places: 0))/s", Tone.warning)
            parts.append(Part(rank: 2, line: line))
        }
        if subject.log != nil {
            var line = StyledLine("● ", Tone.good)
            line.add("log")
            parts.append(Part(rank: 5, line: line))
        }
        return parts
    }

    /// Where in the source we are and whether it moves.
    private var state: StyledLine {
        let source = moment.subject.source
        let at = NumberText.clock(seconds: Int(moment.time?.seconds ?? 0))
        var line: StyledLine
        if moment.view.isPaused {
            line = StyledLine("‖ paused", Tone.warning, bold: true)
        } else if moment.snapshot?.isFinished == true {
            line = StyledLine("■ end", Tone.quiet, bold: true)
        } else if source.isLive {
            line = StyledLine("● live", Tone.bad, bold: true)
        } else {
            line = StyledLine("▶", Tone.good, bold: true)
        }
        line.add(" \(at)")
        // A file that is looped has left its length behind.
        if let duration = source.duration, !source.isLive, moment.time.map({ $0 <= duration }) ?? true {
            line.add("/\(NumberText.clock(seconds: Int(duration.seconds.rounded(.up))))", Tone.quiet)
        }
        return line
    }

    // MARK: Status

    private var statusParts: [Part] {
        var parts: [Part] = []
        let snapshot = moment.snapshot
        var rates = StyledLine("cap ", Tone.quiet)
        rates.add(NumberText.fixed(snapshot?.capture.now))
        rates.add(" inf ", Tone.quiet)
        rates.add(NumberText.fixed(snapshot?.inference.now))
        rates.add(" scr ", Tone.quiet)
        rates.add(NumberText.fixed(moment.figures.rate.now))
        rates.add("/s", Tone.quiet)
        parts.append(Part(rank: 1, line: rates))
        let latency = moment.figures.captureToScreen ?? snapshot?.stages.latency
        if let latency {
            var line = StyledLine(NumberText.fixed(latency.p50, places: 0))
            line.add("/", Tone.quiet)
            line.add(NumberText.fixed(latency.p95, places: 0))
            line.add(" ms", Tone.quiet)
            parts.append(Part(rank: 2, line: line))
        }
        if let ledger = snapshot?.ledger {
            let dropped = ledger.dropped.values.reduce(0, +)
            let share = ledger.captured > 0 ? 100 * Double(dropped) / Double(ledger.captured) : 0
            var line = StyledLine("drop ", Tone.quiet)
            let text = NumberText.fixed(share, places: share > 0 && share < 10 ? 1 : 0)
            line.add(dropped > 0 && share < 0.05 ? "<0.1" : text, dropped > 0 ? Tone.warning : .terminal)
            line.add(" %", Tone.quiet)
            parts.append(Part(rank: 3, line: line))
        }
        parts.append(Part(rank: 0, line: classes))
        parts.append(Part(rank: 4, line: StyledLine("? keys", Tone.quiet)))
        return parts
    }

    private var classes: StyledLine {
        let rows = moment.tally.filter { $0.now > 0 }
        guard !rows.isEmpty else { return StyledLine("nothing", Tone.quiet) }
        var line = StyledLine()
        for (number, row) in rows.prefix(3).enumerated() {
            let label = moment.subject.labels.label(of: row.classIndex)
            line.add((number > 0 ? " " : "") + label + " ", Ink(ClassStyle(label: label).color))
            line.add(String(row.now), bold: true)
        }
        if rows.count > 3 { line.add(" …", Tone.quiet) }
        return line
    }

    // MARK: Fitting

    /// As many parts as there is room for, in their order.
    private func fitted(_ parts: [Part], columns: Int, gap: Int) -> StyledLine {
        var parts = parts
        func width() -> Int { parts.reduce(0) { $0 + $1.line.width } + gap * max(parts.count - 1, 0) }
        while width() > columns, parts.count > 1,
            let last = parts.indices.max(by: { parts[$0].rank < parts[$1].rank })
        {
            parts.remove(at: last)
        }
        var line = StyledLine()
        for (number, part) in parts.enumerated() {
            if number > 0 { line.add(gap == 3 ? " │ " : "  ", Tone.quiet) }
            line.append(part.line)
        }
        return line
    }
}
