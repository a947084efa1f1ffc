import Frames

/// From class logits and box codes to detections, as effdet does it: the best candidates, decoded,
/// clipped to the picture, non-maximum suppression class by class.
public struct PostProcessing: Sendable {
    public enum Method: Sendable, Hashable {
        /// A box that overlaps a better one of its class by more than `iou` is dropped.
        case hard(iou: Float)
        /// Gaussian soft-NMS (Bodla 2017): scores fall by exp(-IoU² / sigma) with every better box of
        /// the class; at `floor` they are dropped.
        case soft(sigma: Float, floor: Float)
    }

    public var method: Method = .hard(iou: 0.5)
    /// (anchor, class) pairs looked at, the best ones.
    public var maxCandidates = 5000
    public var maxDetections = 100
    /// Detections below it are left out at the end.
    public var minimumScore: Float = 0
    /// Boxes of different classes that cover each other this much are one thing: the best one stays. Nil:
    /// classes do not disturb each other.
    public var agnosticIoU: Float?

    public init() {}

    /// - Parameters:
    ///   - code: the box head's numbers for an anchor.
    ///   - clip: size of the picture inside the network's input, without the letterbox's border.
    /// - Returns: hard: best score first. Soft: in the order of picking, scores falling as well.
    public func detections(
        from candidates: [Candidate], anchors: Anchors, code: (Int) -> BoxCode,
        clip: (width: Float, height: Float)
    ) -> [NetworkDetection] {
        func decoded(_ candidate: Candidate) -> NetworkDetection? {
            guard let box = anchors[candidate.anchor].box(code(candidate.anchor)) else { return nil }
            return NetworkDetection(
                box: box.clipped(width: clip.width, height: clip.height), score: sigmoid(candidate.logit),
                classIndex: candidate.classIndex, anchor: candidate.anchor)
        }
        let ranking = Ranking(candidates, most: maxCandidates)
        var kept: [NetworkDetection]
        switch method {
        case .hard(let iou): kept = suppressed(ranking, decoded, iou: iou)
        case .soft(let sigma, let floor):
            kept = softlySuppressed(ranking.compactMap(decoded), sigma: sigma, floor: floor)
        }
        if let agnosticIoU { kept = Suppression.acrossClasses(kept, iou: agnosticIoU, box: \.box) }
        return Array(kept.prefix(maxDetections)).filter { $0.score >= minimumScore }
    }

    /// Decodes what comes to its turn: of a full picture the first few hundred.
    private func suppressed(
        _ ranking: Ranking, _ decoded: (Candidate) -> NetworkDetection?, iou limit: Float
    ) -> [NetworkDetection] {
        var kept: [NetworkDetection] = []
        var byClass: [Int: [NetworkBox]] = [:]
        for candidate in ranking {
            guard let one = decoded(candidate) else { continue }
            let rivals = byClass[one.classIndex, default: []]
            guard !rivals.contains(where: { $0.iou(with: one.box) > limit }) else { continue }
            byClass[one.classIndex, default: []].append(one.box)
            kept.append(one)
            // Only the pass across classes can need more than will be returned.
            if kept.count == maxDetections, agnosticIoU == nil { break }
        }
        return kept
    }

    private func softlySuppressed(_ decoded: [NetworkDetection], sigma: Float, floor: Float)
        -> [NetworkDetection]
    {
        var queues = Dictionary(grouping: decoded, by: \.classIndex)
        var picked: [NetworkDetection] = []
        for (classIndex, queue) in queues {
            var queue = queue[...]
            var chosen: [NetworkDetection] = []
            while chosen.count < maxDetections, let top = Suppression.popBest(&queue) {
                chosen.append(top)
                queue = ArraySlice(
                    queue.compactMap { rival in
                        var rival = rival
                        let overlap = top.box.iou(with: rival.box)
                        rival.score *= Suppression.decay(overlap, sigma: sigma)
                        return rival.score > floor ? rival : nil
                    })
            }
            queues[classIndex] = nil
            picked += chosen
        }
        // Classes do not disturb each other, so picking over all of them is their merge by score.
        return picked.sorted {
            $0.score != $1.score
                ? $0.score > $1.score : ($0.anchor, $0.classIndex) < ($1.anchor, $1.classIndex)
        }
    }
}
