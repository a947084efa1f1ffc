import Dispatch
import Frames
import Glibc
import Logs
import Synchronization
import Testing

@testable import Pipeline

/// Waits for the end on a thread of its own.
func end(of run: Run) async -> RunSummary {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "test.wait").async { continuation.resume(returning: run.wait()) }
    }
}

/// Lets somebody wait until somebody else says so; any number of waiters, once opened always open.
final class Gate: Sendable {
    private let group = DispatchGroup()
    private let isOpen = Mutex(false)

    init() { group.enter() }

    func open() {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = true }
            return !isOpen
        }
        if isFirst { group.leave() }
    }

    func pass() { group.wait() }
}

@Suite(.timeLimit(.minutes(2))) struct RunTests {
    @Test func everyFrameOfAFileIsInferredInOrder() async {
        let source = FakeSource(count: 10_000) { number in
            number % 100 == 50 ? .gap(lost(number...number)) : .frame(frame(number))
        }
        let detector = FakeDetector()
        let (first, second) = (RecordingSink(), RecordingSink())
        let run = Run(source: source, detector: detector, sinks: [first, second])
        run.start()
        let summary = await end(of: run)
        #expect(summary.ledger.captured == 10_000)
        #expect(summary.ledger.inferred == 9900)
        #expect(summary.ledger.dropped == [.decode: 100])
        #expect(summary.ledger.isBalanced)
        #expect(summary.reason == .end)
        #expect(summary.failures.isEmpty)
        #expect(summary.sourceTime == frame(9999).time)
        let expected = (0..<10_000).map { number -> RecordingSink.Entry in
            number % 100 == 50 ? .gap(number...number) : .frame(number, found: number, droppedBefore: 0)
        }
        #expect(first.entries == expected)
        #expect(second.entries == expected)
        #expect(detector.misuses == 0)
        #expect(run.snapshot.isFinished)
    }

    @Test func theNewestFrameOfALiveSourceIsKept() async {
        // Frame 0 stays in the network until the source has delivered everything.
        let delivered = Gate()
        let source = FakeSource(count: 1001, isLive: true) { number in
            if number == 1000 { delivered.open() }
            return .frame(frame(number))
        }
        let sink = RecordingSink()
        let run = Run(
            source: source, detector: FakeDetector(gate: { if $0 == 0 { delivered.pass() } }), sinks: [sink])
        run.start()
        let summary = await end(of: run)
        #expect(summary.ledger.captured == 1001)
        #expect(summary.ledger.isBalanced)
        #expect(sink.numbers.first == 0)
        #expect(sink.numbers.last == 1000)
        #expect(sink.numbers == sink.numbers.sorted())
        let dropped = sink.entries.map { if case .frame(_, _, let dropped) = $0 { dropped } else { 0 } }
        #expect(dropped.reduce(0, +) == summary.ledger.dropped[.slow])
        // One in the network, one prepared, one waiting.
        #expect(sink.numbers.count <= 4)
    }

    @Test func aLiveSourceThatBlocksIsStoppedAndDrained() async {
        let source = FakeSource(count: 5, isLive: true, end: .blocks)
        let sink = RecordingSink()
        let inferred = Gate()
        let run = Run(
            source: source, detector: FakeDetector(gate: { if $0 == 4 { inferred.open() } }), sinks: [sink])
        run.start()
        DispatchQueue(label: "test.stop").async {
            inferred.pass()
            run.stop(reason: .quit)
            run.stop(reason: .signal)
        }
        let summary = await end(of: run)
        #expect(summary.reason == .quit)
        #expect(summary.ledger.isBalanced)
        #expect(summary.ledger.dropped[.shutdown] == nil)
        #expect(sink.numbers.last == 4)
    }

    @Test func stoppingInTheMiddleDrainsWhatIsInFlight() async {
        let source = FakeSource(count: .max)
        let sink = RecordingSink()
        let reached = Gate()
        let run = Run(
            source: source, detector: FakeDetector(gate: { if $0 == 100 { reached.open() } }), sinks: [sink])
        run.start()
        DispatchQueue(label: "test.stop").async {
            reached.pass()
            run.stop(reason: .signal)
        }
        let summary = await end(of: run)
        #expect(summary.reason == .signal)
        #expect(summary.ledger.isBalanced)
        #expect(summary.ledger.dropped.isEmpty)
        #expect(summary.ledger.inferred > 100)
        #expect(sink.numbers == Array(0..<summary.ledger.inferred))
    }

    @Test func discardingDropsWhatIsInFlight() async {
        let (reached, stopped) = (Gate(), Gate())
        let sink = RecordingSink()
        let detector = FakeDetector(gate: {
            guard $0 == 20 else { return }
            reached.open()
            stopped.pass()
        })
        let run = Run(source: FakeSource(count: .max), detector: detector, sinks: [sink])
        run.start()
        DispatchQueue(label: "test.stop").async {
            reached.pass()
            // The drain is under way; the second wish cuts it short.
            run.stop(reason: .signal)
            run.stop(reason: .signal, discarding: true)
            stopped.open()
        }
        let summary = await end(of: run)
        // Frame 20 was in the network already.
        #expect(sink.numbers == Array(0...20))
        #expect(summary.ledger.isBalanced)
        #expect((summary.ledger.dropped[.shutdown] ?? 0) <= 6)
    }

    @Test func aFailingSourceEndsAfterItsFrames() async {
        let sink = RecordingSink()
        let run = Run(
            source: FakeSource(count: 7, end: .fails), detector: FakeDetector(), sinks: [sink])
        run.start()
        let summary = await end(of: run)
        #expect(summary.reason == .error)
        #expect(sink.numbers == Array(0..<7))
        #expect(summary.ledger.isBalanced)
        guard case .source(let error) = summary.failures.first else {
            Issue.record("\(summary.failures)")
            return
        }
        #expect(error as? Failure == Failure(what: "source"))
    }

    @Test(arguments: [true, false])
    func aFailingDetectorEndsInOrder(whilePreparing: Bool) async {
        let sink = RecordingSink()
        let detector = FakeDetector(
            failsToPrepare: whilePreparing ? 50 : nil, failsToDetect: whilePreparing ? nil : 50)
        let run = Run(source: FakeSource(count: .max), detector: detector, sinks: [sink])
        run.start()
        let summary = await end(of: run)
        #expect(summary.reason == .error)
        #expect(summary.ledger.isBalanced)
        // A failure to prepare may overtake the frame that waits for the network.
        #expect(sink.numbers == Array(0..<sink.numbers.count))
        #expect((whilePreparing ? 48...50 : 50...50).contains(sink.numbers.count))
        #expect(summary.failures.count == 1)
        guard case .detector = summary.failures.first else {
            Issue.record("\(summary.failures)")
            return
        }
    }

    @Test func aFailingSinkEndsTheRunAndTheOthersKeepTheirs() async {
        let (failing, other) = (RecordingSink(failsAt: 30), RecordingSink())
        let run = Run(source: FakeSource(count: .max), detector: FakeDetector(), sinks: [failing, other])
        run.start()
        let summary = await end(of: run)
        #expect(summary.reason == .error)
        #expect(summary.failures.count == 1)
        #expect(failing.numbers == Array(0..<30))
        #expect(other.numbers == Array(0..<summary.ledger.inferred))
        #expect(other.numbers.contains(30))
        #expect(summary.ledger.isBalanced)
    }

    @Test func aFullLogEndsTheRun() async throws {
        let writer = try JSONLinesWriter(path: "/dev/full", interval: .zero)
        let log = LogSink(writer: writer, src: "x", labels: .coco, frames: .all, isLive: false)
        let run = Run(source: FakeSource(count: .max), detector: FakeDetector(), sinks: [log])
        run.start()
        let summary = await end(of: run)
        guard case .sink(let error) = summary.failures.first else {
            Issue.record("\(summary.failures)")
            return
        }
        #expect(error as? LogError == .diskFull(path: "/dev/full", free: nil))
    }

    @Test func anEmptySourceEndsAtOnce() async {
        let run = Run(source: FakeSource(count: 0), detector: FakeDetector(), sinks: [])
        run.start()
        let summary = await end(of: run)
        #expect(summary.ledger == Ledger())
        #expect(summary.latency == nil)
        #expect(summary.totals.captured == 0)
    }

    @Test func aPausedFileWaitsAndCanBeStoppedOrStepped() async {
        let source = FakeSource(count: .max)
        let sink = RecordingSink()
        let run = Run(source: source, detector: FakeDetector(), sinks: [sink])
        run.pause()
        run.start()
        #expect(source.delivered == 0)
        for _ in 0..<3 { run.step() }
        DispatchQueue(label: "test.stop").async {
            while sink.entries.count < 3 { sched_yield() }
            run.stop(reason: .quit)
        }
        let summary = await end(of: run)
        #expect(summary.ledger.captured == 3)
        #expect(source.delivered == 3)
        #expect(sink.numbers == [0, 1, 2])
    }

    @Test func aPausedLiveSourceGoesOn() async {
        let sink = RecordingSink()
        let run = Run(source: FakeSource(count: 5, isLive: true), detector: FakeDetector(), sinks: [sink])
        run.pause()
        #expect(run.snapshot.isPaused)
        run.start()
        let summary = await end(of: run)
        #expect(summary.ledger.captured == 5)
    }

    @Test func framesInRealTimeAreReleasedAtTheirTime() async {
        let hand = HandClock()
        let source = FakeSource(count: 4) {
            .frame(frame($0, milliseconds: Int64($0) * 100, arrival: hand.now))
        }
        let sink = RecordingSink()
        let run = Run(
            source: source, detector: FakeDetector(), sinks: [sink], options: RunOptions(isRealtime: true),
            clock: hand.clock)
        run.start()
        let counts = await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.clock").async {
                var counts: [Int] = []
                for number in 0..<3 {
                    // Time stands still until the last released frame is through.
                    while hand.waiting == 0 || sink.numbers.last != number { sched_yield() }
                    hand.advance(.milliseconds(99))
                    // Not due yet: it still waits.
                    counts.append(hand.waiting)
                    hand.advance(.milliseconds(1))
                }
                continuation.resume(returning: counts)
            }
        }
        let summary = await end(of: run)
        #expect(counts == [1, 1, 1])
        #expect(summary.ledger.captured == 4)
        #expect(sink.numbers == [0, 1, 2, 3])
        // Latency counts from the release, not from decoding.
        #expect((summary.latency?.p95 ?? .infinity) < 1)
    }

    @Test func aFrameThatWaitsForItsTimeDoesNotHoldUpTheEnd() async {
        let hand = HandClock()
        let source = FakeSource(count: 2) { .frame(frame($0, milliseconds: Int64($0) * 1_000_000)) }
        let run = Run(
            source: source, detector: FakeDetector(), sinks: [], options: RunOptions(isRealtime: true),
            clock: hand.clock)
        run.start()
        DispatchQueue(label: "test.stop").async {
            while hand.waiting == 0 { sched_yield() }
            run.stop(reason: .quit)
        }
        let summary = await end(of: run)
        #expect(summary.ledger.captured == 1)
        #expect(summary.ledger.isBalanced)
    }

    @Test func theScreenSeesEveryFrameAndEveryResult() async {
        let screen = FakeScreen()
        let run = Run(
            source: FakeSource(count: 50), detector: FakeDetector(), sinks: [], screen: screen,
            options: RunOptions(stride: 5))
        run.start()
        let summary = await end(of: run)
        #expect(screen.frames == Array(0..<50))
        #expect(screen.results == Array(stride(from: 0, to: 50, by: 5)))
        #expect(summary.ledger.skipped == [.stride: 40])
        #expect(summary.classes.values.reduce(0, +) == 10)
        #expect(run.snapshot.ledger.inferred == 10)
    }

    @Test func manyRunsAtOnceEndBalancedWhereverTheyAreStopped() async {
        let seed = UInt64.random(in: 0...UInt64.max)
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    var random = SplitMix(state: seed &+ UInt64(number))
                    let stopAt = Int.random(in: 0..<300, using: &random)
                    let isDiscarding = Bool.random(using: &random)
                    let isLive = Bool.random(using: &random)
                    let sink = RecordingSink()
                    let reached = Gate()
                    let source = FakeSource(count: .max, isLive: isLive) {
                        if $0 == stopAt { reached.open() }
                        return $0 % 7 == 6 ? .gap(lost($0...$0)) : .frame(frame($0))
                    }
                    let run = Run(source: source, detector: FakeDetector(), sinks: [sink])
                    run.start()
                    DispatchQueue(label: "test.stop").async {
                        reached.pass()
                        run.stop(reason: .quit, discarding: isDiscarding)
                    }
                    let summary = await end(of: run)
                    return summary.ledger.isBalanced && sink.numbers == sink.numbers.sorted()
                        && sink.numbers.count == summary.ledger.inferred && summary.failures.isEmpty
                }
            }
            for await isWell in group { #expect(isWell, "seed \(seed)") }
        }
    }
}

final class FakeScreen: FrameObserver {
    private let state = Mutex((frames: [Int](), results: [Int]()))

    var frames: [Int] { state.withLock { $0.frames } }
    var results: [Int] { state.withLock { $0.results } }

    func show(_ frame: Frame) { state.withLock { $0.frames.append(frame.sequence) } }
    func show(_ result: FrameResult) { state.withLock { $0.results.append(result.frame.sequence) } }
}
