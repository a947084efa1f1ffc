import EfficientDet
import Engine
import JSON
import Weights

/// A network against the reference tensors of a golden file: its taps, and its detections under hard and
/// soft suppression.
public struct Parity: Sendable {
    /// How far one tap is from the reference.
    public struct Tap: Sendable {
        public let name: String
        /// Relative L2 distance, and how large it may be.
        public let relative: Double
        public let allowed: Double
        /// Largest absolute difference, and how large it may be; nil where the golden names no bound.
        public let largest: Double
        public let tolerance: Double?

        /// A value that is no number never passes.
        public var passes: Bool {
            relative <= allowed && tolerance.map { largest <= $0 } ?? true
        }
    }

    /// How far one set of detections is from the reference.
    public struct Detections: Sendable {
        public let name: String
        public let expected: Int
        public let found: Int
        /// Expected rows without a partner of the same class, box and score; and found ones.
        public let missing: Int
        public let extra: Int
        /// Largest difference of the partners, in pixels and in score.
        public let box: Float
        public let score: Float

        public var passes: Bool { missing == 0 && extra == 0 }
    }

    /// How far a network of this precision may be from the reference at any tap: relative L2 distance.
    ///
    /// f32 sums in another order than the reference does. bf16 rounds every map to 8 bits, 2^-9 at most each
    /// time, and errors add up over the layers: the trained Lite0's worst tap (c3) was measured at 0.039,
    /// its results at 0.009. int8 has 256 steps for all values of a map: worst 0.16 (c4), results 0.07. Random
    /// weights amplify rounding more, so they say nothing about bf16 and int8.
    public static func relativeTolerance(_ precision: Precision) -> Double {
        switch precision {
        case .f32: 1e-4
        case .bf16: 0.08
        case .int8: 0.32
        }
    }

    public let precision: Precision
    public let taps: [Tap]
    public let detections: [Detections]

    public var passes: Bool { taps.allSatisfy(\.passes) && detections.allSatisfy(\.passes) }

    /// Runs the network on the golden's `image`.
    /// - Parameters:
    ///   - golden: tensors `image`, `tap.…`, `detections`, `detections.soft`, and a `tolerance` in JSON.
    ///   - model: the weights that belong to it; the input takes the image's size.
    ///   - precision: below f32 the golden's own bounds do not hold, and those of the precision do.
    /// - Throws: `ModelError` where the file is no golden, `WeightsError`, `EngineError`.
    public init(golden: TensorFile, model: Model, workers: Int, precision: Precision = .f32) throws {
        self.precision = precision
        let image = try Self.image(golden)
        var model = model
        (model.configuration.inputHeight, model.configuration.inputWidth) = (image.shape[2], image.shape[3])
        let references = golden.names.filter { $0.hasPrefix("tap.") }.map(Reference.init)
        let known = Set(GraphBuilder.graph(of: model.configuration).taps.map(\.name))
        guard !references.isEmpty else { throw ModelError.goldenLacks(path: golden.path, what: "taps") }
        if let unknown = references.first(where: { !known.contains($0.tap) }) {
            throw ModelError.goldenDiffers(path: golden.path, tap: unknown.tap, model: model.name)
        }
        var options = DetectorOptions(workers: workers)
        options.isDense = true
        options.keep = Set(references.map(\.tap))
        options.precision = precision
        let detector = try NetworkDetector(model, options)
        let told = golden.metadata["tolerance"].flatMap { try? JSONParser.parse(Array($0.utf8)) }?.object
        let tolerances = precision == .f32 ? told : nil

        var hard = PostProcessing()
        hard.minimumScore = Self.lowestScore
        var soft = hard
        soft.method = .soft(sigma: 0.5, floor: 0.001)
        detector.run(planar: image.values)
        taps = try references.sorted { $0.order < $1.order }.map { reference in
            try reference.compare(
                golden, detector.plan, allowed: Self.relativeTolerance(precision),
                tolerance: tolerances?["tap.\(reference.tap)"]?.double)
        }
        let clip = (width: Float(image.shape[3]), height: Float(image.shape[2]))
        let sets = [("detections", hard), ("detections.soft", soft)]
        detections = try sets.filter { golden.shape(of: $0.0) != nil }.map { name, method in
            let score = name == "detections" ? "detections.score" : "detections.soft.score"
            let usual = DetectionBounds.usual(precision)
            let bounds = DetectionBounds(
                box: tolerances?["detections.box"]?.double.map { Float($0) } ?? usual.box,
                score: tolerances?[score]?.double.map { Float($0) } ?? usual.score, certain: usual.certain,
                tie: usual.tie)
            let expected = try golden.floats(name) as (shape: [Int], values: [Float])
            return bounds.compare(
                name, expected.values, detector.select(method, clip: clip),
                firstID: model.labels.firstID, lowest: Self.lowestScore)
        }
    }

    /// Goldens hold detections from this score on.
    private static let lowestScore: Float = 0.05

    private static func image(_ golden: TensorFile) throws -> (shape: [Int], values: [Float]) {
        guard let shape = golden.shape(of: "image") else {
            throw ModelError.goldenLacks(path: golden.path, what: "the tensor 'image'")
        }
        guard shape.count == 4, shape[0] == 1, shape[1] == 3, shape[2] > 0, shape[3] > 0 else {
            throw ModelError.goldenLacks(path: golden.path, what: "an image of 1 x 3 x height x width")
        }
        return try golden.floats("image")
    }
}
