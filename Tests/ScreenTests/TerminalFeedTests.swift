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

@Test func aSlowTerminalIsSparedAndRelievedAgain() {
    var clock = DrawClock()
    func play(_ seconds: Range<Int>, misses: Bool, perSecond: Int) -> Int {
        var strain = 0
        for tenth in seconds.lowerBound * 10..<seconds.upperBound * 10 {
            let elapsed = Duration.milliseconds(tenth * 100)
            if misses { clock.miss(at: elapsed) }
            if tenth % (10 / perSecond) == 0 {
                clock.start(at: start, arrival: after(Double(tenth)))
                clock.finish(at: elapsed, start)
            }
            strain = clock.strain(at: elapsed)
        }
        return strain
    }
    #expect(play(0..<2, misses: false, perSecond: 10) == 0)
    #expect(play(2..<4, misses: true, perSecond: 5) == 1)
    #expect(play(4..<10, misses: true, perSecond: 5) == 2)
    #expect(play(10..<13, misses: false, perSecond: 10) == 2)
    #expect(play(13..<30, misses: false, perSecond: 10) == 0)
}
