import Glibc

/// Brings the colours of a composed screen down to what the terminal has. The nearest colour is the one
/// nearest in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020).
struct Palette: Sendable {
    let depth: ColorDepth
    /// Palette index by the top 5 bits of each channel; empty where inks pass unchanged.
    private let nearest: [UInt8]

    init(_ depth: ColorDepth) {
        self.depth = depth
        self.nearest =
            switch depth {
            case .full, .mono: []
            case .indexed256: Self.table(hueWeight: 1) { Self.candidates256(of: $0) }
            // Between few colours brightness is mended by dither, a wrong hue is not.
            case .basic16: Self.table(hueWeight: 12) { _ in Self.basic }
            case .basic8: Self.table(hueWeight: 12) { _ in Array(Self.basic.prefix(8)) }
            }
    }

    func ink(_ ink: Ink) -> Ink {
        guard let color = ink.color else { return ink }
        switch depth {
        case .full: return ink
        case .mono: return .terminal
        case .indexed256: return .indexed(index(of: color))
        case .basic16, .basic8: return .basic(index(of: color))
        }
    }

    /// In monochrome, what had a background of its own is shown in reverse.
    func cell(_ cell: Cell) -> Cell {
        if depth == .full { return cell }
        var reduced = cell
        reduced.foreground = ink(cell.foreground)
        reduced.background = ink(cell.background)
        if depth == .mono, cell.background.color != nil, !cell.style.contains(.picture) {
            reduced.style.insert(.reverse)
        }
        return reduced
    }

    private func index(of color: RGB) -> UInt8 { nearest[Self.key(of: color)] }

    private static func key(of color: RGB) -> Int {
        Int(color.red >> 3) << 10 | Int(color.green >> 3) << 5 | Int(color.blue >> 3)
    }

    private struct Entry {
        var index: UInt8
        var lab: OKLab

        init(_ index: UInt8, _ color: RGB) {
            self.index = index
            self.lab = OKLab(color)
        }
    }

    private static func table(hueWeight: Float, _ candidates: (RGB) -> [Entry]) -> [UInt8] {
        func spread(_ value: Int) -> UInt8 { UInt8(value << 3 | value >> 2) }
        return (0..<32768).map { key in
            // From 0 to 255, as 5 bits are spread over 8.
            let color = RGB(spread(key >> 10), spread(key >> 5 & 31), spread(key & 31))
            let lab = OKLab(color)
            var best: (index: UInt8, distance: Float) = (0, .infinity)
            for entry in candidates(color) {
                let distance = lab.squaredDistance(to: entry.lab, hueWeight: hueWeight)
                if distance < best.distance { best = (entry.index, distance) }
            }
            return best.index
        }
    }

    /// xterm's defaults; most terminals' themes are near them.
    private static let basic: [Entry] = [
        0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
        0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ].enumerated().map { Entry(UInt8($0), RGB(hex: $1)) }

    private static let levels: [UInt8] = [0, 95, 135, 175, 215, 255]

    /// The corners of the colour cube's cell that `color` lies in, and the two nearest greys of the ramp.
    private static func candidates256(of color: RGB) -> [Entry] {
        func around(_ value: UInt8) -> [Int] {
            let above = levels.firstIndex { $0 >= value } ?? 5
            return [max(above - 1, 0), above]
        }
        var entries: [Entry] = []
        for red in around(color.red) {
            for green in around(color.green) {
                for blue in around(color.blue) {
                    let corner = RGB(levels[red], levels[green], levels[blue])
                    entries.append(Entry(UInt8(16 + 36 * red + 6 * green + blue), corner))
                }
            }
        }
        let grey = min(max((color.luma - 8) / 10, 0), 22)
        for step in [grey, grey + 1] {
            let value = UInt8(8 + 10 * step)
            entries.append(Entry(UInt8(232 + step), RGB(value, value, value)))
        }
        return entries
    }
}

/// Lightness and two colour axes in which equal distances look about equal.
private struct OKLab {
    var lightness: Float
    var a: Float
    var b: Float

    init(_ color: RGB) {
        func linear(_ value: UInt8) -> Float {
            let coded = Float(value) / 255
            return coded <= 0.04045 ? coded / 12.92 : powf((coded + 0.055) / 1.055, 2.4)
        }
        let (red, green, blue) = (linear(color.red), linear(color.green), linear(color.blue))
        let l = cbrtf(0.412_221_47 * red + 0.536_332_54 * green + 0.051_445_99 * blue)
        let m = cbrtf(0.211_903_5 * red + 0.680_699_55 * green + 0.107_396_96 * blue)
        let s = cbrtf(0.088_302_46 * red + 0.281_718_84 * green + 0.629_978_7 * blue)
        lightness = 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s
        a = 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s
        b = 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s
    }

    /// - Parameter hueWeight: how much a wrong hue is worse than a wrong brightness.
    func squaredDistance(to other: OKLab, hueWeight: Float) -> Float {
        let (x, y, z) = (lightness - other.lightness, a - other.a, b - other.b)
        return x * x + hueWeight * (y * y + z * z)
    }
}
