import Testing

@testable import Screen

@Test func theUsualTerminalShowsThePictureAlone() throws {
    let layout = try #require(
        Layout(columns: 80, rows: 24, sourceAspect: 16.0 / 9, cellAspect: 0.5, showsPanel: nil))
    #expect(layout.picture == CellRectangle(row: 1, column: 1, rows: 22, columns: 78))
    #expect(layout.panel == .hidden)
}

@Test func aLargeTerminalHasThePanelAtTheRightAndTheTimelineBelow() throws {
    let layout = try #require(
        Layout(columns: 200, rows: 60, sourceAspect: 16.0 / 9, cellAspect: 0.5, showsPanel: nil))
    #expect(layout.picture == CellRectangle(row: 1, column: 0, rows: 46, columns: 164))
    #expect(layout.panel == .right(CellRectangle(row: 1, column: 164, rows: 58, columns: 36)))
    #expect(layout.strip == CellRectangle(row: 47, column: 0, rows: 12, columns: 164))
}

@Test func whatTheLetterboxLeavesIsThePanels() throws {
    let tall = try #require(
        Layout(columns: 80, rows: 24, sourceAspect: 9.0 / 16, cellAspect: 0.5, showsPanel: nil))
    #expect(tall.picture.rows == 22 && tall.picture.columns == 25)
    guard case .right(let right) = tall.panel else { return #expect(Bool(false), "\(tall.panel)") }
    #expect(right.columns >= Layout.panelColumns && tall.picture.endColumn <= right.column)
    let wide = try #require(
        Layout(columns: 80, rows: 50, sourceAspect: 16.0 / 9, cellAspect: 0.5, showsPanel: nil))
    guard case .below(let below) = wide.panel else { return #expect(Bool(false), "\(wide.panel)") }
    #expect(below.row == wide.picture.endRow && below.rows >= Layout.panelRows)
}

@Test func theWishForThePanelDecides() throws {
    let asked = try #require(
        Layout(columns: 80, rows: 24, sourceAspect: 16.0 / 9, cellAspect: 0.5, showsPanel: true))
    #expect(asked.panel == .overlay(CellRectangle(row: 1, column: 44, rows: 22, columns: 36)))
    #expect(asked.picture.columns == 78)
    let refused = try #require(
        Layout(columns: 200, rows: 60, sourceAspect: 16.0 / 9, cellAspect: 0.5, showsPanel: false))
    #expect(refused.panel == .hidden && refused.strip == nil && refused.picture.columns == 200)
}

@Test func everythingStaysOnTheScreenAndApart() {
    for columns in stride(from: 1, through: 260, by: 7) {
        for rows in stride(from: 1, through: 90, by: 3) {
            for aspect in [0.05, 0.56, 1, 1.78, 2.4, 40, .nan, .infinity] {
                for wish in [nil, true, false] {
                    let layout = Layout(
                        columns: columns, rows: rows, sourceAspect: aspect, cellAspect: 0.5, showsPanel: wish)
                    guard let layout else {
                        if columns >= 20, rows >= 6 { Issue.record("no layout for \(columns)×\(rows)") }
                        continue
                    }
                    if !isSound(layout) { Issue.record("\(layout)") }
                }
            }
        }
    }
}

private func isSound(_ layout: Layout) -> Bool {
    let inner = CellRectangle(row: 1, column: 0, rows: layout.rows - 2, columns: layout.columns)
    var areas = [layout.picture]
    switch layout.panel {
    case .hidden: break
    case .right(let area), .below(let area): areas.append(area)
    case .overlay(let area): guard inner.contains(area) else { return false }
    }
    if let strip = layout.strip { areas.append(strip) }
    return areas.indices.allSatisfy { index in
        !areas[index].isEmpty && inner.contains(areas[index])
            && !areas[..<index].contains { $0.overlaps(areas[index]) }
    }
}

@Test func squareCellsMakeWiderPictures() throws {
    let layout = try #require(
        Layout(columns: 80, rows: 24, sourceAspect: 1, cellAspect: 1, showsPanel: false))
    #expect(layout.picture.rows == 22 && layout.picture.columns == 22)
}
