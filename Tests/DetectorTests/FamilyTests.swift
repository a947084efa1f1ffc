import EfficientDet
import Engine
import Frames
import Graph
import Testing
import Weights

@testable import Detector

/// Every model of the family as a plan that runs; small inputs, so that the suite stays quick.
struct FamilyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var height: Int
        var width: Int
        var classes = 90
        var testDescription: String { "\(name) \(height)x\(width) \(classes) classes" }
    }

    static let cases =
        Configuration.family.map { Case(name: $0.name, height: 64, width: 96) } + [
            Case(name: "d0", height: 128, width: 64, classes: 1),
            Case(name: "lite0", height: 75, width: 203, classes: 7),
            // Levels of one place.
            Case(name: "d0", height: 16, width: 16, classes: 3),
            Case(name: "d7x", height: 33, width: 1, classes: 2),
            Case(name: "lite0", height: 1, width: 1),
            Case(name: "phi=0.5", height: 64, width: 64),
            Case(name: "width=1", height: 64, width: 64),
        ]

    @Test(arguments: cases)
    func aPlanRuns(_ one: Case) throws {
        var configuration = try #require(Configuration.named(one.name))
        (configuration.inputHeight, configuration.inputWidth) = (one.height, one.width)
        configuration.classCount = one.classes
        let detector = try run(configuration)
        let plan = detector.plan
        #expect(configuration.levels.count == (one.name.hasSuffix("d7x") ? 6 : 5))
        var (height, width) = (one.height, one.width)
        for level in 1...configuration.levels.upperBound {
            (height, width) = ((height + 1) / 2, (width + 1) / 2)
            guard level >= 3 else { continue }
            for (head, outputs) in [("class", 9 * one.classes), ("box", 36)] {
                plan.withTensor("\(head).p\(level)") { values, shape in
                    #expect(shape == TensorShape(height: height, width: width, channels: outputs))
                    #expect(values.indices.allSatisfy { values[$0].isFinite })
                    // Random weights: something arrives at every head.
                    #expect(values.indices.contains { values[$0] != 0 })
                }
            }
        }
    }

    @Test(arguments: FeatureNetwork.allCases, Fusion.Mode.allCases)
    func everyDesignPointRuns(network: FeatureNetwork, fusion: Fusion.Mode) throws {
        var configuration = try #require(Configuration.named("d0"))
        (configuration.inputHeight, configuration.inputWidth) = (96, 64)
        configuration.featureNetwork = network
        configuration.fusion = fusion
        let detector = try run(configuration)
        detector.plan.withTensor("class.p3") { values, _ in
            #expect(values.indices.allSatisfy { values[$0].isFinite })
        }
    }

    /// Storing all logits and boxes, or only what is above the threshold and the boxes beside it: the
    /// detections are the same, whatever the run before found.
    @Test(arguments: ["lite0", "d0", "d7x"], Precision.allCases)
    func aSelectionDetectsWhatAllLogitsDo(name: String, precision: Precision) throws {
        var configuration = try #require(Configuration.named(name))
        (configuration.inputHeight, configuration.inputWidth) = (96, 64)
        let canvases = [37, 11].map { step in
            let canvas = PixelCanvas(width: 64, height: 96)
            canvas.withMutablePixels { pixels in
                for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: index * step) }
            }
            return canvas
        }
        var model = Model(random: configuration)
        if precision == .int8 {
            let calibrator = try Calibrator(
                graph: GraphBuilder.graph(of: configuration), weights: model.weights,
                normalization: InputNormalization(mean: configuration.mean, std: configuration.std),
                workers: 2, kernels: .chosen())
            for canvas in canvases { calibrator.look(at: canvas) }
            model.calibration = calibrator.calibration
        }
        let ways: [(Set<Int>?, Int)] = [(nil, 5000), ([0, 7, 79], 5000), (nil, 20)]
        for (classes, most) in name == "lite0" ? ways : [ways[0]] {
            var options = DetectorOptions(workers: 2)
            options.precision = precision
            options.classes = classes
            options.postProcessing.maxCandidates = most
            options.isDense = true
            let dense = try NetworkDetector(model, options)
            options.isDense = false
            for workers in [1, 2, 3, 5] {
                options.workers = workers
                let selecting = try NetworkDetector(model, options)
                var counts: [Int] = []
                for (number, score) in [0, 0.5, 0, 0.9, 1, 0.99].enumerated() {
                    for canvas in canvases {
                        dense.plan.run(canvas)
                        var method = options.postProcessing
                        method.minimumScore = Float(score)
                        let wanted = dense.select(method, clip: (64, 96))
                        selecting.plan.limit = logit(ofScore: method.minimumScore)
                        selecting.plan.run(canvas)
                        let found = selecting.select(clip: (64, 96))
                        let isSame = found == wanted
                        #expect(isSame, "\(workers) workers, run \(number), \(found.count), \(wanted.count)")
                        counts.append(found.count)
                    }
                }
                #expect(counts.contains(0) && counts.contains { $0 > 3 }, "\(counts)")
            }
        }
    }

    /// Runs it on the test pattern's like: a picture with edges.
    private func run(_ configuration: Configuration) throws -> NetworkDetector {
        var options = DetectorOptions(workers: 2)
        options.isDense = true
        let detector = try NetworkDetector(Model(random: configuration), options)
        let canvas = PixelCanvas(width: configuration.inputWidth, height: configuration.inputHeight)
        canvas.withMutablePixels { pixels in
            for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: index * 37) }
        }
        detector.plan.run(canvas)
        return detector
    }
}
