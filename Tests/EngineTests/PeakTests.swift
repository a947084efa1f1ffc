import CKernels
import Graph
import Testing

@testable import Engine

struct PeakTests {
    /// A probe that does less than it is counted for would praise the machine and blame the kernels.
    @Test(arguments: usableSets.map(\.name))
    func probesDoTheProductsThatTheyAreCountedFor(set: String) throws {
        let kernels = try KernelSet.chosen(environment: set)
        let count = Int(CK_PEAK_SUMS) * kernels.lanes
        var random = RandomNumbers(seed: 70)
        // Quarters: exact in bfloat16, and so are their sums in floats.
        func quarters(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float(Int.random(in: -8...8, using: &random)) / 4 }
        }
        for rounds in [0, 1, 7] {
            let (x, w) = (quarters(2 * kernels.lanes), quarters(2 * kernels.lanes))
            let start = quarters(count)
            let floats = (FloatStore(start), FloatStore(start))
            let halves = (FloatStore(count: kernels.lanes), FloatStore(count: kernels.lanes))
            kernels.kernels.pointee.narrow_bf16(x, x.count, halves.0.base)
            kernels.kernels.pointee.narrow_bf16(w, w.count, halves.1.base)
            kernels.kernels.pointee.peak_f32(rounds, x, w, floats.0.base)
            kernels.kernels.pointee.peak_bf16(rounds, halves.0.base, halves.1.base, floats.1.base)
            let bytes = (0..<8 * kernels.lanes).map { _ in UInt8.random(in: 0...255, using: &random) }
            var sums = (0..<count).map { Int32($0) }
            kernels.kernels.pointee.peak_u8(
                rounds, bytes, Array(bytes.dropFirst(4 * kernels.lanes)), &sums)
            for i in 0..<count {
                let word = i % kernels.lanes * 4
                let product = (word..<word + 4).reduce(0) {
                    $0 + Int(bytes[$1]) * Int(Int8(bitPattern: bytes[$1 + 4 * kernels.lanes]))
                }
                #expect(Int(sums[i]) == i + rounds * product)
            }
            for i in 0..<count {
                let lane = i % kernels.lanes
                let pair = x[2 * lane] * w[2 * lane] + x[2 * lane + 1] * w[2 * lane + 1]
                #expect(floats.0.base[i] == start[i] + Float(rounds) * x[lane] * w[lane])
                #expect(floats.1.base[i] == start[i] + Float(rounds) * pair)
            }
        }
    }

    @Test func ratesAreProbedForEveryPrecision() throws {
        for precision in Precision.allCases {
            let rates = PeakRates(try KernelSet.chosen(), precision: precision, workers: 2)
            #expect(rates.others > 0 && rates.others.isFinite)
            #expect(rates.products > 0 && rates.products.isFinite)
        }
    }

    /// A stem, a depthwise convolution and a product: known sizes, counted by hand.
    @Test(arguments: [(Precision.f32, 4), (.bf16, 2)])
    func worksTellWhatStepsReadWriteAndMultiply(precision: Precision, bytes: Int) throws {
        var graph = Graph(input: TensorShape(height: 8, width: 12, channels: 3))
        func convolution(_ name: String, _ shape: [Int], _ stride: Int, isDepthwise: Bool) -> Convolution {
            Convolution(
                weight: Parameter("\(name).weight", shape), isDepthwise: isDepthwise, kernel: shape[2],
                stride: stride, activation: .relu6)
        }
        let stem = graph.append(
            .convolution(convolution("stem", [16, 3, 3, 3], 2, isDepthwise: false)), on: [Graph.inputTensor],
            name: "stem", part: .backbone)
        let depthwise = graph.append(
            .convolution(convolution("depthwise", [16, 1, 3, 3], 1, isDepthwise: true)), on: [stem],
            name: "depthwise", part: .backbone)
        let product = graph.append(
            .convolution(convolution("product", [48, 16, 1, 1], 1, isDepthwise: false)), on: [depthwise],
            name: "product", part: .backbone)
        let other = graph.append(
            .convolution(convolution("other", [32, 48, 1, 1], 1, isDepthwise: false)), on: [product],
            name: "other", part: .backbone)
        graph.taps = [Tap(name: "stem", tensor: stem), Tap(name: "out", tensor: other)]
        graph.outputs = ["out"]
        let plan = try Plan(
            graph: graph, weights: RandomWeights(seed: 71),
            normalization: InputNormalization(mean: [0, 0, 0], std: [1, 1, 1]),
            options: PlanOptions(
                workers: 1, keep: ["stem"], kernels: try KernelSet.chosen(), precision: precision))
        let works = plan.profile(PixelCanvas(width: 12, height: 8), runs: 3).map(\.work)
        let pixels = 4 * 6
        #expect(works.map(\.parts) == [["stem"], ["depthwise>product"], ["other"]])
        #expect(works.map(\.isFused) == [false, true, false])
        #expect(
            works.map(\.multiplyAdds) == [pixels * 27 * 16, pixels * (9 * 16 + 16 * 48), pixels * 48 * 32])
        #expect(works.map(\.productMultiplyAdds) == [0, pixels * 16 * 48, pixels * 48 * 32])
        #expect(works.map(\.inputBytes) == [8 * 12 * 3, pixels * 16 * bytes, pixels * 48 * bytes])
        // The network's results are floats.
        #expect(works.map(\.outputBytes) == [pixels * 16 * bytes, pixels * 48 * bytes, pixels * 32 * 4])
        #expect(works[0].tile != .none && works[1].tile != .none)
        #expect(works[2].tile == .pixels(84))
        #expect(works[2].weightBytes >= 48 * 32 * bytes + 32 * 4)
    }

    @Test func theFloorCountsProductsAtTheirOwnRate() throws {
        let graph = PlanTests.cases[0].graph
        let plan = try Plan(
            graph: graph, weights: RandomWeights(seed: 72),
            normalization: InputNormalization(mean: [0, 0, 0], std: [1, 1, 1]),
            options: PlanOptions(workers: 1, kernels: try KernelSet.chosen()))
        let profile = plan.profile(
            PixelCanvas(width: graph.input.width, height: graph.input.height), runs: 1)
        let rates = PeakRates(products: 40, others: 10)
        for work in profile.map(\.work) {
            let rest = work.multiplyAdds - work.productMultiplyAdds
            #expect(rest >= 0)
            let wanted = Double(work.productMultiplyAdds) / 40e6 + Double(rest) / 10e6
            #expect(abs(rates.floor(work) - wanted) <= 1e-12)
        }
        let pointwise = graph.nodes.filter(\.isPointwise).reduce(0) { $0 + graph.multiplyAdds(of: $1) }
        #expect(profile.reduce(0) { $0 + $1.work.productMultiplyAdds } == pointwise)
        #expect(
            profile.reduce(0) { $0 + $1.work.multiplyAdds }
                == graph.nodes.reduce(0) { $0 + graph.multiplyAdds(of: $1) })
    }
}
