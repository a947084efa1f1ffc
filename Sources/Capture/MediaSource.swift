import CFFmpeg
import Frames
import Glibc
import Synchronization

/// Files, streams, pictures and standard input through FFmpeg. The first frame is decoded when the
/// source is opened, so that size and errors are known before anything else starts.
final class MediaSource: FrameSource, @unchecked Sendable {
    // All mutable state belongs to the one queue that calls `next()`; other threads reach only
    // `interrupt`, `outside` and the converter's count, which are thread-safe.
    private enum State {
        case reading(MediaDecoder)
        /// A live stream broke off; the gap was told.
        case lost(at: ContinuousClock.Instant)
        case ended
    }

    private let opening: MediaOpening
    private let interrupt: Interrupt
    private let converter = PictureConverter()
    private let outside = Atomic<Int>(0)
    private var state: State
    private var clock: MediaClock
    private var start: StartGate
    private var sequence = 0
    private var pending: [SourceEvent] = []
    private var damage = Damage()
    private var backoff: Backoff?
    let description: SourceDescription

    init(_ opening: MediaOpening) throws(CaptureError) {
        self.opening = opening
        interrupt = opening.interrupt
        let decoder = try opening.decoder()
        let input = decoder.input
        damage = try opening.firstPicture(of: decoder)
        description = try opening.description(of: decoder)
        clock = MediaClock(
            timebase: Timebase(input.stream.pointee.time_base), rate: input.rate,
            allowsJumps: input.hasDiscontinuities)
        let canStartLater = description.kind == .file || description.kind == .stream && !description.isLive
        start = StartGate(
            start: canStartLater ? opening.options.start : nil, first: decoder.stamp, clock: clock)
        if description.isLive {
            backoff = opening.options.reconnect.map { Backoff($0, seed: UInt64(getpid())) }
        }
        state = .reading(decoder)
        if let target = start.seekTarget, decoder.input.canSeek {
            // The gate's clock counts from the true first frame, wherever reading begins.
            clock.begin(at: start.first)
            damage = Damage()
            try seek(decoder, to: target)
        } else {
            try accept(decoder)
        }
    }

    /// Frames that readers still hold.
    var lentBuffers: Int { converter.lent.count }

    var skippedOutside: Int { outside.load(ordering: .relaxed) }

    func cancel() { interrupt.cancel() }

    func next() throws -> SourceEvent? {
        while !interrupt.isCancelled {
            if !pending.isEmpty { return pending.removeFirst() }
            switch state {
            case .reading(let decoder): try advance(decoder)
            case .lost(let moment): try reconnect(since: moment)
            case .ended: return nil
            }
        }
        return nil
    }

    private func advance(_ decoder: MediaDecoder) throws(CaptureError) {
        switch decoder.decode() {
        case .frame: try accept(decoder)
        case .damaged(let code):
            damage.add(code)
            if damage.isWorthTelling { tellDamage() }
        case .end(let code):
            tellDamage()
            if !interrupt.isCancelled { try finish(code) }
        }
    }

    /// The decoder's picture becomes an event, unless it lies before the start.
    private func accept(_ decoder: MediaDecoder) throws(CaptureError) {
        let pixels: DecodedPixels
        do throws(FFmpegError) {
            pixels = try converter.pixels(of: decoder.frame, orientation: decoder.orientation)
        } catch {
            damage.add(error.code)
            return
        }
        tellDamage()
        let pts = decoder.stamp
        if start.isBefore(pts) {
            outside.add(1, ordering: .relaxed)
            // The count goes on where stamps are missing; while a file is repeated it must not.
            if !start.isRepeating { _ = clock.time(of: pts) }
        } else {
            pending.append(
                .frame(
                    Frame(
                        pixels: pixels, sequence: sequence, time: clock.time(of: pts),
                        pts: description.timebase == nil ? nil : pts, arrival: .now, file: opening.file)))
        }
        sequence += 1
    }

    /// Packets that gave no picture each take a number, as the frames they would have been.
    private func tellDamage() {
        guard damage.count > 0 else { return }
        pending.append(
            .gap(
                Gap(
                    reason: .decode, lost: sequence...(sequence + damage.count - 1), from: clock.last,
                    detail: damage.words)))
        sequence += damage.count
        damage = Damage()
    }

    /// The end was reached, or reading failed with `code`.
    private func finish(_ code: Int32?) throws(CaptureError) {
        let words = code.map { Redaction.shown(FFmpegError(code: $0).description) }
        state = .ended
        if description.isLive {
            let detail = code == cffmpeg_error_exit ? "nothing came" : words ?? "the stream ended"
            pending.append(.gap(Gap(reason: .disconnected, from: clock.last, detail: detail)))
            if backoff != nil || code != nil { state = .lost(at: .now) }
            return
        }
        if code == cffmpeg_error_exit {
            throw .timedOut(opening.shown, seconds: opening.options.timeout)
        }
        if let words { pending.append(.gap(Gap(reason: .decode, from: clock.last, detail: words))) }
        if opening.options.loop, !opening.location.isPipe, sequence > 0 {
            let decoder = try opening.decoder()
            clock.restart(Timebase(decoder.input.stream.pointee.time_base), after: nil)
            start.restart()
            state = .reading(decoder)
            if let target = start.seekTarget { try seek(decoder, to: target) }
        }
    }

    /// One attempt after a pause.
    private func reconnect(since moment: ContinuousClock.Instant) throws(CaptureError) {
        guard let pause = backoff?.next() else {
            state = .ended
            throw .lost(opening.shown, reason: "the stream broke off")
        }
        interrupt.sleep(seconds: pause)
        guard !interrupt.isCancelled, let decoder = try? opening.decoder() else { return }
        backoff?.reset()
        clock.restart(
            Timebase(decoder.input.stream.pointee.time_base), after: Timestamp(ContinuousClock.now - moment))
        state = .reading(decoder)
    }

    /// Goes to the key frame at or before `target`. A demuxer that lands behind it, or nowhere, is
    /// opened again and decoded from its beginning.
    private func seek(_ decoder: MediaDecoder, to target: Int64) throws(CaptureError) {
        if decoder.input.seek(to: target) {
            decoder.flush()
            if case .frame = decoder.decode(), let stamp = decoder.stamp, stamp <= target {
                return try accept(decoder)
            }
        }
        state = .reading(try opening.decoder())
    }
}

/// Packets in a row that gave no picture.
struct Damage {
    private(set) var count = 0
    private var code: Int32 = 0

    /// So many are told at once even if no picture follows.
    private static let most = 100

    mutating func add(_ code: Int32) {
        count += 1
        self.code = code
    }

    var isWorthTelling: Bool { count >= Self.most }

    /// The last reason, in FFmpeg's words.
    var words: String { Redaction.shown(FFmpegError(code: code).description) }
}

extension Timestamp {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

extension Timebase {
    init(_ rational: AVRational) { self.init(Int(rational.num), Int(rational.den)) }
}
