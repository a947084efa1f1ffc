import JSON
import Testing

@testable import Logs

@Suite struct RecordDamageTests {
    /// No damage to a line may crash the reader; a record that is read writes what reads the same.
    @Test func damagedLinesAreRefusedOrReadConsistently() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        let line = LogRecord.run(Sample.run).line
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
            guard let record = try? LogRecord(value) else { continue }
            let again = try LogRecord(try JSONParser.parse(record.line))
            #expect(again.line == record.line, "seed \(seed)")
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
