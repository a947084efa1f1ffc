import Testing

@testable import JSON

@Suite struct JSONTextTests {
    private func text(_ body: (inout JSONText) -> Void) -> String {
        var text = JSONText()
        body(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    // Expected texts are those of C's printf("%.*f") (exact, halves to even), written down by hand.
    @Test(arguments: [
        (0.125, 2, "0.12"), (0.375, 2, "0.38"), (2.5, 0, "2"), (3.5, 0, "4"), (1.005, 2, "1.00"),
        (0.1, 6, "0.100000"), (0, 2, "0.00"), (-0.0, 2, "0.00"), (-0.004, 2, "0.00"), (-0.006, 2, "-0.01"),
        (-1.5, 1, "-1.5"), (999.995, 2, "1000.00"), (9.9999, 3, "10.000"), (0x1p-1060, 6, "0.000000"),
        (.leastNonzeroMagnitude, 9, "0.000000000"), (123_456_789.987654, 6, "123456789.987654"),
        (0x1p60, 1, "1152921504606846976.0"),
        (.infinity, 2, "null"), (.nan, 2, "null"), (1e300, 2, "null"),
    ])
    func decimalsAreExactAndRoundHalvesToEven(value: Double, places: Int, expected: String) {
        #expect(text { $0.decimal(value, places: places) } == expected)
    }

    @Test func decimalsAgreeWithAnExactCount() {
        // k / 64 is exact in binary: its rounding to 2 places can be counted in integers.
        for k in 0..<6400 {
            let (quotient, remainder) = (k * 100).quotientAndRemainder(dividingBy: 64)
            let up = remainder > 32 || (remainder == 32 && quotient % 2 == 1)
            let units = quotient + (up ? 1 : 0)
            let digits = units % 100
            #expect(
                text { $0.decimal(Double(k) / 64, places: 2) }
                    == "\(units / 100).\(digits < 10 ? "0" : "")\(digits)")
        }
    }

    @Test(arguments: [
        ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{1b}[2J", #""\u0000\u001b[2J""#),
        ("\u{7f}\u{9b}31m", #""\u007f\u009b31m""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
        ("Straße/ä/🐕", "\"Straße/ä/🐕\""), ("", "\"\""),
        (String(decoding: [0x61, 0xff, 0xc3, 0x28] as [UInt8], as: UTF8.self), "\"a\u{fffd}\u{fffd}(\""),
    ])
    func stringsCannotDriveATerminalOrBreakALine(string: String, expected: String) throws {
        let written = text { $0.string(string) }
        #expect(written == expected)
        #expect(try JSONParser.parse(Array(written.utf8)) == .string(string))
    }

    @Test func commasStandBetweenAndOnlyBetween() {
        let written = text {
            $0.object {
                $0.key("a")
                $0.array {
                    $0.integer(1)
                    $0.array { _ in }
                    $0.null()
                }
                $0.key("b")
                $0.object { _ in }
                $0.key("c")
                $0.bool(true)
            }
        }
        #expect(written == #"{"a":[1,[],null],"b":{},"c":true}"#)
    }

    @Test func countsAreSortedByBytes() {
        #expect(text { $0.counts(["b": 1, "a": 2, "ä": 3, "B": 4]) } == #"{"B":4,"a":2,"b":1,"ä":3}"#)
    }
}
