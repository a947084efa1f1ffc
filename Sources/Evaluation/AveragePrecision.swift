/// COCO's protocol for boxes (https://cocodataset.org/#detection-eval), number for number as
/// pycocotools computes it.
public enum AveragePrecision {
    /// Holds `results` against `annotations`. Every annotated image counts, also those without results;
    /// results of classes that the annotations do not list are left out.
    /// - Throws: `unknownImage` where a result names an image that the annotations do not list.
    public static func evaluate(annotations: Annotations, results: [DetectionResult])
        throws(EvaluationError) -> COCOReport
    {
        let imageIDs = Set(annotations.images.map(\.id))
        for (index, result) in results.enumerated() where !imageIDs.contains(result.imageID) {
            throw .unknownImage(path: "The results", place: "results[\(index)]", id: result.imageID)
        }
        let objects = Dictionary(grouping: annotations.objects, by: \.classID)
        let found = Dictionary(grouping: results, by: \.classID)
        let classes = annotations.categories.map { category in
            ClassEvaluation(
                category: category, objects: objects[category.id] ?? [], results: found[category.id] ?? [])
        }
        return COCOReport(
            classes: classes, imageCount: annotations.images.count, resultCount: results.count)
    }
}

/// Everything the report needs of one class.
struct ClassEvaluation {
    let category: Annotations.Category
    /// Without crowds.
    let objectCount: Int
    /// Of all images at all sizes, best score first.
    let judged: [JudgedDetection]
    /// Ten curves (by overlap), or none where no object of that size counts.
    let all: [PrecisionCurve]
    let small: [PrecisionCurve]
    let medium: [PrecisionCurve]
    let large: [PrecisionCurve]
    /// With the best detection, and the ten best, of each image only.
    let best1: [PrecisionCurve]
    let best10: [PrecisionCurve]

    init(category: Annotations.Category, objects: [Annotations.Object], results: [DetectionResult]) {
        self.category = category
        let objects = Dictionary(grouping: objects, by: \.imageID)
        let results = Dictionary(grouping: results, by: \.imageID)
        // Images in the order of their ids: that order settles equal scores.
        let matchings = Set(objects.keys).union(results.keys).sorted().map { image in
            Matching(objects: objects[image] ?? [], results: results[image] ?? [])
        }
        let (judged, objectCount) = Self.judge(matchings, .all)
        self.judged = judged
        self.objectCount = objectCount
        all = Self.curves(judged, objectCount)
        best1 = Self.curves(judged.filter { $0.rank < 1 }, objectCount)
        best10 = Self.curves(judged.filter { $0.rank < 10 }, objectCount)
        small = Self.curves(of: matchings, .small)
        medium = Self.curves(of: matchings, .medium)
        large = Self.curves(of: matchings, .large)
    }

    private static func judge(_ matchings: [Matching], _ range: AreaRange)
        -> (detections: [JudgedDetection], objectCount: Int)
    {
        var detections: [JudgedDetection] = []
        var objectCount = 0
        for matching in matchings {
            let judgement = matching.judge(range)
            detections += judgement.detections
            objectCount += judgement.objectCount
        }
        let order = detections.indices.sorted {
            (detections[$1].score, $0) < (detections[$0].score, $1)
        }
        return (order.map { detections[$0] }, objectCount)
    }

    private static func curves(of matchings: [Matching], _ range: AreaRange) -> [PrecisionCurve] {
        let (judged, objectCount) = judge(matchings, range)
        return curves(judged, objectCount)
    }

    private static func curves(_ judged: [JudgedDetection], _ objectCount: Int) -> [PrecisionCurve] {
        guard objectCount > 0 else { return [] }
        return (0..<OverlapThresholds.count).map {
            PrecisionCurve(judged, threshold: $0, objectCount: objectCount)
        }
    }
}
