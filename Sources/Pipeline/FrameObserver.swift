import Frames

/// Sees what passes, for a picture of it. Called from the run's queues, each method from one of them at
/// a time, the two side by side; must not block.
public protocol FrameObserver: AnyObject, Sendable {
    /// Every frame, as soon as it is captured.
    func show(_ frame: Frame)
    func show(_ result: FrameResult)
}
