import Frames

/// For files: every frame waits its turn, and the source waits while `capacity` frames do.
struct EveryState: Mailbox {
    private var waiting: [SourceEvent] = []
    private let capacity: Int
    private(set) var frameCount = 0

    /// `capacity`: at least 1.
    init(capacity: Int = 4) {
        precondition(capacity >= 1, "a mailbox holds at least one frame")
        self.capacity = capacity
    }

    /// Gaps count as well: a source that yields nothing else waits, too.
    var hasRoom: Bool { waiting.count < capacity }
    var isEmpty: Bool { waiting.isEmpty }

    mutating func put(_ event: SourceEvent) -> Int {
        precondition(hasRoom, "a full mailbox takes no more")
        waiting.append(event)
        if case .frame = event { frameCount += 1 }
        return 0
    }

    mutating func take(whereSlotIsFree isFree: Bool) -> Delivery? {
        switch waiting.first {
        case nil: return nil
        case .gap(let gap):
            waiting.removeFirst()
            return .gap(gap)
        case .frame(let frame):
            guard isFree else { return nil }
            waiting.removeFirst()
            frameCount -= 1
            return .frame(frame, droppedBefore: 0)
        }
    }

    mutating func discardFrames() -> Int {
        defer { frameCount = 0 }
        waiting.removeAll { if case .frame = $0 { true } else { false } }
        return frameCount
    }
}
