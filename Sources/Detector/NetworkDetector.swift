import EfficientDet
import Engine
import Frames
import Graph

/// What a detector is made for; everything has a default that suits a first look.
public struct DetectorOptions: Sendable {
    /// Threads of the network.
    public var workers: Int
    public var postProcessing = PostProcessing()
    /// Class indices that are looked for; nil: all.
    public var classes: Set<Int>?
    /// Taps to be readable after a run, besides the outputs.
    public var keep: Set<String> = []
    public var resampling = Resampling.antialiased
    /// Nil: the best for this processor.
    public var precision: Precision? = .f32
    /// Whether all class logits are stored, to be read; else only those above the minimum score are kept.
    public var isDense = false

    public init(workers: Int) {
        self.workers = workers
    }
}

/// An EfficientDet that looks at frames. `prepare` belongs to one queue and `detect` to one: they share
/// nothing but the slot that the pipeline hands from the one to the other.
public final class NetworkDetector: FrameDetector, @unchecked Sendable {
    public let model: Model
    public let plan: Plan
    public let slots = 2
    private let options: DetectorOptions
    private let anchors: Anchors
    private let letterbox: Letterbox
    private let canvases: [PixelCanvas]
    /// Written by `prepare`, read by `detect` of the same slot.
    private var fits: [LetterboxFit]
    private let outputs: Outputs

    /// - Throws: `WeightsError` for a tensor that is missing or has the wrong shape, `EngineError`.
    public convenience init(_ model: Model, _ options: DetectorOptions) throws {
        let configuration = model.configuration
        let kernels = try KernelSet.chosen()
        var planOptions = PlanOptions(
            workers: options.workers, keep: options.keep, kernels: kernels,
            precision: options.precision ?? .best(for: kernels), calibration: model.calibration)
        if !options.isDense {
            planOptions.selection = Outputs.selection(
                configuration, most: options.postProcessing.maxCandidates, classes: options.classes)
        }
        let plan = try Plan(
            graph: GraphBuilder.graph(of: configuration), weights: model.weights,
            normalization: InputNormalization(mean: configuration.mean, std: configuration.std),
            options: planOptions)
        self.init(model, options, plan, Anchors(configuration))
    }

    private init(_ model: Model, _ options: DetectorOptions, _ plan: Plan, _ anchors: Anchors) {
        let configuration = model.configuration
        self.model = model
        self.options = options
        self.plan = plan
        self.anchors = anchors
        plan.limit = logit(ofScore: options.postProcessing.minimumScore)
        letterbox = Letterbox(
            fill: configuration.fill, resampling: options.resampling, kernels: plan.kernels)
        canvases = (0..<slots).map { _ in
            PixelCanvas(width: configuration.inputWidth, height: configuration.inputHeight)
        }
        let whole = LetterboxFit(
            frameWidth: configuration.inputWidth, frameHeight: configuration.inputHeight,
            canvasWidth: configuration.inputWidth, canvasHeight: configuration.inputHeight)
        fits = Array(repeating: whole, count: slots)
        outputs = Outputs(plan: plan, anchors: anchors, configuration: configuration)
    }

    /// A detector of the same model over the same weights, with memory and workers of its own.
    public func twin(workers: Int) -> NetworkDetector {
        var options = options
        options.workers = workers
        return NetworkDetector(model, options, plan.twin(workers: workers), anchors)
    }

    public func prepare(_ frame: Frame, slot: Int) -> Double {
        let start = ContinuousClock.now
        fits[slot] = letterbox.draw(frame.pixels, on: canvases[slot])
        return start.millisecondsToNow
    }

    public func detect(slot: Int) -> (detections: [Detection], timings: DetectorTimings) {
        var timings = DetectorTimings()
        timings.network = runNetwork(slot: slot)
        let selectStart = ContinuousClock.now
        let fit = fits[slot]
        let detections = select(clip: (Float(fit.width), Float(fit.height))).map { one in
            let box = fit.frameBox(one.box)
            return Detection(box: box, score: one.score, classIndex: one.classIndex)
        }
        timings.select = selectStart.millisecondsToNow
        return (detections, timings)
    }

    /// The network alone on what `prepare` drew: all of its outputs where the detector is dense, else what is
    /// above the limit.
    /// - Returns: milliseconds.
    public func runNetwork(slot: Int) -> Double {
        let start = ContinuousClock.now
        plan.run(canvases[slot])
        return start.millisecondsToNow
    }

    /// The time of every step on what `prepare` drew last.
    public func profile(slot: Int, runs: Int) -> [StepProfile] { plan.profile(canvases[slot], runs: runs) }

    /// Runs the network on its input tensor, `3 × height × width`, normalised.
    func run(planar image: [Float]) { plan.run(planar: image) }

    /// What the last run found, in the network's pixels.
    /// - Parameter postProcessing: another way than the detector's own, of a dense one.
    func select(_ postProcessing: PostProcessing? = nil, clip: (width: Float, height: Float))
        -> [NetworkDetection]
    {
        let postProcessing = postProcessing ?? options.postProcessing
        let candidates =
            options.isDense
            ? outputs.candidates(
                above: logit(ofScore: postProcessing.minimumScore), most: postProcessing.maxCandidates,
                classes: options.classes, in: plan) : outputs.selected(in: plan)
        return postProcessing.detections(
            from: candidates, anchors: anchors, code: outputs.code(of:), clip: clip)
    }
}

extension ContinuousClock.Instant {
    var millisecondsToNow: Double {
        let (seconds, attoseconds) = duration(to: .now).components
        return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    }
}
