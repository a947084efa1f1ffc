import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Pipeline

private struct Broken: Error, Equatable { var item: Int }

@Suite(.timeLimit(.minutes(2))) struct StreamsTests {
    @Test(arguments: [1, 2, 3, 7]) func resultsKeepTheItemsOrder(streams: Int) {
        let ended = Streams<Int>(count: 1000, streams: streams).run { item, _ in item * item }
        #expect(ended.values == (0..<1000).map { $0 * $0 })
        #expect(ended.failure == nil)
    }

    @Test func noItemsAreNoWork() {
        let streams = Streams<Int>(count: 0, streams: 3)
        #expect(streams.run { item, _ in item }.values.isEmpty)
        #expect(streams.progress == .init(done: 0, count: 0, rate: 0))
    }

    /// The second item lets the first go on: one stream alone would wait for ever.
    @Test func itemsAreLookedAtSideBySide() {
        let gate = Gate()
        let ended = Streams<Int>(count: 2, streams: 2).run { item, _ in
            if item == 0 { gate.pass() } else { gate.open() }
            return item
        }
        #expect(ended.values == [0, 1])
    }

    @Test func aStreamDoesOneThingAtATime() {
        let busy = Mutex([Int: Int]())
        let overlaps = Atomic<Int>(0)
        _ = Streams<Int>(count: 500, streams: 4).run { item, stream in
            let isFirst = busy.withLock { busy in
                defer { busy[stream, default: 0] += 1 }
                return busy[stream, default: 0] == 0
            }
            if !isFirst || !(0..<4).contains(stream) { overlaps.add(1, ordering: .relaxed) }
            sched_yield()
            busy.withLock { $0[stream, default: 0] -= 1 }
            return item
        }
        #expect(overlaps.load(ordering: .relaxed) == 0)
    }

    /// Item 3 fails when item 5 has come as far.
    @Test func theFirstFailureInOrderIsTheOneThatCounts() {
        let gate = Gate()
        let ended = Streams<Int>(count: 100, streams: 6).run { item, _ in
            switch item {
            case 3: gate.pass()
            case 5: gate.open()
            default: return item
            }
            throw Broken(item: item)
        }
        #expect(ended.failure as? Broken == Broken(item: 3))
        #expect(ended.values == [0, 1, 2])
    }

    @Test func oneStreamStopsAtTheFailure() {
        let begun = Atomic<Int>(0)
        let ended = Streams<Int>(count: 10, streams: 1).run { item, _ in
            begun.add(1, ordering: .relaxed)
            if item == 4 { throw Broken(item: 4) }
            return item
        }
        #expect(ended.values == [0, 1, 2, 3] && ended.failure as? Broken == Broken(item: 4))
        #expect(begun.load(ordering: .relaxed) == 5)
    }

    @Test func whatIsBegunIsFinishedAfterAStop() {
        let streams = Streams<Int>(count: 1_000_000, streams: 2)
        let stopped = DispatchSemaphore(value: 0)
        let ended = streams.run { item, _ in
            if item == 20 { streams.stop() }
            // The other stream gets no further meanwhile.
            if item > 20 { stopped.wait() }
            if item >= 20 { stopped.signal() }
            return item
        }
        #expect(ended.failure == nil)
        #expect((21...22).contains(ended.values.count))
        #expect(ended.values == Array(0..<ended.values.count))
    }

    @Test func aStopBeforeTheStartLeavesNothingToDo() {
        let streams = Streams<Int>(count: 10, streams: 2)
        streams.stop()
        #expect(streams.run { item, _ in item }.values.isEmpty)
    }

    @Test func progressCountsWhatIsDone() {
        let streams = Streams<Int>(count: 30, streams: 1)
        _ = streams.run { item, _ in
            #expect(streams.progress.done == item && streams.progress.count == 30)
            return item
        }
        #expect(streams.progress.done == 30)
    }
}
