import Frames
import JSON
import Testing

@testable import Logs

@Suite struct TimeTextTests {
    private func text(_ body: (inout JSONText) -> Void) -> String {
        var text = JSONText()
        body(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0, "0.000000"), (500, "0.000000"), (501, "0.000001"), (1500, "0.000002"), (-1500, "-0.000002"),
            (-400, "0.000000"), (304_033_333_333, "304.033333"), (.max, "9223372036.854776"),
            (.min, "-9223372036.854776"),
        ] as [(Int64, String)])
    func timesHaveSixDecimals(nanoseconds: Int64, expected: String) {
        #expect(text { $0.seconds(Timestamp(nanoseconds: nanoseconds)) } == expected)
    }
}
