/// Text that is safe to show: from sources, labels and file names come no controls, only glyphs of one or
/// two cells. Everything else is replaced by `?`, marks without a width are left out.
struct TerminalText: Sendable, Hashable, ExpressibleByStringInterpolation {
    struct Glyph: Sendable, Hashable {
        var scalar: Unicode.Scalar
        /// Cells: 1 or 2.
        var width: Int
    }

    private(set) var glyphs: [Glyph] = []

    init(_ text: String) {
        glyphs.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch Self.width(of: scalar) {
            case 0: continue
            case let width?: glyphs.append(Glyph(scalar: scalar, width: width))
            case nil: glyphs.append(Glyph(scalar: "?", width: 1))
            }
        }
    }

    init(stringLiteral text: String) { self.init(text) }

    private init(glyphs: [Glyph]) { self.glyphs = glyphs }

    var string: String {
        var text = ""
        for glyph in glyphs { text.unicodeScalars.append(glyph.scalar) }
        return text
    }

    /// Cells.
    var width: Int { glyphs.reduce(0) { $0 + $1.width } }

    /// At most `width` cells; where something is cut, the last one is `…`.
    func shortened(to width: Int) -> TerminalText {
        guard self.width > width else { return self }
        guard width > 0 else { return TerminalText("") }
        var kept: [Glyph] = []
        var used = 0
        for glyph in glyphs where used + glyph.width <= width - 1 {
            kept.append(glyph)
            used += glyph.width
        }
        kept.append(Glyph(scalar: "…", width: 1))
        return TerminalText(glyphs: kept)
    }

    /// Nil where the terminal would act on it or nobody knows how wide it is.
    private static func width(of scalar: Unicode.Scalar) -> Int? {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F ? 1 : nil }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        // Controls, directions, joiners, line ends, private and unassigned code points.
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            return nil
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    /// The blocks that Unicode's East Asian Width (UAX #11) calls wide, and pictographs.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
            return true
        default: return false
        }
    }
}
