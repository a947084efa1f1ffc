import Frames

/// For live sources: one frame waits at most, a newer one takes its place. Gaps are never replaced and
/// keep their order among the frames that are delivered.
struct LatestState: Mailbox {
    /// Gaps older than `frame`, `frame` itself, gaps newer than it.
    private var before: [Gap] = []
    private var frame: Frame?
    private var after: [Gap] = []
    private var replaced = 0

    let hasRoom = true
    var isEmpty: Bool { before.isEmpty && frame == nil && after.isEmpty }
    var frameCount: Int { frame == nil ? 0 : 1 }

    mutating func put(_ event: SourceEvent) -> Int {
        switch event {
        case .gap(let gap):
            if frame == nil { before.append(gap) } else { after.append(gap) }
            return 0
        case .frame(let newer):
            let count = frameCount
            replaced += count
            frame = newer
            before += after
            after = []
            return count
        }
    }

    mutating func take(whereSlotIsFree isFree: Bool) -> Delivery? {
        if !before.isEmpty { return .gap(before.removeFirst()) }
        guard isFree, let frame else { return nil }
        defer { replaced = 0 }
        self.frame = nil
        before = after
        after = []
        return .frame(frame, droppedBefore: replaced)
    }

    mutating func discardFrames() -> Int {
        defer { frame = nil }
        before += after
        after = []
        return frameCount
    }
}
