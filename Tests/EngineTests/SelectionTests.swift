import CKernels
import Graph
import Testing

@testable import Engine

/// A selection is what one gets by storing everything and sorting it.
struct SelectionTests {
    private static let taps = ["class.0", "class.1", "class.2"]
    private static let companions = [
        "class.0": ["box.0"], "class.1": ["box.1"], "class.2": ["box.2"],
    ]

    /// All values of the outputs above the limit, the best first.
    private func sorted(_ plan: Plan, above limit: Float, channels: [Bool]?) -> [MapCandidate] {
        var all: [MapCandidate] = []
        for tap in Self.taps {
            let start = all.count
            plan.withTensor(tap) { values, shape in
                for i in values.indices { all.append(MapCandidate(logit: values[i], index: start + i)) }
                #expect(shape.channels == 37)
            }
        }
        return all.filter { $0.logit > limit && (channels?[$0.index % 37] ?? true) }
            .sorted { $0.logit != $1.logit ? $0.logit > $1.logit : $0.index < $1.index }
    }

    @Test(arguments: PlanTests.cases, Precision.allCases)
    func theSameBitsAreFoundAsInStoredOutputs(_ one: PlanTests.Case, precision: Precision) throws {
        let graph = one.graph
        var random = RandomNumbers(seed: 70)
        let inputs = (0..<2).map { _ in random.floats(3 * graph.input.height * graph.input.width, in: -2...2)
        }
        let calibration = try precision == .int8 ? calibration(graph, RandomWeights(seed: 71)) : nil
        for kernels in usableSets {
            var options = PlanOptions(
                workers: 2, kernels: kernels, precision: precision, calibration: calibration)
            func plan() throws -> Plan {
                try Plan(
                    graph: graph, weights: RandomWeights(seed: 71), normalization: normalization,
                    options: options)
            }
            let dense = try plan()
            for (most, channels) in [(1, nil), (7, (0..<37).map { $0 % 3 == 1 }), (300, nil), (100_000, nil)]
            {
                for workers in [1, 2, 3, 5] {
                    options.workers = workers
                    options.selection = Selection(
                        taps: Self.taps, most: most, channels: channels, companions: Self.companions)
                    let searching = try plan()
                    for input in inputs {
                        dense.run(planar: input)
                        let all = sorted(dense, above: -.infinity, channels: channels)
                        // Much, then little, so that most of what stands there is old.
                        let limits = [
                            -.infinity, all[all.count / 2].logit, all[min(2, all.count - 1)].logit,
                            all[0].logit.nextDown, all[0].logit, .infinity,
                        ]
                        for limit in limits {
                            searching.limit = limit
                            searching.run(planar: input)
                            var found: [MapCandidate] = []
                            searching.selected(into: &found)
                            let wanted = all.filter { $0.logit > limit }.prefix(most)
                            #expect(
                                Set(found) == Set(wanted) && found.count == wanted.count,
                                "\(kernels.name), \(workers) workers, the best \(most) above \(limit)")
                            let isSame =
                                boxes(beside: wanted, in: searching) == boxes(beside: wanted, in: dense)
                            #expect(
                                isSame,
                                "\(kernels.name), \(workers) workers, the best \(most) above \(limit)")
                        }
                    }
                }
            }
        }
    }

    /// The bits of the box outputs, row by row, that stand beside what was found.
    private func boxes(beside found: some Sequence<MapCandidate>, in plan: Plan) -> [[UInt32]] {
        var (rows, place): ([Range<Int>], Int) = ([], 0)
        for tap in Self.taps {
            let shape = plan.graph.shape(of: plan.graph.tensor(named: tap) ?? Graph.inputTensor)
            for _ in 0..<shape.height {
                rows.append(place..<place + shape.width * 37)
                place += shape.width * 37
            }
        }
        let wanted = Set(found.map { one in rows.firstIndex { $0.contains(one.index) } ?? -1 })
        var (bits, row): ([[UInt32]], Int) = ([], 0)
        for tap in Self.taps {
            plan.withTensor(Self.companions[tap]?.first ?? "") { values, shape in
                for y in 0..<shape.height {
                    let count = shape.width * shape.channels
                    if wanted.contains(row) {
                        bits.append((0..<count).map { values[y * count + $0].bitPattern })
                    }
                    row += 1
                }
            }
        }
        return bits
    }

    @Test func keysFollowTheTotalOrder() {
        let values: [Float] = [.infinity, 1e30, 2, 1, 1e-30, 0, -1e-30, -1, -1e30, -.infinity]
        for (a, b) in zip(values, values.dropFirst()) {
            #expect(ck_key(a, .max) < ck_key(b, 0), "\(a) is better than \(b)")
            #expect(ck_key(a, 1) < ck_key(a, 2))
            #expect(ck_key_value(ck_key(a, 5)) == a)
        }
        #expect(ck_key(0, 3) == ck_key(-0.0, 3))
    }

    /// Few different values: equal ones are told apart by their places.
    @Test func trimmingKeepsTheBest() {
        var random = RandomNumbers(seed: 73)
        for count in [0, 1, 2, 3, 10, 100, 1000] {
            for most in [0, 1, 2, 9, 99, 100, 500] {
                for different in [1, 3, 1000] {
                    var keys = (0..<count).map {
                        ck_key(Float(Int.random(in: 0..<different, using: &random)) - 1, UInt32($0))
                    }
                    keys.shuffle(using: &random)
                    let wanted = keys.sorted().prefix(most)
                    keys.withUnsafeMutableBufferPointer { buffer in
                        var list = ck_selection(
                            limit: -5, most: most, capacity: count, count: count, wanted: nil,
                            keys: buffer.baseAddress)
                        ck_selection_trim(&list)
                        #expect(buffer[..<list.count].sorted() == Array(wanted))
                        guard count > most, let last = wanted.last else { return }
                        #expect(list.limit < ck_key_value(last) && list.limit.nextUp == ck_key_value(last))
                    }
                }
            }
        }
    }

    /// No number is above nothing, and hides nothing behind it.
    @Test(arguments: usableSets.map(\.name))
    func whatIsNoNumberIsNotFound(set: String) throws {
        let kernels = try KernelSet.chosen(environment: set)
        let (rows, width) = (15, 50)
        let x = FloatStore((0..<rows).map { $0 % 4 == 1 ? .nan : Float($0) })
        let folded = FoldedConvolution(
            weights: (0..<width).map { $0 == 20 ? 1 : 0 }, bias: Array(repeating: 0, count: width))
        let panels = FloatStore(folded.panels(shape: [width, 1, 1, 1], set: kernels, precision: .f32))
        let bias = FloatStore(folded.bias + Array(repeating: 0, count: 64))
        var product = ck_product(
            depth: 1, taps: 1, step: 1, width: width, panels: panels.base, bias: bias.base,
            activation: ck_none,
            stores_float: 0, bytes: ck_bytes())
        var line: UnsafeRawPointer? = UnsafeRawPointer(x.base)
        var keys = Array(repeating: UInt64(0), count: 40 + Int(CK_SELECTION_ROOM))
        let found = keys.withUnsafeMutableBufferPointer { buffer in
            var list = ck_selection(
                limit: 0.5, most: 20, capacity: buffer.count, count: 0, wanted: nil, keys: buffer.baseAddress)
            kernels.select(.f32)?(&product, &line, rows, 1000, &list)
            return buffer[..<list.count].map { Int($0 & 0xffff_ffff) }.sorted()
        }
        #expect(found == (1..<rows).filter { $0 % 4 != 1 }.map { 1000 + $0 * width + 20 })
    }
}
