import Frames

/// Where events of a source wait for the detector. A value: its owner locks, it decides.
protocol Mailbox: Sendable {
    /// Whether the source may deliver more.
    var hasRoom: Bool { get }
    var isEmpty: Bool { get }
    /// Frames waiting.
    var frameCount: Int { get }

    /// Returns the number of waiting frames that `event` replaced.
    mutating func put(_ event: SourceEvent) -> Int

    /// The next event in order; frames only where a slot `isFree` for them.
    mutating func take(whereSlotIsFree isFree: Bool) -> Delivery?

    /// Throws the waiting frames away and keeps the gaps. Returns the number of frames.
    mutating func discardFrames() -> Int
}

/// What leaves a mailbox.
enum Delivery: Sendable {
    /// `droppedBefore`: frames replaced since the previous delivered frame.
    case frame(Frame, droppedBefore: Int)
    case gap(Gap)
}
