import Graph
import Testing
import Weights

@testable import Engine

/// A picture of random blobs: neighbouring pixels are alike, as in photos.
private func picture(_ graph: Graph, seed: UInt64) -> PixelCanvas {
    var random = RandomNumbers(seed: seed)
    let canvas = PixelCanvas(width: graph.input.width, height: graph.input.height)
    let spots = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
    canvas.withMutablePixels { pixels in
        for i in 0..<canvas.width * canvas.height * 3 {
            let (x, y) = (i / 3 % canvas.width / 5, i / 3 / canvas.width / 4)
            let noise = UInt8.random(in: 0...15, using: &random)
            pixels[i] = spots[(x * 7 + y * 3 + i % 3) % 40] &+ noise
        }
    }
    return canvas
}

/// What the maps of a network hold on a few pictures.
func calibration(_ graph: Graph, _ weights: any TensorProvider) throws -> Calibration {
    let calibrator = try Calibrator(
        graph: graph, weights: weights, normalization: normalization, workers: 2, kernels: .chosen())
    for seed in 0..<4 { calibrator.look(at: picture(graph, seed: 70 + UInt64(seed))) }
    return calibrator.calibration
}

struct BytePlanTests {
    private func values(_ plan: Plan, _ tap: String) -> [Float] {
        plan.withTensor(tap) { values, _ in values.indices.map { values[$0] } }
    }

    private func relativeError(_ found: [Float], _ wanted: [Float]) -> Double {
        var (error, norm) = (0.0, 0.0)
        for (a, b) in zip(found, wanted) {
            error += Double((a - b) * (a - b))
            norm += Double(b * b)
        }
        return (error / max(norm, 1e-20)).squareRoot()
    }

    @Test(arguments: PlanTests.cases)
    func bytesStayNearFloatsInEverySet(_ one: PlanTests.Case) throws {
        let graph = one.graph
        let weights = RandomWeights(seed: 3)
        let calibration = try calibration(graph, weights)
        let canvas = picture(graph, seed: 71)
        func plan(
            _ kernels: KernelSet, _ precision: Precision, keep: Set<String>, expandedBytes: Int = 2_000_000
        )
            throws -> Plan
        {
            var options = PlanOptions(
                workers: 2, keep: keep, kernels: kernels, precision: precision, calibration: calibration)
            options.expandedBytes = expandedBytes
            let plan = try Plan(
                graph: graph, weights: weights, normalization: normalization, options: options)
            plan.run(canvas)
            return plan
        }
        let taps = Set(graph.taps.map(\.name))
        let truth = try plan(.chosen(), .f32, keep: taps)
        let reference = try plan(.chosen(environment: "scalar"), .int8, keep: taps)
        for kernels in usableSets {
            for (keep, expandedBytes) in [(taps, 2_000_000), ([], 2_000_000), ([], 0)] {
                let plan = try plan(kernels, .int8, keep: keep, expandedBytes: expandedBytes)
                for tap in graph.taps.map(\.name) where keep.contains(tap) || graph.outputs.contains(tap) {
                    let found = values(plan, tap)
                    let what = "\(kernels.name) \(tap) \(expandedBytes)"
                    #expect(relativeError(found, values(truth, tap)) < 0.12, "\(what)")
                    // Sets differ by a rounding here and there, fusions not at all.
                    #expect(relativeError(found, values(reference, tap)) < 0.03, "\(what)")
                }
            }
        }
    }

    @Test func fusionsChangeNoBit() throws {
        let graph = PlanTests.cases[4].graph
        let weights = RandomWeights(seed: 3)
        let calibration = try calibration(graph, weights)
        let canvas = picture(graph, seed: 71)
        let plans = try [(Set(graph.taps.map(\.name)), 2_000_000), ([], 2_000_000), ([], 0)].map {
            keep, expandedBytes in
            var options = PlanOptions(
                workers: 2, keep: keep, kernels: try .chosen(), precision: .int8, calibration: calibration)
            options.expandedBytes = expandedBytes
            let plan = try Plan(
                graph: graph, weights: weights, normalization: normalization, options: options)
            plan.run(canvas)
            return plan
        }
        for tap in graph.outputs {
            let first = values(plans[0], tap)
            for plan in plans.dropFirst() { #expect(values(plan, tap) == first, "\(tap)") }
        }
    }

    @Test func aPictureAndItsTensorGiveTheSame() throws {
        let graph = PlanTests.cases[3].graph
        let weights = RandomWeights(seed: 3)
        let calibration = try calibration(graph, weights)
        let canvas = picture(graph, seed: 72)
        let pixels = graph.input.width * graph.input.height
        let planar = canvas.withPixels { bytes in
            (0..<3 * pixels).map { i in
                (Float(bytes[i % pixels * 3 + i / pixels]) / 255 - normalization.mean[i / pixels])
                    / normalization.std[i / pixels]
            }
        }
        let plan = try Plan(
            graph: graph, weights: weights, normalization: normalization,
            options: PlanOptions(
                workers: 1, kernels: try .chosen(), precision: .int8, calibration: calibration))
        plan.run(canvas)
        let wanted = graph.outputs.map { values(plan, $0) }
        plan.run(planar: planar)
        #expect(graph.outputs.map { values(plan, $0) } == wanted)
    }

    @Test func withoutRangesThereIsNoPlan() throws {
        let graph = PlanTests.cases[0].graph
        func plan(_ calibration: Calibration?) throws {
            _ = try Plan(
                graph: graph, weights: RandomWeights(seed: 3), normalization: normalization,
                options: PlanOptions(
                    workers: 1, kernels: try .chosen(), precision: .int8, calibration: calibration))
        }
        #expect(throws: EngineError.notCalibrated("stem")) { try plan(nil) }
        var part = try calibration(graph, RandomWeights(seed: 3))
        #expect(part.ranges.removeValue(forKey: "b1.expand.linear") != nil)
        #expect(throws: EngineError.notCalibrated("b1.expand.linear")) { try plan(part) }
    }

    @Test func lookingAtMapsChangesNoResult() throws {
        let graph = PlanTests.cases[0].graph
        let weights = RandomWeights(seed: 3)
        let observable = Calibration.observable(graph)
        #expect(observable.nodes.count > graph.nodes.count)
        let canvas = picture(graph, seed: 73)
        let plans = try [graph, observable].map { one in
            let plan = try Plan(
                graph: one, weights: weights, normalization: normalization,
                options: PlanOptions(workers: 2, kernels: try .chosen()))
            plan.run(canvas)
            return plan
        }
        for tap in graph.taps where graph.outputs.contains(tap.name) {
            let node = try #require(graph.nodes.first { $0.output == tap.tensor })
            #expect(relativeError(values(plans[1], node.name), values(plans[0], tap.name)) < 1e-5)
        }
    }
}

struct QuantizationTests {
    @Test(arguments: [-3...5 as ClosedRange<Float>, 0...6, -1...0, 2...9, -7 ... -2, 0...0, -1e-30...1e-30])
    func zeroHasAByteAndTheEndsAreReached(_ range: ClosedRange<Float>) {
        let quantization = Quantization(range)
        #expect(quantization.zero == quantization.zero.rounded() && (0...255).contains(quantization.zero))
        #expect(quantization.value(quantization.byte(0)) == 0)
        for value in [range.lowerBound, range.upperBound, (range.lowerBound + range.upperBound) / 2] {
            let back = quantization.value(quantization.byte(value))
            #expect(abs(back - value) <= quantization.scale * 0.501 + 1e-20)
        }
        for value in [-Float.infinity, -1e30, 1e30, .infinity] { _ = quantization.byte(value) }
        #expect(quantization.byte(.nan) == 0)
    }

    @Test func tablesHoldTheActivationOfEachByte() {
        let (from, to) = (Quantization(-6...4), Quantization(-0.28...4))
        let table = from.table(.swish, to: to)
        for byte in UInt8.min...UInt8.max {
            let x = Double(from.value(byte))
            let wanted = x / (1 + exponential(-x))
            #expect(abs(Double(to.value(table[Int(byte)])) - wanted) <= Double(to.scale) * 0.51)
        }
    }

    @Test func rangesHoldWhatIsOftenSeenAndCutWhatIsNot() {
        var random = RandomNumbers(seed: 80)
        var even = ValueHistogram()
        for _ in 0..<4 { even.add(random.floats(10_000, in: -2...3).span) }
        let whole = even.bestRange()
        #expect(whole.lowerBound < -1.85 && whole.upperBound > 2.8 && whole.upperBound < 3.1)
        var spiked = ValueHistogram()
        for _ in 0..<10 { spiked.add(random.floats(100_000, in: 0...1).span) }
        spiked.add([1.5].span)
        #expect(spiked.bestRange().upperBound < 1.3)
        #expect(spiked.bestRange().lowerBound == 0)
        // What swish makes zero needs no steps.
        var wide = ValueHistogram()
        wide.add(random.floats(100_000, in: -30...3).span)
        #expect(wide.bestRange().lowerBound < -20)
        #expect(wide.bestRange(before: .swish).lowerBound > -15)
        var nothing = ValueHistogram()
        nothing.add([0, 0].span)
        #expect(nothing.bestRange() == 0...0)
        #expect(ValueHistogram().bestRange() == 0...0)
        var tiny = ValueHistogram()
        tiny.add([.leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-30].span)
        #expect(tiny.bestRange() == 0...0)
        tiny.add([2, .leastNonzeroMagnitude, -3e38, 3e38].span)
        #expect(tiny.bestRange().upperBound <= 2.01 && tiny.bestRange().lowerBound > -0.01)
        var broken = ValueHistogram()
        broken.add([.nan, .infinity, 1, 0.5].span)
        #expect(broken.bestRange().upperBound <= 1.01)
    }

    @Test func whatIsNoRangeIsNoCalibration() {
        #expect(Calibration(pairs: ["a": [0, 1], "b": [-2, -2]])?.ranges.count == 2)
        for pair: [Float] in [[], [1], [2, 1], [0, .nan], [-.infinity, 0], [-3e38, 3e38], [0, 1, 2]] {
            #expect(Calibration(pairs: ["a": pair]) == nil)
        }
    }
}
