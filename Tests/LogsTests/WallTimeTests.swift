import Testing

@testable import Logs

@Suite struct WallTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_464_600_120, "2026-11-23T20:10:00.120Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func writesAndReadsUTC(milliseconds: Int64, text: String) {
        #expect(WallTime(milliseconds: milliseconds).description == text)
        #expect(WallTime(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-13-23T20:10:00.120Z", "2026-02-29T20:10:00.120Z", "2026-11-23T24:10:00.120Z",
        "2026-11-23T20:10:61.120Z", "2026-11-23 20:10:00.120Z", "2026-11-23T20:10:00.120+",
    ])
    func refuses(text: String) {
        #expect(WallTime(text) == nil)
    }
}
