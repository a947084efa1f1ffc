/// Non-maximum suppression: of things that cover each other the best stays. What every room needs of it
/// is here; the model's room adds the rest.
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
}
