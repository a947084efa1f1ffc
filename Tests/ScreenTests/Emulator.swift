@testable import Screen

/// A terminal of the smallest kind: understands what ECMA-48 says of the sequences that are sent, and notes
/// everything else as an error.
struct Emulator {
    struct Place: Hashable {
        var glyph: Unicode.Scalar = " "
        var foreground = "default"
        var background = "default"
        var isBold = false
        var isReverse = false
        /// Right half of a wide glyph.
        var isTail = false
    }

    let columns: Int
    let rows: Int
    private(set) var places: [Place]
    private(set) var errors: [String] = []
    private(set) var isSynchronised = false
    private(set) var updates = 0
    private var row = 0
    private var column = 0
    private var pen = Place()

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        places = Array(repeating: Place(), count: columns * rows)
    }

    subscript(row: Int, column: Int) -> Place { places[row * columns + column] }

    mutating func feed(_ bytes: [UInt8]) {
        var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "\u{1B}" else {
                put(scalar)
                continue
            }
            guard scalars.popFirst() == "[" else {
                errors.append("an escape without [")
                continue
            }
            var parameters = ""
            var final: Unicode.Scalar?
            while let next = scalars.popFirst() {
                if (0x40...0x7E).contains(next.value) {
                    final = next
                    break
                }
                parameters.unicodeScalars.append(next)
            }
            obey(parameters, final)
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        guard scalar.value >= 0x20, !(0x7F...0x9F).contains(scalar.value) else {
            errors.append("control \(scalar.value)")
            return
        }
        let width = TerminalText(String(scalar)).width
        guard row < rows, column + width <= columns else {
            errors.append("writes beyond the edge at \(row), \(column)")
            return
        }
        let at = row * columns + column
        // Real terminals blank the other half of a wide glyph that is cut.
        if places[at].isTail { places[at - 1].glyph = " " }
        let after = at + width
        if after < (row + 1) * columns, places[after].isTail {
            places[after].isTail = false
            places[after].glyph = " "
        }
        places[at] = pen
        places[at].glyph = scalar
        if width == 2 {
            places[at + 1] = pen
            places[at + 1].isTail = true
        }
        column += width
    }

    private mutating func obey(_ parameters: String, _ final: Unicode.Scalar?) {
        let numbers = parameters.split(separator: ";").compactMap { Int($0) }
        switch final {
        case "H":
            guard numbers.count == 2, (1...rows).contains(numbers[0]), (1...columns).contains(numbers[1])
            else {
                return errors.append("moves to \(parameters)")
            }
            (row, column) = (numbers[0] - 1, numbers[1] - 1)
        case "C": column += numbers.first ?? 1
        case "h" where parameters == "?2026": isSynchronised = true
        case "l" where parameters == "?2026":
            isSynchronised = false
            updates += 1
        case "m": paint(numbers)
        default: errors.append("unknown sequence \(parameters)\(final.map(String.init) ?? "")")
        }
    }

    private mutating func paint(_ numbers: [Int]) {
        var rest = numbers[...]
        while let number = rest.popFirst() {
            switch number {
            case 0: pen = Place()
            case 1: pen.isBold = true
            case 7: pen.isReverse = true
            case 30...37, 90...97: pen.foreground = "basic \(number % 10 + (number >= 90 ? 8 : 0))"
            case 40...47, 100...107: pen.background = "basic \(number % 10 + (number >= 100 ? 8 : 0))"
            case 39: pen.foreground = "default"
            case 49: pen.background = "default"
            case 38, 48:
                let kind = rest.popFirst()
                let count = kind == 2 ? 3 : 1
                let name = rest.prefix(count).map(String.init).joined(separator: ",")
                rest = rest.dropFirst(count)
                if number == 38 { pen.foreground = name } else { pen.background = name }
            default: errors.append("unknown attribute \(number)")
            }
        }
    }

    /// What differs from `grid`; empty: the terminal shows it.
    func differences(from grid: Grid) -> [String] {
        var found = errors
        for row in 0..<rows {
            for column in 0..<columns {
                let (cell, place) = (grid[row, column], self[row, column])
                let isTail = cell.glyph == Cell.continuation
                if isTail != place.isTail || !isTail && place.glyph != cell.glyph {
                    found.append("\(row),\(column): \(place.glyph) instead of \(cell.glyph)")
                }
                // Nobody sees the ink of a space.
                let isBlank = cell.glyph == " " && !cell.style.contains(.reverse)
                if !isTail, !isBlank, place.foreground != Self.name(of: cell.foreground) {
                    found.append(
                        "\(row),\(column): ink \(place.foreground), not \(Self.name(of: cell.foreground))")
                }
                if !isTail, place.background != Self.name(of: cell.background) {
                    found.append(
                        "\(row),\(column): back \(place.background), not \(Self.name(of: cell.background))")
                }
            }
        }
        return found
    }

    private static func name(of ink: Ink) -> String {
        switch ink.kind {
        case .terminal: "default"
        case .basic: "basic \(ink.index)"
        case .indexed: "\(ink.index)"
        case .rgb: ink.color.map { "\($0.red),\($0.green),\($0.blue)" } ?? ""
        }
    }
}
