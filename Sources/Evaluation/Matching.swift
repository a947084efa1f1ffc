/// The ten overlaps (0.50, 0.55 ... 0.95) at which COCO asks whether a detection found an object.
enum OverlapThresholds {
    static let count = 10
    /// Computed as numpy's linspace does, so that a box exactly on a threshold falls on the same side.
    static let values: [Double] = (0..<count).map { k in
        k == count - 1 ? 0.95 : Double(k) * ((0.95 - 0.5) / Double(count - 1)) + 0.5
    }
    static let half = 0
    static let threeQuarters = 5
}

/// A range of object sizes in square pixels, both ends included.
struct AreaRange {
    var smallest: Double
    var largest: Double

    func contains(_ area: Double) -> Bool { area >= smallest && area <= largest }

    static let all = AreaRange(smallest: 0, largest: 1e10)
    static let small = AreaRange(smallest: 0, largest: 32 * 32)
    static let medium = AreaRange(smallest: 32 * 32, largest: 96 * 96)
    static let large = AreaRange(smallest: 96 * 96, largest: 1e10)
}

/// A detection held against the objects of its image and class. Bit k of a set is threshold k.
struct JudgedDetection {
    var score: Double
    /// Among the detections of its image and class, best first, from 0.
    var rank: Int
    var found: UInt16 = 0
    var ignored: UInt16 = 0

    func isFound(_ threshold: Int) -> Bool { found & 1 << threshold != 0 }
    func isIgnored(_ threshold: Int) -> Bool { ignored & 1 << threshold != 0 }
}

/// Objects and detections of one class in one image, and how much each pair overlaps.
struct Matching {
    static let mostDetections = 100

    let objects: [Annotations.Object]
    /// Best first, equal scores in the order of the results; at most `mostDetections`.
    let detections: [DetectionResult]
    /// (detections, objects)
    private let overlaps: [Double]

    init(objects: [Annotations.Object], results: [DetectionResult]) {
        let order = results.indices.sorted {
            (results[$1].score, $0) < (results[$0].score, $1)
        }
        let detections = order.prefix(Self.mostDetections).map { results[$0] }
        self.objects = objects
        self.detections = detections
        overlaps = detections.flatMap { detection in
            objects.map { detection.box.overlap(with: $0.box, isCrowd: $0.isCrowd) }
        }
    }

    /// Gives each detection, best first, the free object it overlaps most. Objects outside `range` and
    /// crowds count neither for nor against, nor do detections outside `range` that found nothing.
    func judge(_ range: AreaRange) -> (detections: [JudgedDetection], objectCount: Int) {
        let isIgnored = objects.map { $0.isCrowd || !range.contains($0.area) }
        // Objects that count come first; within both groups the file's order stays.
        let order = objects.indices.filter { !isIgnored[$0] } + objects.indices.filter { isIgnored[$0] }
        var judged = detections.enumerated().map { JudgedDetection(score: $1.score, rank: $0) }
        for (bit, threshold) in OverlapThresholds.values.enumerated() {
            var isTaken = [Bool](repeating: false, count: objects.count)
            for index in detections.indices {
                guard
                    let match = bestMatch(
                        of: index, above: min(threshold, 1 - 1e-10), order, isIgnored, isTaken)
                else {
                    if !range.contains(detections[index].box.area) { judged[index].ignored |= 1 << bit }
                    continue
                }
                isTaken[match] = true
                if isIgnored[match] {
                    judged[index].ignored |= 1 << bit
                } else if objects[match].id != 0 {
                    judged[index].found |= 1 << bit
                } else if !range.contains(detections[index].box.area) {
                    // The reference takes id 0 for "nothing found"; equal numbers need the same.
                    judged[index].ignored |= 1 << bit
                }
            }
        }
        return (judged, isIgnored.count { !$0 })
    }

    /// Of equal overlaps the later object wins. A crowd may be found again and again.
    private func bestMatch(
        of detection: Int, above threshold: Double, _ order: [Int], _ isIgnored: [Bool], _ isTaken: [Bool]
    ) -> Int? {
        var best = threshold
        var match: Int?
        for object in order {
            if isTaken[object], !objects[object].isCrowd { continue }
            // An object that counts is preferred to any that does not.
            if let match, !isIgnored[match], isIgnored[object] { break }
            let overlap = overlaps[detection * objects.count + object]
            if overlap < best { continue }
            best = overlap
            match = object
        }
        return match
    }
}
