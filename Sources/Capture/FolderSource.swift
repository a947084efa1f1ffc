import Frames

/// Pictures and videos one after the other as one source. Frames are numbered through, carry their
/// file's name, and have derived times: a step of 40 ms after each file. A file that cannot be read is a
/// gap, not the end.
final class FolderSource: FrameSource, @unchecked Sendable {
    // All mutable state belongs to the one queue that calls `next()`; `cancel()` touches only
    // `interrupt`.
    private let folder: String
    private let files: [String]
    private let name: String
    private let options: CaptureOptions
    private let repeats: Bool
    private let interrupt = Interrupt()
    private var member: MediaSource?
    private var position = 0
    private var yieldedInRound = false
    private var sequence = 0
    /// The number of the current file's first frame.
    private var base = 0
    /// The time at which the current file's own time is 0, and that of the last frame.
    private var offset = Timestamp.zero
    private var last: Timestamp?
    private var pending: [SourceEvent] = []
    private(set) var description: SourceDescription

    private static let step = Timestamp(nanoseconds: 40_000_000)

    /// `files` are relative to `folder`; an empty `folder` stands for the paths as they are.
    init(
        folder: String, files: [String], name: String, shown: String, options: CaptureOptions
    ) throws(CaptureError) {
        guard !files.isEmpty else { throw .emptyFolder(shown) }
        self.folder = folder
        self.files = files
        self.name = name
        var own = options
        (own.start, own.duration, own.frames, own.loop) = (nil, nil, nil, false)
        self.options = own
        repeats = options.loop
        description = SourceDescription(
            kind: .folder, spec: shown, name: name, width: 1, height: 1, rate: nil, timebase: nil,
            encoding: "", isLive: false)
        var refusal: CaptureError?
        while member == nil, position < files.count {
            do throws(CaptureError) { member = try openNext() } catch { refusal = refusal ?? error }
        }
        guard let member else { throw refusal ?? .emptyFolder(shown) }
        description.width = member.description.width
        description.height = member.description.height
        description.encoding = member.description.encoding
        let isAllPictures = member.description.kind == .picture
        description.frameCount = isAllPictures ? files.count : nil
    }

    func cancel() { interrupt.cancel() }

    func next() throws -> SourceEvent? {
        while !interrupt.isCancelled {
            if !pending.isEmpty { return pending.removeFirst() }
            if let member {
                do {
                    if let event = try member.next() { return placed(event) }
                } catch let error as CaptureError {
                    pending.append(.gap(Gap(reason: .decode, from: last, detail: error.description)))
                }
                self.member = nil
                offset = last.map { $0.adding(Self.step) } ?? .zero
            } else if position < files.count {
                do throws(CaptureError) { member = try openNext() } catch { continue }
            } else if repeats, yieldedInRound {
                position = 0
                yieldedInRound = false
            } else {
                return nil
            }
        }
        return nil
    }

    /// Opens the file at `position` and steps on; what cannot be opened leaves a gap in `pending`.
    private func openNext() throws(CaptureError) -> MediaSource {
        let file = files[position]
        position += 1
        let path = folder.isEmpty ? file : folder + "/" + file
        var opening = MediaOpening(
            .file(path), name: name, shown: Redaction.printable(path), options: options)
        opening.file = file
        opening.interrupt = interrupt
        base = sequence
        do throws(CaptureError) {
            return try MediaSource(opening)
        } catch {
            pending.append(.gap(gap(for: error)))
            throw error
        }
    }

    /// A file that should have given a picture counts as a lost frame; one that is no picture does not.
    private func gap(for error: CaptureError) -> Gap {
        var lost: ClosedRange<Int>?
        switch error {
        case .notVideo, .noVideoStream: break
        default:
            lost = sequence...sequence
            sequence += 1
        }
        return Gap(reason: .decode, lost: lost, from: last, detail: error.description)
    }

    private func placed(_ event: SourceEvent) -> SourceEvent {
        switch event {
        case .frame(var frame):
            frame.sequence += base
            frame.time = frame.time.adding(offset)
            frame.pts = nil
            sequence = frame.sequence + 1
            last = frame.time
            yieldedInRound = true
            return .frame(frame)
        case .gap(var gap):
            if let lost = gap.lost {
                gap.lost = (lost.lowerBound + base)...(lost.upperBound + base)
                sequence = lost.upperBound + base + 1
            }
            gap.from = gap.from?.adding(offset)
            gap.to = gap.to?.adding(offset)
            return .gap(gap)
        }
    }
}
