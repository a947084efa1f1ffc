import Frames
import Glibc

/// The pieces that hard and soft suppression within a class share.
extension Suppression {
    /// Takes out the best score; of equals the first.
    static func popBest(_ queue: inout ArraySlice<NetworkDetection>) -> NetworkDetection? {
        guard var at = queue.indices.first else { return nil }
        for index in queue.indices where queue[index].score > queue[at].score { at = index }
        return queue.remove(at: at)
    }

    static func decay(_ overlap: Float, sigma: Float) -> Float { exp(-overlap * overlap / sigma) }
}
