/// Precision at 101 recalls, of one class, size and overlap.
struct PrecisionCurve {
    static let points = 101
    /// 0, 0.01 ... 1 as numpy's linspace computes them.
    static let recalls: [Double] = (0..<points).map { $0 == points - 1 ? 1 : Double($0) * 0.01 }

    /// Best precision at this recall or any higher one; 0 beyond the highest recall reached.
    var precisions: [Double]
    /// Highest recall reached.
    var recall: Double

    /// - Parameters:
    ///   - detections: of all images, best score first.
    ///   - objectCount: objects that count, at least 1.
    init(_ detections: [JudgedDetection], threshold: Int, objectCount: Int) {
        var recalls: [Double] = []
        var precisions: [Double] = []
        recalls.reserveCapacity(detections.count)
        precisions.reserveCapacity(detections.count)
        var right = 0.0
        var wrong = 0.0
        for detection in detections {
            if !detection.isIgnored(threshold) {
                if detection.isFound(threshold) { right += 1 } else { wrong += 1 }
            }
            recalls.append(right / Double(objectCount))
            precisions.append(right / (wrong + right + Double.ulpOfOne))
        }
        for index in precisions.indices.dropFirst().reversed()
        where precisions[index] > precisions[index - 1] {
            precisions[index - 1] = precisions[index]
        }
        var at = 0
        self.precisions = Self.recalls.map { recall in
            while at < recalls.count, recalls[at] < recall { at += 1 }
            return at < precisions.count ? precisions[at] : 0
        }
        self.recall = recalls.last ?? 0
    }
}
