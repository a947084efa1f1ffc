import Foundation
import Frames
import Pipeline
import Testing

@testable import Screen

/// A street of two colours, two people and a car: what the screens of these tests show.
private func street(_ view: ViewState, isLive: Bool = true) -> ScreenMoment {
    var ledger = Ledger()
    for _ in 0..<9036 { ledger.capture() }
    for _ in 0..<3554 { ledger.infer() }
    ledger.drop(.slow, count: 5475)
    ledger.drop(.decode, count: 5)
    let rates = { (now: Double) in
        RunSnapshot.Rate(now: now, samples: (0..<18).map { now * Double(30 + $0 % 5) / 34 })
    }
    let percentiles = { (p50: Double) in Percentiles(p50: p50, p95: p50 * 1.4) }
    var moment = ScreenMoment(
        subject: ScreenSubject(
            source: door(isLive: isLive), labels: .coco, model: "lite0 fp32 320", threads: 2,
            log: "door.jsonl"),
        view: view,
        snapshot: RunSnapshot(
            elapsed: .seconds(304), ledger: ledger, capture: rates(30), inference: rates(11.8),
            stages: .init(
                wait: percentiles(1.8), prepare: percentiles(1.9), network: percentiles(81),
                select: percentiles(0.8), latency: percentiles(86)),
            classesNow: [:], classesTotal: [:], captureTime: nil, resultTime: nil, isPaused: false,
            isFinished: false),
        time: Timestamp(nanoseconds: 304_033_000_000), frameWidth: 1280, frameHeight: 720,
        detections: [
            found(2, 0.93, 760, 400, 1130, 650), found(0, 0.87, 200, 150, 380, 640),
            found(0, 0.71, 440, 210, 590, 560), found(17, 0.42, 900, 600, 1000, 690),
        ])
    moment.figures = ScreenMoment.Figures(
        rate: rates(24), draw: percentiles(6.1), captureToScreen: percentiles(96), isSlow: false)
    var tally = ClassTally()
    for second in 0..<300 {
        let crowd = (0..<(second / 20 % 4)).map {
            found(0, 0.9, Float($0 * 100), 0, Float($0 * 100 + 50), 50)
        }
        tally.record(crowd + (second % 90 < 40 ? [found(2, 0.9, 800, 300, 900, 400)] : []), elapsed: second)
    }
    tally.record(moment.detections, elapsed: 300)
    moment.tally = tally.rows(elapsed: 304)
    return moment
}

private func view(_ picture: PictureSet = .half, _ depth: ColorDepth = .full, ascii: Bool = false)
    -> ViewState
{
    ViewState(threshold: 0.4, picture: picture, depth: depth, ascii: ascii)
}

private func compose(_ moment: ScreenMoment, columns: Int, rows: Int) -> Grid {
    var moment = moment
    let layout = Composer.layout(moment, columns: columns, rows: rows, cellAspect: 0.5)
    if let layout {
        let (width, height) = (layout.picture.columns, layout.picture.rows * 2)
        moment.samples = SampleGrid(
            width: width, height: height,
            colors: (0..<width * height).map {
                let (x, y) = ($0 % width, $0 / width)
                return y < height / 2
                    ? RGB(UInt8(x * 255 / width), 120, 200) : RGB(60, 60, UInt8(y * 200 / height))
            })
    }
    var composer = Composer()
    return composer.compose(moment, layout: layout, columns: columns, rows: rows)
}

/// What a reader of a fixture sees: the video's half blocks are `░`, spaces at the ends are cut.
private func text(_ grid: Grid) -> String {
    (0..<grid.rows).map { row in
        var line = ""
        for column in 0..<grid.columns {
            let cell = grid[row, column]
            guard cell.glyph != Cell.continuation else { continue }
            let isVideo = cell.style.contains(.picture) && (cell.glyph == "▀" || cell.glyph == " ")
            line.unicodeScalars.append(isVideo ? "░" : cell.glyph)
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }.joined()
}

/// Compares with a file; `VEDETTE_WRITE_FIXTURES=1` writes it instead.
private func check(_ grid: Grid, _ name: String) throws {
    let file = fixtures.appending(path: name + ".txt")
    if ProcessInfo.processInfo.environment["VEDETTE_WRITE_FIXTURES"] == "1" {
        try FileManager.default.createDirectory(at: fixtures, withIntermediateDirectories: true)
        try Data(text(grid).utf8).write(to: file)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text(grid) == expected, "\(name):\n\(text(grid))")
}

@Test func theScreenAt80By24() throws {
    try check(compose(street(view()), columns: 80, rows: 24), "live-80x24")
}

@Test func theScreenAt200By60() throws {
    try check(compose(street(view()), columns: 200, rows: 60), "live-200x60")
}

@Test func thePanelOverAndTheHelp() throws {
    var asked = view()
    asked.panel = true
    try check(compose(street(asked), columns: 80, rows: 24), "panel-80x24")
    asked.panel = nil
    asked.showsHelp = true
    try check(compose(street(asked, isLive: false), columns: 80, rows: 24), "help-80x24")
}

@Test func thePanelBelowATallTerminal() throws {
    try check(compose(street(view()), columns: 100, rows: 50), "below-100x50")
}

@Test func sevenBitsAreEnough() throws {
    let grid = compose(street(view(.ascii, .mono, ascii: true)), columns: 80, rows: 24)
    #expect(grid.cells.allSatisfy { $0.glyph.isASCII })
    #expect(grid.cells.allSatisfy { $0.foreground == .terminal && $0.background == .terminal })
    try check(grid, "ascii-80x24")
}

@Test func belowTheMinimumOnlyCountsAreShown() {
    let grid = compose(street(view()), columns: 19, rows: 3)
    #expect(text(grid) == "2 person\n1 car\n1 dog\n")
}

@Test(arguments: ColorDepth.allCases)
func everyDepthUsesItsOwnInks(depth: ColorDepth) {
    let grid = compose(street(view(.half, depth)), columns: 80, rows: 24)
    let kinds = Set(grid.cells.flatMap { [$0.foreground.kind, $0.background.kind] })
    let allowed: Ink.Kind =
        switch depth {
        case .full: .rgb
        case .indexed256: .indexed
        case .basic16, .basic8: .basic
        case .mono: .terminal
        }
    #expect(kinds.isSubset(of: [allowed, .terminal]))
    if depth == .basic8 {
        #expect(grid.cells.allSatisfy { $0.foreground.index < 8 && $0.background.index < 8 })
    }
}

@Test func everySizeComposes() {
    for columns in [1, 5, 19, 20, 21, 33, 79, 116, 130, 300] {
        for rows in [1, 2, 5, 6, 7, 13, 25, 100] {
            var asked = view()
            for wish in [nil, true, false] {
                asked.panel = wish
                asked.showsHelp = wish == true
                let grid = compose(street(asked), columns: columns, rows: rows)
                #expect(grid.columns == columns && grid.rows == rows)
            }
        }
    }
}

@Test func oldBoxesAreDim() {
    var moment = street(view())
    let fresh = compose(moment, columns: 80, rows: 24)
    moment.isStale = true
    let stale = compose(moment, columns: 80, rows: 24)
    let changed = zip(fresh.cells, stale.cells).filter { $0 != $1 }
    #expect(changed.count > 50)
    #expect(zip(fresh.cells, stale.cells).allSatisfy { $0.glyph == $1.glyph })
}

@Test func hostileNamesReachNoCell() {
    var moment = street(view())
    moment.subject.source.name = "\u{1B}]0;x\u{7}"
    moment.subject.source.encoding = "\r\n"
    moment.subject.log = "\u{9B}2J"
    moment.subject.labels = LabelSet(name: "evil", names: Array(repeating: "\u{1B}[2J\u{8}", count: 91))
    for cell in compose(moment, columns: 200, rows: 60).cells where cell.glyph != Cell.continuation {
        #expect(cell.glyph.value >= 0x20 && !(0x7F...0x9F).contains(cell.glyph.value))
    }
}
