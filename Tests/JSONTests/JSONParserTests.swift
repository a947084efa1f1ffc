import Testing

@testable import JSON

@Suite struct JSONParserTests {
    @Test func readsEveryKindOfValue() throws {
        let text = #" {"a" : [1, -2.5, 1e3, true, false, null], "b":{"c":"\u00e9\ud83d\udc15\/\b\f"}} "#
        let expected: JSONValue = .object([
            "a": .array([.integer(1), .number(-2.5), .number(1000), .bool(true), .bool(false), .null]),
            "b": .object(["c": .string("é🐕/\u{8}\u{c}")]),
        ])
        #expect(try JSONParser.parse(Array(text.utf8)) == expected)
    }

    @Test(arguments: [
        ("", JSONError.Reason.end), ("{", .end), ("[1,", .end), ("[1", .end), ("\"a", .end), ("\"\\", .end),
        ("\"\\u12", .end), ("[1,]", .unexpected), ("{\"a\":1,}", .unexpected), ("{a:1}", .unexpected),
        ("{\"a\" 1}", .unexpected), ("01", .number), ("-", .number), ("1.", .number), ("1e", .number),
        ("1e999", .number), ("+1", .unexpected), ("nul", .end), ("nulL", .unexpected), ("1 2", .trailing),
        ("\"\\x\"", .escape), ("\"\\ud800\"", .escape), ("\"\\udc00\"", .escape),
        ("\"\\ud800\\u0041\"", .escape), ("\"\\u00g0\"", .escape), ("\"\u{1}\"", .unexpected),
        ("NaN", .unexpected), ("\u{feff}1", .unexpected),
    ])
    func refuses(text: String, reason: JSONError.Reason) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8)) }
        #expect(error?.reason == reason)
    }

    @Test(
        arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc3]] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse([0x22] + bytes + [0x22]) }
        #expect(error?.reason == .encoding)
    }

    @Test func depthIsBounded() throws {
        let bracket = { (count: Int) in
            Array((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8)
        }
        _ = try JSONParser.parse(bracket(JSONParser.deepest))
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(bracket(JSONParser.deepest + 1)) }
        #expect(error?.reason == .depth)
        #expect(throws: JSONError.self) { try JSONParser.parse([UInt8](repeating: 0x5b, count: 1_000_000)) }
    }

    @Test func numbersBeyondIntegersBecomeReal() throws {
        #expect(try JSONParser.parse(Array("9223372036854775807".utf8)) == .integer(.max))
        #expect(try JSONParser.parse(Array("9223372036854775808".utf8)) == .number(0x1p63))
    }

    /// No input may crash; what is accepted reads the same after being written again.
    @Test func randomDamageIsRefusedOrReadConsistently() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        let line = Array(
            #"{"a":[1,-2.5e3,true,null],"b":{"c":"x\u00e9\n","d":[[],{}]},"e":"2026","f":0.125}"#.utf8)
        for _ in 0..<3000 {
            var bytes = line
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(contentsOf: bytes[at..<min(at + 9, bytes.count)], at: at)
                }
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            var text = JSONText()
            text.value(value)
            #expect(try JSONParser.parse(text.bytes) == value, "seed \(seed)")
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
