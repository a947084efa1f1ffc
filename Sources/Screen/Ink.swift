/// A colour as the picture has it, 8 bits a channel, sRGB.
struct RGB: Sendable, Hashable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8

    init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// 0xRRGGBB.
    init(hex: UInt32) {
        self.init(UInt8(hex >> 16 & 255), UInt8(hex >> 8 & 255), UInt8(hex & 255))
    }

    static let black = RGB(0, 0, 0)
    static let white = RGB(255, 255, 255)

    /// Rec. 709 weights on the coded values: good enough for choosing glyphs.
    var luma: Int { (54 * Int(red) + 183 * Int(green) + 19 * Int(blue)) >> 8 }

    /// `self` where `share` is 0, `other` where it is 256.
    func mixed(with other: RGB, share: Int) -> RGB {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Int(a) * (256 - share) + Int(b) * share) >> 8) }
        return RGB(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }

    /// The largest difference of a channel.
    func distance(to other: RGB) -> Int {
        max(
            abs(Int(red) - Int(other.red)), abs(Int(green) - Int(other.green)),
            abs(Int(blue) - Int(other.blue)))
    }
}

/// A colour as the terminal is told it.
struct Ink: Sendable, Hashable {
    enum Kind: UInt8 {
        /// The terminal's own.
        case terminal
        /// 24 bits.
        case rgb
        /// One of 256.
        case indexed
        /// One of the first 16, by the short sequences that every colour terminal knows.
        case basic
    }

    /// The kind above 24 bits of value: cells are compared by the thousand.
    private var code: UInt32

    private init(_ kind: Kind, _ value: UInt32) { code = UInt32(kind.rawValue) << 24 | value }

    static let terminal = Ink(.terminal, 0)

    init(_ color: RGB) {
        self.init(.rgb, UInt32(color.red) << 16 | UInt32(color.green) << 8 | UInt32(color.blue))
    }

    static func indexed(_ index: UInt8) -> Ink { Ink(.indexed, UInt32(index)) }
    static func basic(_ index: UInt8) -> Ink { Ink(.basic, UInt32(index)) }

    var kind: Kind { Kind(rawValue: UInt8(code >> 24)) ?? .terminal }
    /// Of `indexed` and `basic`.
    var index: UInt8 { UInt8(code & 255) }
    /// Nil of all but 24-bit inks.
    var color: RGB? { kind == .rgb ? RGB(hex: code) : nil }
}
