/// Why a text is not JSON.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Byte in the text, from 0.
    public var offset: Int
    public var reason: Reason

    public enum Reason: String, Sendable, Hashable {
        case unexpected = "unexpected character"
        case end = "the text ends too early"
        case depth = "nested too deeply"
        case number = "not a number"
        case escape = "not an escape"
        case encoding = "not UTF-8"
        case trailing = "text after the value"
    }

    public var description: String { "\(reason.rawValue) at byte \(offset)" }
}

/// Reads one JSON value (RFC 8259). Time and memory grow with the length of the text only: depth is
/// bounded, nothing is looked up while reading.
public struct JSONParser {
    public static let deepest = 32

    private let bytes: [UInt8]
    private var at = 0

    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.at == bytes.count else { throw parser.error(.trailing) }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(offset: at, reason: reason == .unexpected && at >= bytes.count ? .end : reason)
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { at += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = next, UInt32(byte) == character.value else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ word: String) throws(JSONError) {
        for scalar in word.unicodeScalars {
            guard take(scalar) else { throw error(.unexpected) }
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.deepest else { throw error(.depth) }
        guard let byte = next else { throw error(.end) }
        switch Unicode.Scalar(byte) {
        case "{": return .object(try object(depth: depth))
        case "[": return .array(try array(depth: depth))
        case "\"": return .string(try string())
        case "-", "0"..."9": return try number()
        case "t":
            try expect("true")
            return .bool(true)
        case "f":
            try expect("false")
            return .bool(false)
        case "n":
            try expect("null")
            return .null
        default: throw error(.unexpected)
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        at += 1
        var object = JSONObject()
        skipSpace()
        if take("}") { return object }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error(.unexpected) }
            let key = try string()
            skipSpace()
            try expect(":")
            skipSpace()
            object.members.append(.init(key, try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        try expect("}")
        return object
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        at += 1
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return values }
        repeat {
            skipSpace()
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        try expect("]")
        return values
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        return at - start
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        _ = take("-")
        let first = next
        let whole = digits()
        guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw error(.number) }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard digits() > 0 else { throw error(.number) }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw error(.number) }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error(.number) }
        return .number(value)
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        var text: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw error(.encoding) }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            case 0..<0x20: throw error(.unexpected)
            default: text.append(byte)
            }
        }
        throw error(.end)
    }

    private mutating func escape() throws(JSONError) -> UTF8.EncodedScalar {
        guard let byte = next else { throw error(.end) }
        at += 1
        let scalar: Unicode.Scalar
        switch Unicode.Scalar(byte) {
        case "\"", "\\", "/": scalar = Unicode.Scalar(byte)
        case "b": scalar = "\u{8}"
        case "f": scalar = "\u{c}"
        case "n": scalar = "\n"
        case "r": scalar = "\r"
        case "t": scalar = "\t"
        case "u": scalar = try unicodeEscape()
        default: throw error(.escape)
        }
        guard let encoded = UTF8.encode(scalar) else { throw error(.escape) }
        return encoded
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xdc00, take("\\"), take("u") else { throw error(.escape) }
        let low = try codeUnit()
        guard (0xdc00...0xdfff).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
        else { throw error(.escape) }
        return scalar
    }

    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw error(.end) }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw error(.escape) }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }
}
