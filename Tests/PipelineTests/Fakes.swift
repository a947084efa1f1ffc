import Dispatch
import Frames
import Synchronization
import Testing

@testable import Pipeline

final class BlankPixels: PixelBuffer {
    let width = 4
    let height = 2
    let format = PixelFormat.gray8
    let encoding = ColorEncoding(matrix: .bt601, isFullRange: true)

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        let bytes: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 7]
        return body(bytes.span.bytes, width)
    }
}

func frame(_ sequence: Int, milliseconds: Int64? = nil, arrival: ContinuousClock.Instant = .now) -> Frame {
    Frame(
        pixels: BlankPixels(), sequence: sequence,
        time: Timestamp(nanoseconds: (milliseconds ?? Int64(sequence) * 10) * 1_000_000), pts: nil,
        arrival: arrival)
}

func lost(_ range: ClosedRange<Int>) -> Gap { Gap(reason: .decode, lost: range) }

struct Failure: Error, Hashable { let what: String }

/// Plays events; then ends, fails, or blocks until it is cancelled.
final class FakeSource: FrameSource {
    enum End: Sendable { case ends, fails, blocks }

    let description: SourceDescription
    private let event: @Sendable (Int) -> SourceEvent
    private let count: Int
    private let end: End
    private let state = Mutex((next: 0, isCancelled: false))
    private let cancelled = DispatchSemaphore(value: 0)

    init(
        count: Int, isLive: Bool = false, end: End = .ends,
        event: @escaping @Sendable (Int) -> SourceEvent = { .frame(frame($0)) }
    ) {
        self.description = SourceDescription(
            kind: isLive ? .camera : .file, spec: "fake", name: "fake", width: 4, height: 2, rate: nil,
            timebase: nil, encoding: "none", isLive: isLive)
        self.count = count
        self.end = end
        self.event = event
    }

    var delivered: Int { state.withLock { $0.next } }

    func next() throws -> SourceEvent? {
        let number = state.withLock { state -> Int? in
            guard !state.isCancelled, state.next < count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
        if let number { return event(number) }
        if state.withLock({ $0.isCancelled }) { return nil }
        switch end {
        case .ends: return nil
        case .fails: throw Failure(what: "source")
        case .blocks:
            cancelled.wait()
            return nil
        }
    }

    func cancel() {
        state.withLock { $0.isCancelled = true }
        cancelled.signal()
    }
}

/// Finds one thing, the frame's number, in each frame; checks that slots are used one at a time.
final class FakeDetector: FrameDetector {
    let slots = 2
    private let state = Mutex([Int: Int]())
    private let misuse = Mutex(0)
    private let failsToPrepare: Int?
    private let failsToDetect: Int?
    private let gate: (@Sendable (Int) -> Void)?

    init(
        failsToPrepare: Int? = nil, failsToDetect: Int? = nil, gate: (@Sendable (Int) -> Void)? = nil
    ) {
        self.failsToPrepare = failsToPrepare
        self.failsToDetect = failsToDetect
        self.gate = gate
    }

    var misuses: Int { misuse.withLock { $0 } }

    func prepare(_ frame: Frame, slot: Int) throws -> Double {
        if frame.sequence == failsToPrepare { throw Failure(what: "prepare") }
        let isFree = state.withLock { $0.updateValue(frame.sequence, forKey: slot) == nil }
        if !isFree { misuse.withLock { $0 += 1 } }
        return 1
    }

    func detect(slot: Int) throws -> (detections: [Detection], timings: DetectorTimings) {
        guard let number = state.withLock({ $0.removeValue(forKey: slot) }) else {
            misuse.withLock { $0 += 1 }
            return ([], DetectorTimings())
        }
        gate?(number)
        if number == failsToDetect { throw Failure(what: "detect") }
        let detection = Detection(
            box: Box(x1: 0, y1: 0, x2: 1, y2: 1), score: 1, classIndex: number)
        return ([detection], DetectorTimings())
    }
}

final class RecordingSink: ResultSink {
    enum Entry: Sendable, Hashable {
        case frame(Int, found: Int, droppedBefore: Int)
        case gap(ClosedRange<Int>?)
    }

    private let seen = Mutex([Entry]())
    private let failsAt: Int?

    init(failsAt: Int? = nil) { self.failsAt = failsAt }

    var entries: [Entry] { seen.withLock { $0 } }
    var numbers: [Int] {
        entries.compactMap { if case .frame(let number, _, _) = $0 { number } else { nil } }
    }

    func receive(_ result: FrameResult) throws {
        if result.frame.sequence == failsAt { throw Failure(what: "sink") }
        seen.withLock {
            $0.append(
                .frame(
                    result.frame.sequence, found: result.detections.first?.classIndex ?? -1,
                    droppedBefore: result.droppedBefore))
        }
    }

    func receive(_ gap: Gap) throws { seen.withLock { $0.append(.gap(gap.lost)) } }
}

/// Moves only by hand; does scheduled work when its time has come.
final class HandClock: Sendable {
    private struct Work {
        let due: ContinuousClock.Instant
        let queue: DispatchQueue
        let body: @Sendable () -> Void
    }

    private let state = Mutex((now: ContinuousClock.now, work: [Work]()))

    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    var waiting: Int { state.withLock { $0.work.count } }

    var clock: RunClock {
        RunClock(
            now: { self.now },
            schedule: { delay, queue, body in
                self.state.withLock { state in
                    state.work.append(Work(due: state.now + delay, queue: queue, body: body))
                }
            })
    }

    func advance(_ duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let now = state.now
            let due = state.work.filter { $0.due <= now }.sorted { $0.due < $1.due }
            state.work.removeAll { $0.due <= now }
            return due
        }
        for work in due { work.queue.async(execute: work.body) }
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
