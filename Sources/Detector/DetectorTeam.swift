import Frames

/// Detectors of one model over the same weights, one for each worker, each with one thread: several
/// pictures at once, where throughput counts and not latency. Every member finds exactly what a single
/// detector on all workers finds.
public struct DetectorTeam: Sendable {
    /// At least one; each belongs to one queue at a time.
    public let members: [NetworkDetector]

    /// - Parameter options: its `workers` is the number of members.
    /// - Throws: what `NetworkDetector` throws.
    public init(_ model: Model, _ options: DetectorOptions) throws {
        var own = options
        own.workers = 1
        let first = try NetworkDetector(model, own)
        members = [first] + (1..<max(options.workers, 1)).map { _ in first.twin(workers: 1) }
    }
}

extension NetworkDetector {
    /// What is in one picture, best score first, in its pixels: both halves of the work, one after the
    /// other, for whoever has only one thread.
    public func detections(in frame: Frame) -> [Detection] {
        _ = prepare(frame, slot: 0)
        return detect(slot: 0).detections
    }
}
