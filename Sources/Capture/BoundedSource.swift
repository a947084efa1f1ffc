import Frames
import Synchronization

/// The part of a source that the user wants: from `start` on, for `duration`, at most `frames` frames.
final class BoundedSource: FrameSource, @unchecked Sendable {
    // `remaining` belongs to the one queue that calls `next()`; the rest is atomic.
    private let source: any FrameSource
    private let start: Timestamp
    private let end: Timestamp?
    private var remaining: Int?
    private let outside = Atomic<Int>(0)
    private let isAtLimit = Atomic<Bool>(false)

    init(_ source: any FrameSource, start: Timestamp?, duration: Timestamp?, frames: Int?) {
        self.source = source
        self.start = start ?? .zero
        end = duration.map { (start ?? .zero).adding($0) }
        remaining = frames
    }

    var description: SourceDescription { source.description }

    var skippedOutside: Int { source.skippedOutside + outside.load(ordering: .relaxed) }

    var hasReachedLimit: Bool { isAtLimit.load(ordering: .relaxed) }

    func cancel() { source.cancel() }

    func next() throws -> SourceEvent? {
        while remaining != 0, let event = try source.next() {
            guard case .frame(let frame) = event else { return event }
            if frame.time < start {
                outside.add(1, ordering: .relaxed)
                continue
            }
            if let end, frame.time >= end {
                outside.add(1, ordering: .relaxed)
                remaining = 0
                break
            }
            if let count = remaining { remaining = count - 1 }
            return event
        }
        if remaining == 0 { isAtLimit.store(true, ordering: .relaxed) }
        return nil
    }
}
