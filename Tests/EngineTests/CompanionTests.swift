import CKernels
import Graph
import Testing
import Weights

@testable import Engine

/// What is zero stays zero, so that values are large where the picture is.
private struct Unbiased: TensorProvider {
    let random: RandomWeights

    func floats(_ name: String, shape: [Int]) throws(WeightsError) -> [Float] {
        let isAdded = ["bias", ".b", "mean"].contains { name.hasSuffix($0) }
        return isAdded
            ? Array(repeating: 0, count: shape.reduce(1, *)) : try random.floats(name, shape: shape)
    }
}

/// Maps beside a searched output are made where something was found, and nowhere else.
struct CompanionTests {
    private let graph = SmallNetworks.branches(height: 203, width: 30)
    private let weights = Unbiased(random: RandomWeights(seed: 80))

    private func plan(
        _ selection: Selection?, workers: Int = 2, keep: Set<String> = [], precision: Precision = .f32,
        kernels: KernelSet? = nil, expandedBytes: Int = 0
    ) throws -> Plan {
        var options = PlanOptions(
            workers: workers, keep: keep, kernels: try kernels ?? .chosen(), precision: precision,
            calibration: try precision == .int8 ? calibration(graph, weights) : nil)
        options.selection = selection
        options.expandedBytes = expandedBytes
        return try Plan(graph: graph, weights: weights, normalization: normalization, options: options)
    }

    private func rows(_ plan: Plan, _ tap: String) -> [[UInt32]] {
        plan.withTensor(tap) { values, shape in
            let count = shape.width * shape.channels
            return (0..<shape.height).map { y in (0..<count).map { values[y * count + $0].bitPattern } }
        }
    }

    private let selection = Selection(taps: ["found"], most: 5000, companions: ["found": ["long", "short"]])

    /// What a dense plan makes of a picture.
    private struct Truth {
        let input: [Float]
        let long: [[UInt32]]
        let short: [[UInt32]]
        /// Of `found`: the largest value of each row, and all in falling order.
        let largest: [Float]
        let sorted: [Float]
    }

    private func truth(_ dense: Plan, _ input: [Float]) -> Truth {
        dense.run(planar: input)
        let found = rows(dense, "found").map { $0.map { Float(bitPattern: $0) } }
        return Truth(
            input: input, long: rows(dense, "long"), short: rows(dense, "short"),
            largest: found.map { $0.max() ?? .nan }, sorted: found.joined().sorted(by: >))
    }

    /// Behind strides, poolings, nearest neighbours, sums, dense convolutions and squeeze-and-excite; the
    /// other rows are not made. The picture before is always another one.
    @Test(arguments: Precision.allCases, [0, 2_000_000])
    func rowsBesideFindsAreThoseOfAPlanThatMakesAll(precision: Precision, expandedBytes: Int) throws {
        let inputs = try pictures(precision)
        var alone: Set<Int> = []
        for kernels in usableSets {
            func make(_ selection: Selection?, _ workers: Int) throws -> Plan {
                try plan(
                    selection, workers: workers, precision: precision, kernels: kernels,
                    expandedBytes: expandedBytes)
            }
            let dense = try make(nil, 2)
            let truths = inputs.map { truth(dense, $0) }
            for workers in [1, 2, 3, 5] {
                let plan = try make(selection, workers)
                // Much, so that a list is full; less; little; one; nothing.
                for rank in [nil, 2000, 20, 2, 1, 0] {
                    for one in truths {
                        plan.limit = rank.map { one.sorted[$0] } ?? -.infinity
                        plan.run(planar: one.input)
                        let wanted = one.largest.indices.filter { one.largest[$0] > plan.limit }
                        let (long, short) = (rows(plan, "long"), rows(plan, "short"))
                        let wrong = wanted.filter { long[$0] != one.long[$0] || short[$0] != one.short[$0] }
                        #expect(wrong.isEmpty, "\(kernels.name), \(workers) workers, found in \(wanted)")
                        guard wanted.count < 20 else { continue }
                        let needless = long.indices.filter {
                            !wanted.contains($0) && long[$0] == one.long[$0]
                        }
                        #expect(needless.isEmpty, "\(kernels.name), found in \(wanted)")
                        if wanted.count == 1 { alone.insert(wanted[0]) }
                    }
                }
            }
        }
        let last = graph.shape(of: graph.tensor(named: "found") ?? Graph.inputTensor).height - 1
        #expect(alone.contains(0) && alone.contains(last) && alone.count > 2, "found alone: \(alone)")
    }

    /// An output that is kept, or beside nothing, is made in full.
    @Test func whatIsAskedForIsMadeInFull() throws {
        let dense = try plan(nil)
        let searching = try plan(selection, keep: ["short"])
        let input = picture(loudAt: 1, seed: 90)
        for plan in [dense, searching] { plan.run(planar: input) }
        for tap in ["short", "apart"] { #expect(rows(dense, tap) == rows(searching, tap), "\(tap)") }
        #expect(rows(dense, "long") != rows(searching, "long"))
    }

    /// Pictures of which the best value is found in the first row, in the last, in the others of a tile's edge.
    private func pictures(_ precision: Precision) throws -> [[Float]] {
        let dense = try plan(nil, precision: precision)
        var found: [Int: [Float]] = [:]
        for seed in 81..<481 as Range<UInt64> where found[0] == nil || found[50] == nil || found.count < 6 {
            let input = picture(loudAt: Int(seed) % 3, seed: seed)
            let one = truth(dense, input)
            found[one.largest.firstIndex(of: one.sorted[0]) ?? -1] = input
        }
        return Array(found.values)
    }

    /// Loud at the top, in the middle or at the bottom.
    private func picture(loudAt place: Int, seed: UInt64) -> [Float] {
        var random = RandomNumbers(seed: seed)
        let (height, width) = (graph.input.height, graph.input.width)
        let loud = [0..<3, 100..<103, height - 3..<height][place]
        return (0..<3).flatMap { _ in
            (0..<height).flatMap { random.floats(width, in: loud.contains($0) ? -2...2 : -0.02...0.02) }
        }
    }
}
