/// Milliseconds that a frame spent in each part of the detector.
public struct DetectorTimings: Sendable, Hashable {
    /// Letterbox into the network's input.
    public var prepare: Double = 0
    /// The network.
    public var network: Double = 0
    /// Selection, decoding, non-maximum suppression.
    public var select: Double = 0

    public init() {}
}

/// Frame in, detections out, in two halves so that frame n + 1 is prepared while frame n is in the
/// network. Each half is called from one queue at a time; the two halves may run side by side on
/// different slots.
public protocol FrameDetector: AnyObject, Sendable {
    /// Number of input buffers, at least 2.
    var slots: Int { get }

    /// Letterboxes `frame` into the input buffer of `slot`. Returns the milliseconds it took.
    func prepare(_ frame: Frame, slot: Int) throws -> Double

    /// Runs the network on `slot` and returns what was found, best score first, in frame pixels.
    func detect(slot: Int) throws -> (detections: [Detection], timings: DetectorTimings)
}
