import Logs

/// COCO's twelve numbers, each 0...1; AP is average precision, AR average recall.
public enum COCOMetric: String, Sendable, CaseIterable {
    /// Mean over ten overlaps (0.50 ... 0.95) and all classes.
    case averagePrecision = "AP"
    case at50 = "AP50"
    case at75 = "AP75"
    /// Objects under 32 x 32 pixels of the picture.
    case small = "APs"
    case medium = "APm"
    /// Objects from 96 x 96 pixels of the picture.
    case large = "APl"
    /// With the best detection of each class in each image.
    case recall1 = "AR1"
    case recall10 = "AR10"
    case recall100 = "AR100"
    case recallSmall = "ARs"
    case recallMedium = "ARm"
    case recallLarge = "ARl"
}

/// The result of an evaluation.
public struct COCOReport: Sendable, Hashable, CustomStringConvertible {
    public struct ClassAccuracy: Sendable, Hashable {
        public var id: Int
        public var name: String
        /// Objects that count (no crowds); at least 1, or the numbers are nil.
        public var objectCount: Int
        /// Results that were looked at: up to 100 of the class in each image.
        public var resultCount: Int
        public var averagePrecision: Double?
        public var at50: Double?
        public var at75: Double?
        public var recall100: Double?
        public var reliability: Reliability
    }

    public var imageCount: Int
    public var objectCount: Int
    public var resultCount: Int
    /// Those that are defined: no APs where no small object counts.
    public var metrics: [COCOMetric: Double]
    /// By id.
    public var classes: [ClassAccuracy]
    /// Precision at overlap 0.5 for the 101 recalls 0, 0.01 ... 1, averaged over the classes that have
    /// objects; empty where there are none.
    public var precisions: [Double]
    /// Of all classes together, at overlap 0.5.
    public var reliability: Reliability

    public subscript(metric: COCOMetric) -> Double? { metrics[metric] }

    init(classes: [ClassEvaluation], imageCount: Int, resultCount: Int) {
        self.imageCount = imageCount
        self.resultCount = resultCount
        objectCount = classes.reduce(0) { $0 + $1.objectCount }
        let all = classes.map(\.all)
        let values: [COCOMetric: Double?] = [
            .averagePrecision: Self.precision(all),
            .at50: Self.precision(all, OverlapThresholds.half),
            .at75: Self.precision(all, OverlapThresholds.threeQuarters),
            .small: Self.precision(classes.map(\.small)),
            .medium: Self.precision(classes.map(\.medium)),
            .large: Self.precision(classes.map(\.large)),
            .recall1: Self.recall(classes.map(\.best1)),
            .recall10: Self.recall(classes.map(\.best10)),
            .recall100: Self.recall(all),
            .recallSmall: Self.recall(classes.map(\.small)),
            .recallMedium: Self.recall(classes.map(\.medium)),
            .recallLarge: Self.recall(classes.map(\.large)),
        ]
        metrics = values.compactMapValues { $0 }
        self.classes = classes.map { one in
            ClassAccuracy(
                id: one.category.id, name: one.category.name, objectCount: one.objectCount,
                resultCount: one.judged.count, averagePrecision: Self.precision([one.all]),
                at50: Self.precision([one.all], OverlapThresholds.half),
                at75: Self.precision([one.all], OverlapThresholds.threeQuarters),
                recall100: Self.recall([one.all]), reliability: Reliability(one.judged))
        }
        let halves = all.compactMap(\.first)
        precisions =
            halves.isEmpty
            ? []
            : (0..<PrecisionCurve.points).map { point in
                halves.reduce(0) { $0 + $1.precisions[point] } / Double(halves.count)
            }
        reliability = Reliability(classes.flatMap(\.judged))
    }

    private static func precision(_ classes: [[PrecisionCurve]]) -> Double? {
        mean(classes.joined().flatMap(\.precisions))
    }

    private static func precision(_ classes: [[PrecisionCurve]], _ threshold: Int) -> Double? {
        mean(classes.filter { !$0.isEmpty }.flatMap { $0[threshold].precisions })
    }

    private static func recall(_ classes: [[PrecisionCurve]]) -> Double? {
        mean(classes.joined().map(\.recall))
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
