import Testing

@testable import Screen

private let start = ContinuousClock.now
private func after(_ seconds: Double) -> ContinuousClock.Instant {
    start + .milliseconds(Int(seconds * 1000))
}

@Test func theNextScreenWaitsForTheAnswer() {
    var feed = TerminalFeed()
    #expect(feed.isIdle)
    feed.put(Array("screen".utf8), at: start)
    var taken: [UInt8] = []
    // Four bytes at a time, then no room.
    var room = 2
    var isThere = true
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard room > 0 else { return 0 }
        room -= 1
        taken += bytes.prefix(4)
        return min(bytes.count, 4)
    }
    isThere = feed.flush(write)
    #expect(isThere)
    #expect(feed.hasPending && !feed.isIdle)
    room = 9
    isThere = feed.flush(write)
    #expect(isThere)
    #expect(String(decoding: taken, as: UTF8.self) == "screen\u{1B}[5n")
    #expect(!feed.hasPending && !feed.isIdle)
    feed.expire(at: after(0.9))
    #expect(!feed.isIdle)
    feed.answer()
    #expect(feed.isIdle)
}

@Test func aTerminalThatNeverAnswersIsAskedNoMore() {
    var feed = TerminalFeed()
    feed.put([1], at: start)
    _ = feed.flush(\.count)
    feed.expire(at: after(1.1))
    #expect(feed.isIdle && feed.isMute)
    feed.put([1], at: after(2))
    var sent = 0
    _ = feed.flush { bytes in
        sent += bytes.count
        return bytes.count
    }
    #expect(sent == 1 && feed.isIdle)
}

@Test func aTerminalThatHasAnsweredIsGivenMoreTime() {
    var feed = TerminalFeed()
    feed.put([1], at: start)
    _ = feed.flush(\.count)
    feed.answer()
    feed.put([1], at: after(1))
    _ = feed.flush(\.count)
    feed.expire(at: after(3))
    #expect(!feed.isIdle)
    feed.expire(at: after(7))
    #expect(feed.isIdle && !feed.isMute)
}

@Test func aTerminalThatIsGoneIsNoticed() {
    var feed = TerminalFeed()
    feed.put([1], at: start)
    let isThere = feed.flush { _ in nil }
    #expect(!isThere)
}
