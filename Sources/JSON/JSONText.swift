/// Writes JSON text: commas, escapes and decimals are its business, the order of keys the caller's.
/// Numbers never depend on a locale.
public struct JSONText {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() {}

    public mutating func object(_ members: (inout JSONText) -> Void) {
        nest(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), members)
    }

    public mutating func array(_ elements: (inout JSONText) -> Void) {
        nest(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), elements)
    }

    /// The next value belongs to `key`.
    public mutating func key(_ key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func null() { word("null") }

    public mutating func bool(_ value: Bool) { word(value ? "true" : "false") }

    public mutating func integer(_ value: some BinaryInteger) { word(String(value)) }

    /// The shortest text that reads back as `value`; null where it is not finite.
    public mutating func number(_ value: Double) { word(value.isFinite ? value.description : "null") }

    /// `value` with exactly `places` (0...9) decimals: the exact binary value, rounded to the nearest,
    /// halves to even; never `-0`. Null where it is not finite or not below 2^93.
    public mutating func decimal(_ value: Double, places: Int) {
        precondition((0...9).contains(places), "a decimal has 0 to 9 places")
        guard value.isFinite, value.magnitude < 0x1p93 else { return null() }
        // value = significand * 2^exponent with an integer significand below 2^53.
        let bits = value.magnitude.bitPattern
        let field = Int(bits >> 52)
        let fraction = bits & (1 << 52 - 1)
        let significand = field == 0 ? fraction : fraction | 1 << 52
        let exponent = max(field, 1) - 1075
        let scaled = UInt128(significand) * UInt128(Self.power(of: places))
        let units = exponent >= 0 ? scaled << exponent : Self.shift(scaled, right: -exponent)
        fixed(isNegative: value < 0, units: units, places: places)
    }

    /// Quoted and escaped: what JSON demands, and every character that a terminal would act on (C0, DEL,
    /// C1) or that some readers take for a line's end (U+2028, U+2029).
    public mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let text): string(text)
        case .array(let values): array { for value in values { $0.value(value) } }
        case .object(let object): members(of: object)
        }
    }

    public mutating func members(of object: JSONObject) {
        self.object {
            for member in object.members {
                $0.key(member.key)
                $0.value(member.value)
            }
        }
    }

    /// Counts by name, names in byte order.
    public mutating func counts(_ counts: [String: Int]) {
        object {
            for (name, count) in counts.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                $0.key(name)
                $0.integer(count)
            }
        }
    }

    // MARK: Pieces

    private mutating func nest(open: UInt8, close: UInt8, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        body(&self)
        bytes.append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func word(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    /// `units` of the `places`th (0...18) decimal; never `-0`.
    public mutating func fixed(isNegative: Bool, units: UInt128, places: Int) {
        let (whole, part) = units.quotientAndRemainder(dividingBy: UInt128(Self.power(of: places)))
        let digits = String(part)
        let zeros = String(repeating: "0", count: places - (places == 0 ? 0 : digits.utf8.count))
        let sign = isNegative && units != 0 ? "-" : ""
        word(places == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(zeros)\(digits)")
    }

    private static func power(of places: Int) -> UInt64 {
        (0..<places).reduce(1) { power, _ in power * 10 }
    }

    /// `value / 2^count`, halves to even.
    private static func shift(_ value: UInt128, right count: Int) -> UInt128 {
        guard count < 128 else { return 0 }
        let quotient = value >> count
        let half: UInt128 = 1 << (count - 1)
        let rest = value & (1 << count - 1)
        return rest > half || (rest == half && quotient % 2 == 1) ? quotient + 1 : quotient
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes.append(contentsOf: "\\\"".utf8)
            case "\\": bytes.append(contentsOf: "\\\\".utf8)
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                bytes.append(contentsOf: "\\u".utf8)
                bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
                bytes.append(contentsOf: digits.utf8)
            default: bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
