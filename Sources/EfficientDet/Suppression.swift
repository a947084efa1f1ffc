import Frames
import Glibc

/// The pieces of non-maximum suppression that more than one place needs.
public enum Suppression {
    /// Keeps, of things in the order of their scores, each that no better one covers by `iou` or more,
    /// whatever its class. For showing: one thing is not drawn under several names.
    public static func acrossClasses<Thing, Space>(
        _ things: [Thing], iou: Float, box: (Thing) -> Rectangle<Space>
    ) -> [Thing] {
        var kept: [(thing: Thing, box: Rectangle<Space>)] = []
        for thing in things {
            let own = box(thing)
            if !kept.contains(where: { $0.box.iou(with: own) >= iou }) { kept.append((thing, own)) }
        }
        return kept.map(\.thing)
    }

    /// Takes out the best score; of equals the first.
    static func popBest(_ queue: inout ArraySlice<NetworkDetection>) -> NetworkDetection? {
        guard var at = queue.indices.first else { return nil }
        for index in queue.indices where queue[index].score > queue[at].score { at = index }
        return queue.remove(at: at)
    }

    static func decay(_ overlap: Float, sigma: Float) -> Float { exp(-overlap * overlap / sigma) }
}
