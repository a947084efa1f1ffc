import Graph
import Testing

@testable import Engine

let normalization = InputNormalization(mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3])

/// Sets that this machine can run; the scalar reference among them.
let usableSets = KernelSet.all.filter(\.isSupported)

func planarInput(_ graph: Graph, seed: UInt64) -> (planar: [Float], interleaved: [Float]) {
    var random = RandomNumbers(seed: seed)
    let pixels = graph.input.height * graph.input.width
    let planar = random.floats(3 * pixels, in: -2...2)
    return (planar, (0..<3 * pixels).map { planar[$0 % 3 * pixels + $0 / 3] })
}

struct PlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let height: Int
        let width: Int
        let activation: Activation
        let excites: Bool
        let fusion: Fusion.Mode
        var testDescription: String { "\(height)x\(width) \(activation) \(excites) \(fusion)" }
        var graph: Graph {
            SmallNetworks.detector(
                height: height, width: width, activation: activation, excites: excites, fusion: fusion)
        }
    }

    static let cases = [
        Case(height: 64, width: 64, activation: .swish, excites: true, fusion: .fast),
        Case(height: 64, width: 64, activation: .relu6, excites: false, fusion: .sum),
        // Odd at every level; the last level is a line of pixels.
        Case(height: 11, width: 75, activation: .swish, excites: false, fusion: .softmax),
        Case(height: 83, width: 45, activation: .relu6, excites: true, fusion: .unbounded),
        // Tall enough for maps that are expanded by rows, in tiles, behind strides and in the heads.
        Case(height: 300, width: 20, activation: .swish, excites: true, fusion: .fast),
        Case(height: 299, width: 17, activation: .relu6, excites: false, fusion: .sum),
        Case(height: 1, width: 1, activation: .swish, excites: true, fusion: .fast),
    ]

    @Test(arguments: cases)
    func everySetComputesWhatTheDefinitionsSay(_ one: Case) throws {
        let graph = one.graph
        let weights = RandomWeights(seed: 3)
        let input = planarInput(graph, seed: 4)
        let truth = try NaiveNetwork(graph: graph, weights: weights).run(input.interleaved)
        for kernels in usableSets {
            // Keeping taps stops fusions; without them the outputs must be right as well.
            for (keep, expandedBytes) in [(Set(graph.taps.map(\.name)), 2_000_000), ([], 2_000_000), ([], 0)]
            {
                var options = PlanOptions(workers: 2, keep: keep, kernels: kernels)
                options.expandedBytes = expandedBytes
                let plan = try Plan(
                    graph: graph, weights: weights, normalization: normalization, options: options)
                plan.run(planar: input.planar)
                for tap in graph.taps where keep.contains(tap.name) || graph.outputs.contains(tap.name) {
                    let wanted = truth[tap.tensor.index]
                    plan.withTensor(tap.name) { found, _ in
                        var (error, norm) = (0.0, 0.0)
                        for i in wanted.indices {
                            error += (wanted[i] - Double(found[i])) * (wanted[i] - Double(found[i]))
                            norm += wanted[i] * wanted[i]
                        }
                        #expect(
                            (error / norm).squareRoot() < 1e-5, "\(kernels.name) \(tap.name) \(expandedBytes)"
                        )
                    }
                }
            }
        }
    }

    @Test(arguments: cases)
    func halfPrecisionStaysNearTheDefinitions(_ one: Case) throws {
        let graph = one.graph
        let weights = RandomWeights(seed: 3)
        let input = planarInput(graph, seed: 4)
        let truth = try NaiveNetwork(graph: graph, weights: weights).run(input.interleaved)
        for kernels in usableSets {
            for (keep, expandedBytes) in [(Set(graph.taps.map(\.name)), 2_000_000), ([], 0)] {
                var options = PlanOptions(workers: 2, keep: keep, kernels: kernels, precision: .bf16)
                options.expandedBytes = expandedBytes
                let plan = try Plan(
                    graph: graph, weights: weights, normalization: normalization, options: options)
                plan.run(planar: input.planar)
                for tap in graph.taps where keep.contains(tap.name) || graph.outputs.contains(tap.name) {
                    let wanted = truth[tap.tensor.index]
                    plan.withTensor(tap.name) { found, _ in
                        var (error, norm) = (0.0, 0.0)
                        for i in wanted.indices {
                            error += (wanted[i] - Double(found[i])) * (wanted[i] - Double(found[i]))
                            norm += wanted[i] * wanted[i]
                        }
                        // Eight bits of mantissa, a dozen layers deep.
                        #expect(
                            (error / norm).squareRoot() < 0.03, "\(kernels.name) \(tap.name) \(expandedBytes)"
                        )
                    }
                }
            }
        }
    }

    @Test(arguments: cases, Precision.allCases)
    func anyNumberOfWorkersGivesTheSameBits(_ one: Case, precision: Precision) throws {
        let graph = one.graph
        let input = planarInput(graph, seed: 5)
        let calibration = try precision == .int8 ? calibration(graph, RandomWeights(seed: 6)) : nil
        for kernels in usableSets {
            var first: [String: [UInt32]] = [:]
            for workers in [1, 2, 3, 5] {
                let plan = try Plan(
                    graph: graph, weights: RandomWeights(seed: 6), normalization: normalization,
                    options: PlanOptions(
                        workers: workers, kernels: kernels, precision: precision, calibration: calibration))
                #expect(plan.workers == workers)
                for _ in 0..<3 {
                    plan.run(planar: input.planar)
                    for tap in graph.outputs {
                        let bits = plan.withTensor(tap) { values, _ in
                            values.indices.map { values[$0].bitPattern }
                        }
                        if let known = first[tap] {
                            #expect(bits == known, "\(kernels.name) \(tap) with \(workers) workers")
                        } else {
                            first[tap] = bits
                        }
                    }
                }
            }
        }
    }

    @Test func twinsShareWeightsAndWorkSideBySide() async throws {
        let graph = Self.cases[0].graph
        let inputs = (0..<3).map { planarInput(graph, seed: 60 + UInt64($0)).planar }
        func bits(_ plan: Plan) -> [UInt32] {
            graph.outputs.flatMap { plan.withTensor($0) { v, _ in v.indices.map { v[$0].bitPattern } } }
        }
        let first = try Plan(
            graph: graph, weights: RandomWeights(seed: 12), normalization: normalization,
            options: PlanOptions(workers: 2, kernels: .chosen()))
        let wanted = inputs.map { input in
            first.run(planar: input)
            return bits(first)
        }
        let plans = [first, first.twin(workers: 1), first.twin(workers: 3)]
        #expect(plans.map(\.workers) == [2, 1, 3])
        let found = await withTaskGroup(of: (Int, [UInt32]).self) { group in
            for (index, plan) in plans.enumerated() {
                group.addTask {
                    for _ in 0..<5 { plan.run(planar: inputs[index]) }
                    return (index, bits(plan))
                }
            }
            return await group.reduce(into: [Int: [UInt32]]()) { $0[$1.0] = $1.1 }
        }
        for index in plans.indices { #expect(found[index] == wanted[index], "plan \(index)") }
    }

    @Test func picturesAreNormalised() throws {
        let graph = Self.cases[3].graph
        let canvas = PixelCanvas(width: graph.input.width, height: graph.input.height)
        var random = RandomNumbers(seed: 7)
        let pixels = graph.input.height * graph.input.width
        let bytes = (0..<3 * pixels).map { _ in UInt8.random(in: 0...255, using: &random) }
        canvas.withMutablePixels { for i in bytes.indices { $0[i] = bytes[i] } }
        let planar = (0..<3 * pixels).map { i in
            (Float(bytes[i % pixels * 3 + i / pixels]) / 255 - normalization.mean[i / pixels])
                / normalization.std[i / pixels]
        }
        for kernels in usableSets {
            let plan = try Plan(
                graph: graph, weights: RandomWeights(seed: 8), normalization: normalization,
                options: PlanOptions(workers: 2, kernels: kernels))
            plan.run(planar: planar)
            let wanted = graph.outputs.map { plan.withTensor($0) { v, _ in v.indices.map { v[$0] } } }
            plan.run(canvas)
            for (tap, wanted) in zip(graph.outputs, wanted) {
                plan.withTensor(tap) { found, _ in
                    let worst = wanted.indices.map { abs(wanted[$0] - found[$0]) }.max() ?? 0
                    #expect(worst < 1e-4, "\(kernels.name) \(tap)")
                }
            }
        }
    }

    @Test func candidatesAreAllValuesAboveTheThresholdInOrder() throws {
        let graph = Self.cases[0].graph
        let input = planarInput(graph, seed: 9)
        for kernels in usableSets {
            let plan = try Plan(
                graph: graph, weights: RandomWeights(seed: 10), normalization: normalization,
                options: PlanOptions(workers: 1, kernels: kernels))
            plan.run(planar: input.planar)
            for tap in graph.outputs {
                let values = plan.withTensor(tap) { v, _ in v.indices.map { v[$0] } }
                for limit in [values.sorted()[values.count / 2], -.infinity, .infinity] {
                    var found: [MapCandidate] = []
                    #expect(plan.candidates(in: tap, above: limit, into: &found) == nil)
                    let wanted = values.enumerated().filter { $0.element > limit }
                    #expect(found.map(\.index) == wanted.map(\.offset))
                    #expect(found.map(\.logit) == wanted.map(\.element))
                }
            }
        }
    }

    @Test func theProfileNamesEveryStepAndItsWork() throws {
        let graph = Self.cases[0].graph
        let plan = try Plan(
            graph: graph, weights: RandomWeights(seed: 11), normalization: normalization,
            options: PlanOptions(workers: 2, kernels: .chosen()))
        let profile = plan.profile(
            PixelCanvas(width: graph.input.width, height: graph.input.height), runs: 2)
        #expect(profile.reduce(0) { $0 + $1.work.multiplyAdds } >= graph.count().multiplyAdds)
        #expect(profile.allSatisfy { !$0.work.parts.isEmpty && $0.milliseconds >= 0 })
    }
}
