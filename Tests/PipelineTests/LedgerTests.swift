import Frames
import Testing

@testable import Pipeline

@Suite struct LedgerTests {
    @Test func everyFrameHasOneFate() {
        var ledger = Ledger()
        for _ in 0..<6 { ledger.capture() }
        #expect(!ledger.isBalanced)
        ledger.infer()
        ledger.skip(.stride)
        ledger.drop(.slow, count: 3)
        #expect(ledger.accounted == 5)
        ledger.drop(.shutdown)
        #expect(ledger.isBalanced)
        ledger.drop(.slow, count: 0)
        #expect(ledger.dropped == [.slow: 3, .shutdown: 1])
    }

    @Test(arguments: [
        (Gap.Reason.decode, Ledger.DropReason.decode), (.driver, .driver), (.unplugged, .driver),
        (.disconnected, .driver), (.suspended, .driver),
    ])
    func lostFramesAreCapturedAndDropped(reason: Gap.Reason, drop: Ledger.DropReason) {
        var ledger = Ledger()
        ledger.lose(Gap(reason: reason, lost: 5...8))
        ledger.lose(Gap(reason: reason))
        #expect(ledger.captured == 4)
        #expect(ledger.dropped == [drop: 4])
        #expect(ledger.isBalanced)
    }

    @Test func ledgersAddUp() {
        var a = Ledger()
        a.capture()
        a.infer()
        var b = Ledger()
        b.lose(lost(0...1))
        a += b
        #expect((a.captured, a.inferred) == (3, 1))
        #expect(a.isBalanced)
    }
}
