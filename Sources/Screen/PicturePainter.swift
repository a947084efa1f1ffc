/// The glyphs that video is drawn with.
public enum PictureSet: String, Sendable, Hashable, CaseIterable {
    /// `▀`, two colours a cell.
    case half
    /// Letters by their brightness, one colour a cell.
    case ascii

    var next: PictureSet { self == .half ? .ascii : .half }

    /// Samples that one cell stands for, from top to bottom.
    var samplesPerRow: Int { 2 }
}

/// Small picture in, cells out.
struct PicturePainter: Sendable {
    var set: PictureSet
    var depth: ColorDepth

    func paint(_ samples: SampleGrid, in area: CellRectangle, on grid: inout Grid) {
        let samples = samples.resized(width: area.columns, height: area.rows * set.samplesPerRow)
        for row in 0..<area.rows {
            for column in 0..<area.columns {
                let top = dithered(samples[column, 2 * row], column, 2 * row)
                let bottom = dithered(samples[column, 2 * row + 1], column, 2 * row + 1)
                grid[area.row + row, area.column + column] = cell(top, bottom, row: row, column: column)
            }
        }
    }

    private func cell(_ top: RGB, _ bottom: RGB, row: Int, column: Int) -> Cell {
        guard set == .ascii || depth == .mono else {
            return Cell(top == bottom ? " " : "▀", Ink(top), on: Ink(bottom), style: .picture)
        }
        let mean = top.mixed(with: bottom, share: 128)
        guard depth != .mono else {
            let threshold = Self.bayer[row & 3][column & 3] * 16 + 8 - 128
            return Cell(Self.glyph(mean.luma, shift: threshold / Self.ramp.count), style: .picture)
        }
        let back: RGB =
            switch depth {
            case .full, .indexed256: mean.mixed(with: .black, share: 140)
            case .basic16, .basic8, .mono: .black
            }
        return Cell(Self.glyph(mean.luma, shift: 0), Ink(Self.bright(mean)), on: Ink(back), style: .picture)
    }

    /// By the share of a cell that they cover in common fonts, each step about the same.
    private static let ramp: [Unicode.Scalar] = Array(" .,:;=+*coeaXA#%@".unicodeScalars)

    private static func glyph(_ luma: Int, shift: Int) -> Unicode.Scalar {
        let level = min(max(luma + shift, 0), 255) * ramp.count / 256
        return ramp[level]
    }

    /// The glyph carries the brightness, the ink the hue: most of the way to full brightness.
    private static func bright(_ color: RGB) -> RGB {
        let largest = max(Int(color.red), Int(color.green), Int(color.blue), 1)
        let wanted = (largest + 3 * 255) / 4
        func scale(_ value: UInt8) -> UInt8 { UInt8(min(Int(value) * wanted / largest, 255)) }
        return RGB(scale(color.red), scale(color.green), scale(color.blue))
    }

    /// Ordered dither (Bayer 4×4), as wide as the steps between the colours that there are.
    private func dithered(_ color: RGB, _ x: Int, _ y: Int) -> RGB {
        let amplitude: Int
        switch depth {
        case .full, .mono: return color
        case .indexed256: amplitude = 20
        case .basic16: amplitude = 100
        case .basic8: amplitude = 200
        }
        let offset = (Self.bayer[y & 3][x & 3] * 2 - 15) * amplitude / 30
        func shift(_ value: UInt8) -> UInt8 { UInt8(min(max(Int(value) + offset, 0), 255)) }
        return RGB(shift(color.red), shift(color.green), shift(color.blue))
    }

    private static let bayer: [[Int]] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]
}
