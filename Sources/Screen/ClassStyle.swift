/// How the boxes of a class look: colour and line together, so that colour is never the only sign. Fixed by
/// the label's text, equal in every run.
struct ClassStyle: Sendable, Hashable {
    var color: RGB
    var line: LineStyle

    init(label: String) {
        let code = Self.common[label] ?? Int(Self.hash(label) % UInt64(Self.colors.count * 4))
        color = Self.colors[code % Self.colors.count]
        line = LineStyle.allCases[code / Self.colors.count % LineStyle.allCases.count]
    }

    /// Bright enough to stand out on video, apart in hue; the first are told apart with any colour vision
    /// (after M. Okabe and K. Ito, "Color Universal Design", 2008).
    private static let colors: [RGB] = [
        0xFFB000, 0x56B4E9, 0x2BD49A, 0xF0E442, 0xFF6E40, 0xF08BD0, 0x8C9EFF, 0xA6E22E, 0x22D3EE, 0xFF8FA3,
        0xD7B98E,
    ].map { RGB(hex: $0) }

    /// What streets and rooms are full of must not share a colour by chance: place in `colors`, plus 11 for
    /// each step of line style.
    private static let common: [String: Int] = [
        "person": 0 + 11, "car": 1 + 22, "bicycle": 2, "motorcycle": 4 + 11, "bus": 3 + 22, "truck": 6 + 22,
        "dog": 5, "cat": 7, "bird": 8, "chair": 10, "bottle": 9, "cell phone": 8 + 33, "laptop": 6 + 33,
        "traffic light": 7 + 33, "backpack": 9 + 33, "handbag": 5 + 33, "train": 4 + 22, "boat": 8 + 22,
    ]

    /// FNV-1a, 64 bits: the same on every machine, unlike `Hasher`.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

enum LineStyle: Int, Sendable, Hashable, CaseIterable {
    case light, heavy, double, dashed

    struct Glyphs: Sendable, Hashable {
        var horizontal: Unicode.Scalar
        var vertical: Unicode.Scalar
        var topLeft: Unicode.Scalar
        var topRight: Unicode.Scalar
        var bottomLeft: Unicode.Scalar
        var bottomRight: Unicode.Scalar
    }

    var glyphs: Glyphs {
        let text =
            switch self {
            case .light: "─│┌┐└┘"
            case .heavy: "━┃┏┓┗┛"
            case .double: "═║╔╗╚╝"
            case .dashed: "╍╏┏┓┗┛"
            }
        let all = Array(text.unicodeScalars)
        return Glyphs(
            horizontal: all[0], vertical: all[1], topLeft: all[2], topRight: all[3], bottomLeft: all[4],
            bottomRight: all[5])
    }
}

extension RGB {
    /// Black or white, whichever stands out more on this colour: at least 4.5 to 1.
    var textColor: RGB { contrast(with: .black) >= contrast(with: .white) ? .black : .white }

    /// WCAG 2 contrast ratio, 1...21.
    func contrast(with other: RGB) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// Relative luminance of sRGB, 0...1; the exponent 2.4 taken as 2, near enough for a choice.
    private var luminance: Double {
        func linear(_ value: UInt8) -> Double { Double(value) * Double(value) / 65025 }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
