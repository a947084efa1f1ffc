import EfficientDet
import Engine

/// The heads' maps as anchors see them: class outputs as candidates, box outputs as codes.
struct Outputs: Sendable {
    private struct Level: Sendable {
        let classes: String
        let boxes: TapReader
        /// Number of the level's first anchor.
        let firstAnchor: Int
    }

    private let levels: [Level]
    private let classCount: Int

    init(plan: Plan, anchors: Anchors, configuration: Configuration) {
        classCount = configuration.classCount
        levels = zip(configuration.levels, anchors.levelStarts).map { level, start in
            Level(classes: "class.p\(level)", boxes: plan.reader(of: "box.p\(level)"), firstAnchor: start)
        }
    }

    /// What a plan is to keep of the class outputs, counted by anchor, then by class; boxes are needed only
    /// beside it.
    static func selection(_ configuration: Configuration, most: Int, classes: Set<Int>?) -> Selection {
        let channels = configuration.anchorsPerPlace * configuration.classCount
        let levels = configuration.levels
        return Selection(
            taps: levels.map { "class.p\($0)" }, most: most,
            channels: classes.map { classes in
                (0..<channels).map { classes.contains($0 % configuration.classCount) }
            },
            companions: Dictionary(uniqueKeysWithValues: levels.map { ("class.p\($0)", ["box.p\($0)"]) }))
    }

    /// The class logits that the plan's selection found, in no particular order.
    func selected(in plan: Plan) -> [Candidate] {
        var found: [MapCandidate] = []
        plan.selected(into: &found)
        return found.map {
            let (anchor, classIndex) = $0.index.quotientAndRemainder(dividingBy: classCount)
            return Candidate(logit: $0.logit, anchor: anchor, classIndex: classIndex)
        }
    }

    /// The best `most` class logits above `limit`, in no particular order.
    func candidates(above limit: Float, most: Int, classes: Set<Int>?, in plan: Plan) -> [Candidate] {
        var limit = limit
        var best: [Candidate] = []
        var found: [MapCandidate] = []
        // The coarse levels first: most of what scores high is there, and raises the limit for the large maps.
        for level in levels.reversed() {
            var next: Int? = 0
            while let start = next {
                found.removeAll(keepingCapacity: true)
                next = plan.candidates(in: level.classes, above: limit, from: start, most: most, into: &found)
                for one in found {
                    let (anchor, classIndex) = one.index.quotientAndRemainder(dividingBy: classCount)
                    guard classes?.contains(classIndex) ?? true else { continue }
                    best.append(
                        Candidate(
                            logit: one.logit, anchor: level.firstAnchor + anchor, classIndex: classIndex))
                }
                guard best.count > most, let lowest = best.keepBest(most) else { continue }
                // An equal one of a finer level would still come before the last one kept.
                limit = max(limit, lowest.nextDown)
            }
        }
        return best
    }

    /// The box outputs of an anchor. Where the plan selects, only those of anchors that were found stand
    /// there.
    func code(of anchor: Int) -> BoxCode {
        guard let level = levels.last(where: { $0.firstAnchor <= anchor }) else {
            preconditionFailure("anchor \(anchor) is before the first level")
        }
        let at = (anchor - level.firstAnchor) * 4
        let boxes = level.boxes
        return BoxCode(ty: boxes[at], tx: boxes[at + 1], th: boxes[at + 2], tw: boxes[at + 3])
    }
}
