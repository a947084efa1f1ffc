import Frames
import Testing

@testable import Screen

private let area = CellRectangle(row: 1, column: 2, rows: 36, columns: 128)

private func place(_ detections: [Detection], with placer: inout BoxPlacer) -> [PlacedBox] {
    placer.place(detections, labels: .coco, frameWidth: 1280, frameHeight: 720, in: area)
}

@Test func aBoxCoversTheCellsOfItsPixels() {
    var placer = BoxPlacer()
    // 10 px a column, 20 px a row.
    let boxes = place([found(0, 0.87, 100, 100, 395, 590)], with: &placer)
    #expect(boxes[0].cells == CellRectangle(row: 6, column: 12, rows: 25, columns: 30))
    #expect(boxes[0].tag?.text.string == " person 87 ")
    #expect(boxes[0].tag?.place == .edge)
    #expect(boxes[0].tag?.row == 6 && boxes[0].tag?.column == 13)
}

@Test func strangeBoxesStayInThePicture() {
    var placer = BoxPlacer()
    let boxes = place(
        [
            found(0, 0.9, -500, -500, 9999, 9999), found(0, 0.8, .nan, .nan, .nan, .nan),
            found(500, 0.7, 600, 300, 500, 200), found(-1, .nan, .infinity, 0, -.infinity, 720),
        ], with: &placer)
    for box in boxes {
        #expect(area.contains(box.cells) && !box.cells.isEmpty)
        if let tag = box.tag { #expect(area.contains(tag.cells)) }
    }
}

@Test func aNameNeverCoversAName() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed", seed)
    var dice = Dice(seed: seed)
    var placer = BoxPlacer()
    var named = 0
    for _ in 0..<200 {
        let detections = (0..<Int.random(in: 0...40, using: &dice)).map { _ in
            let x = Float.random(in: 0...1200, using: &dice)
            let y = Float.random(in: 0...700, using: &dice)
            return found(
                Int.random(in: 0..<90, using: &dice), Float.random(in: 0.1...1, using: &dice), x, y,
                x + Float.random(in: 1...400, using: &dice), y + Float.random(in: 1...400, using: &dice))
        }
        let tags = place(detections, with: &placer).compactMap { $0.tag?.cells }
        named += tags.count
        for (index, tag) in tags.enumerated() {
            #expect(area.contains(tag), "seed \(seed)")
            for other in tags[..<index] { #expect(!tag.overlaps(other), "seed \(seed)") }
        }
    }
    #expect(named > 1000)
}

@Test func aBoxThatTremblesStandsStill() {
    var placer = BoxPlacer()
    // Around the border of two cells, by a few pixels.
    let first = place([found(0, 0.8, 100, 200, 300, 500)], with: &placer)
    for offset: Float in [-2, 1, -2, 2, -1, 0] {
        let next = place(
            [found(0, 0.8, 100 + offset, 200 - offset, 300 - offset, 500 + offset)], with: &placer)
        #expect(next[0].cells == first[0].cells)
        #expect(next[0].tag == first[0].tag)
    }
    let moved = place([found(0, 0.8, 130, 200, 330, 500)], with: &placer)
    #expect(moved[0].cells.column == first[0].cells.column + 3)
}

@Test func aNewcomerMovesNobodysName() {
    var placer = BoxPlacer()
    let old = place([found(0, 0.6, 300, 200, 500, 600)], with: &placer)
    let both = place([found(2, 0.9, 310, 205, 520, 610), found(0, 0.6, 300, 200, 500, 600)], with: &placer)
    #expect(both[1].tag == old[0].tag)
    #expect(both[0].tag != nil && both[0].tag?.place != .edge)
}

@Test func whereThereIsNoRoomANameIsShorterOrLeftOut() {
    var placer = BoxPlacer()
    let small = CellRectangle(row: 0, column: 0, rows: 3, columns: 8)
    let boxes = placer.place(
        (0..<9).map { _ in found(2, 0.93, 0, 0, 1280, 720) }, labels: .coco, frameWidth: 1280,
        frameHeight: 720,
        in: small)
    #expect(boxes[0].tag?.text.string == " car 93 " || boxes[0].tag?.text.string == "93")
    #expect(boxes.contains { $0.tag == nil })
}

@Test func classesLookTheSameInEveryRunAndApart() {
    #expect(ClassStyle(label: "person") == ClassStyle(label: "person"))
    let common = ["person", "car", "bicycle", "motorcycle", "bus", "truck", "dog", "cat", "bird"]
    let styles = common.map(ClassStyle.init)
    #expect(Set(styles.map(\.color)).count == common.count)
    // Known once and for all: logs, pictures and screens agree.
    #expect(ClassStyle(label: "zebra") == ClassStyle(label: "zebra"))
    for label in LabelSet.coco.names where !label.isEmpty {
        let color = ClassStyle(label: label).color
        #expect(color.contrast(with: color.textColor) >= 4.5, "\(label)")
        let dim = color.mixed(with: RGB(96, 96, 96), share: 150)
        #expect(dim.contrast(with: dim.textColor) >= 4.5, "\(label), dim")
    }
}
