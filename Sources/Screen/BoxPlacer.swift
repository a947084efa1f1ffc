import Frames

/// A detection where it is drawn.
struct PlacedBox: Sendable, Hashable {
    var detection: Detection
    var label: String
    /// The cells that its edges run through.
    var cells: CellRectangle
    var tag: PlacedTag?
}

/// A box's name on the screen.
struct PlacedTag: Sendable, Hashable {
    enum Place: Int, Sendable, Hashable, CaseIterable {
        case edge, inside, above, below, right, left
    }

    var place: Place
    var text: TerminalText
    var row: Int
    var column: Int

    var cells: CellRectangle { CellRectangle(row: row, column: column, rows: 1, columns: text.width) }
}

/// Turns detections into boxes and names in cells. Remembers the last frame's, so that what moves less than
/// a cell does not flicker between two.
struct BoxPlacer: Sendable {
    private var last: [PlacedBox] = []

    /// - Parameters:
    ///   - detections: best score first, in pixels of a frame of `width` × `height`.
    ///   - area: the cells that the frame covers.
    mutating func place(
        _ detections: [Detection], labels: LabelSet, frameWidth width: Int, frameHeight height: Int,
        in area: CellRectangle
    ) -> [PlacedBox] {
        guard !area.isEmpty, width > 0, height > 0 else { return [] }
        var before = last
        var partners: [PlacedBox?] = []
        var boxes: [PlacedBox] = []
        for detection in detections {
            let partner = Self.takePartner(of: detection, from: &before)
            boxes.append(
                PlacedBox(
                    detection: detection, label: labels.label(of: detection.classIndex),
                    cells: Self.cells(of: detection.box, width, height, in: area, near: partner?.cells)))
            partners.append(partner)
        }
        placeTags(&boxes, partners: partners, in: area)
        last = boxes
        return boxes
    }

    /// The last frame's box of the same class that overlaps most, at least by IoU 0.3.
    private static func takePartner(of detection: Detection, from boxes: inout [PlacedBox]) -> PlacedBox? {
        var best: (index: Int, iou: Float)?
        for (index, box) in boxes.enumerated() where box.detection.classIndex == detection.classIndex {
            let iou = box.detection.box.iou(with: detection.box)
            if iou >= 0.3, iou > best?.iou ?? 0 { best = (index, iou) }
        }
        return best.map { boxes.remove(at: $0.index) }
    }

    /// Edges stay in last frame's cell until they are clearly out of it.
    private static func cells(
        of box: Box, _ width: Int, _ height: Int, in area: CellRectangle, near last: CellRectangle?
    ) -> CellRectangle {
        func edge(_ value: Float, _ size: Int, _ start: Int, _ count: Int, _ before: Int?) -> Int {
            let share = Double(value) / Double(size)
            let at = (share.isFinite ? min(max(share, 0), 1) : 0) * Double(count)
            if let before, abs(at - (Double(before - start) + 0.5)) < 0.8, before - start < count,
                before >= start
            {
                return before
            }
            return start + min(Int(at), count - 1)
        }
        let left = edge(box.x1, width, area.column, area.columns, last?.column)
        let right = edge(box.x2, width, area.column, area.columns, last.map { $0.endColumn - 1 })
        let top = edge(box.y1, height, area.row, area.rows, last?.row)
        let bottom = edge(box.y2, height, area.row, area.rows, last.map { $0.endRow - 1 })
        return CellRectangle(
            row: top, column: left, rows: max(bottom - top, 0) + 1, columns: max(right - left, 0) + 1)
    }

    /// Who had a place keeps it, then the rest choose, best score first; so a newcomer never moves a name.
    private func placeTags(_ boxes: inout [PlacedBox], partners: [PlacedBox?], in area: CellRectangle) {
        var taken: [CellRectangle] = []
        func fits(_ tag: PlacedTag) -> Bool {
            area.contains(tag.cells) && !taken.contains { $0.overlaps(tag.cells.widened(by: 1)) }
        }
        for index in boxes.indices {
            guard let old = partners[index]?.tag else { continue }
            let longest = Self.texts(for: boxes[index])[0]
            let tag = Self.tag(longest, at: old.place, of: boxes[index].cells)
            guard fits(tag) else { continue }
            boxes[index].tag = tag
            taken.append(tag.cells)
        }
        for index in boxes.indices where boxes[index].tag == nil {
            let cells = boxes[index].cells
            let tags = Self.texts(for: boxes[index]).flatMap { text in
                PlacedTag.Place.allCases.map { Self.tag(text, at: $0, of: cells) }
            }
            guard let tag = tags.first(where: fits) else { continue }
            boxes[index].tag = tag
            taken.append(tag.cells)
        }
    }

    /// From the full name to the shortest.
    private static func texts(for box: PlacedBox) -> [TerminalText] {
        let share = box.detection.score
        let score = share.isFinite ? Int((min(max(share, 0), 1) * 100).rounded()) : 0
        let name = TerminalText(box.label)
        var texts = [TerminalText(" \(box.label) \(score) ")]
        if name.width > 3 { texts.append(TerminalText(" \(box.label.prefix(3)) \(score) ")) }
        texts.append(TerminalText("\(score)"))
        return texts
    }

    private static func tag(_ text: TerminalText, at place: PlacedTag.Place, of box: CellRectangle)
        -> PlacedTag
    {
        let (row, column): (Int, Int) =
            switch place {
            case .edge: (box.row, box.column + 1)
            case .inside: (box.row + 1, box.column + 1)
            case .above: (box.row - 1, box.column)
            case .below: (box.endRow, box.column)
            case .right: (box.row, box.endColumn)
            case .left: (box.row, box.column - text.width)
            }
        return PlacedTag(place: place, text: text, row: row, column: column)
    }
}
