import CAllocationCount
import Engine
import Testing

struct AllocationTests {
    @Test func theCounterCounts() {
        let before = allocation_count()
        let array = Array(repeating: Int.random(in: 0...9), count: 1000)
        #expect(allocation_count() > before)
        #expect(array.count == 1000)
    }

    @Test(arguments: PlanTests.cases, Precision.allCases)
    func aFrameAllocatesNothing(_ one: PlanTests.Case, precision: Precision) throws {
        let graph = one.graph
        let canvas = PixelCanvas(width: graph.input.width, height: graph.input.height)
        let weights = RandomWeights(seed: 1)
        let calibration = try precision == .int8 ? calibration(graph, weights) : nil
        let companions = Dictionary(uniqueKeysWithValues: (0..<3).map { ("class.\($0)", ["box.\($0)"]) })
        let taps = companions.keys.sorted()
        let selections: [Selection?] = [nil, Selection(taps: taps, most: 20, companions: companions)]
        for kernels in usableSets {
            for (workers, selection) in [1, 2].flatMap({ n in selections.map { (n, $0) } }) {
                var options = PlanOptions(
                    workers: workers, kernels: kernels, precision: precision, calibration: calibration)
                options.selection = selection
                let plan = try Plan(
                    graph: graph, weights: weights,
                    normalization: InputNormalization(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]),
                    options: options)
                plan.run(canvas)
                let before = allocation_count()
                // Everything is found, so that lists are trimmed, then nothing and some.
                for limit in [-Float.infinity, .infinity, 0.5] {
                    plan.limit = limit
                    plan.run(canvas)
                }
                #expect(allocation_count() == before, "\(kernels.name) with \(workers) workers")
            }
        }
    }
}
