import CKernels
import Testing

@testable import Engine

/// Every kernel of every set that this machine runs, against the scalar reference, on sizes below, at,
/// above and between multiples of vectors and tiles.
struct KernelTests {
    static let sets = usableSets.map(\.name).filter { $0 != "scalar" }
    static let activations = [ck_none, ck_swish, ck_relu6, ck_relu, ck_sigmoid]

    private func kernels(_ name: String) throws -> (own: ck_kernels, reference: ck_kernels) {
        (
            try KernelSet.chosen(environment: name).kernels.pointee,
            try KernelSet.chosen(environment: "scalar").kernels.pointee
        )
    }

    /// A store with numbers, and behind them what a kernel may read but never use.
    private func noise(_ random: inout RandomNumbers, _ count: Int) -> FloatStore {
        let store = FloatStore(random.floats(count))
        for i in 0..<16 { store.base[count + i] = .nan }
        return store
    }

    /// Equal to `tolerance` relative to the larger of 1 and the value; nothing written behind the end.
    private func expectClose(
        _ found: FloatStore, _ wanted: FloatStore, count: Int, tolerance: Float, _ what: String
    ) {
        for i in 0..<count {
            let (a, b) = (found.base[i], wanted.base[i])
            guard abs(a - b) <= tolerance * max(1, abs(b)) else {
                Issue.record("\(what): \(a) instead of \(b) at \(i)")
                return
            }
        }
        for i in count..<count + 16 where found.base[i] != 7 {
            Issue.record("\(what): wrote \(found.base[i]) behind the end")
        }
    }

    private func output(_ count: Int) -> FloatStore {
        FloatStore(Array(repeating: 7, count: count + 16))
    }

    /// `[depth][width]` in panels of the set, unused columns zero.
    private func packed(_ weights: [Float], depth: Int, width: Int, _ set: ck_kernels) -> FloatStore {
        let panel = set.panel_width
        let count = (width + panel - 1) / panel
        let store = FloatStore(count: count * panel * depth)
        for k in 0..<depth {
            for n in 0..<width {
                store.base[(n / panel * depth + k) * panel + n % panel] = weights[k * width + n]
            }
        }
        return store
    }

    @Test(arguments: sets)
    func pointwiseProductsEqualTheReference(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 20)
        for rows in [1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 15, 27, 29] {
            for width in [1, 4, 8, 15, 16, 17, 24, 32, 33, 40, 47, 48, 49, 64, 65, 80, 81, 97, 112, 130] {
                let depth = [1, 2, 3, 16, 27, 64].randomElement(using: &random) ?? 1
                let x = noise(&random, rows * depth)
                let weights = random.floats(depth * width, in: -2...2)
                let bias = FloatStore(random.floats(width) + Array(repeating: 0, count: 128))
                let residual = Bool.random(using: &random) ? noise(&random, rows * width) : nil
                let activation = Self.activations.randomElement(using: &random) ?? ck_none
                let results = [own, reference].map { one in
                    let y = output(rows * width)
                    let panels = packed(weights, depth: depth, width: width, one)
                    one.pointwise_f32(
                        x.base, rows, depth, panels.base, 0, (width + one.panel_width - 1) / one.panel_width,
                        bias.base, width, residual?.base, y.base, activation)
                    return y
                }
                expectClose(
                    results[0], results[1], count: rows * width, tolerance: 2e-5,
                    "\(set) \(rows)x\(depth)x\(width) act \(activation.rawValue)")
            }
        }
    }

    @Test(arguments: sets)
    func aRangeOfPanelsWritesItsColumnsOnly(set: String) throws {
        let (own, _) = try kernels(set)
        var random = RandomNumbers(seed: 21)
        let (rows, depth, width) = (9, 5, own.panel_width * 3 + 3)
        let x = noise(&random, rows * depth)
        let panels = packed(random.floats(depth * width), depth: depth, width: width, own)
        let bias = FloatStore(random.floats(width) + Array(repeating: 0, count: 128))
        let (whole, part) = (output(rows * width), output(rows * width))
        let last = (width + own.panel_width - 1) / own.panel_width
        own.pointwise_f32(
            x.base, rows, depth, panels.base, 0, last, bias.base, width, nil, whole.base, ck_none)
        own.pointwise_f32(x.base, rows, depth, panels.base, 1, 2, bias.base, width, nil, part.base, ck_none)
        for r in 0..<rows {
            for n in 0..<width {
                let isInside = n / own.panel_width == 1
                #expect(part.base[r * width + n] == (isInside ? whole.base[r * width + n] : 7))
            }
        }
    }

    @Test(arguments: sets)
    func depthwiseConvolutionsEqualTheReference(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 22)
        for kernel in [1, 3, 5, 7] {
            for stride in [1, 2, 3] {
                for (height, width) in [(1, 1), (1, 9), (2, 2), (5, 3), (7, 16), (4, 37)] {
                    let channels = [1, 3, 8, 16, 20, 33, 96].randomElement(using: &random) ?? 1
                    let outHeight = (height + stride - 1) / stride
                    let outWidth = (width + stride - 1) / stride
                    let x = noise(&random, height * width * channels)
                    let weights = noise(&random, kernel * kernel * channels)
                    let bias = noise(&random, channels)
                    let geometry = ck_depthwise(
                        height: height, width: width, channels: channels, out_height: outHeight,
                        out_width: outWidth, kernel: kernel, stride: stride,
                        pad_top: max((outHeight - 1) * stride + kernel - height, 0) / 2,
                        pad_left: max((outWidth - 1) * stride + kernel - width, 0) / 2,
                        weights: weights.base, bias: bias.base,
                        activation: Self.activations.randomElement(using: &random) ?? ck_none)
                    let count = outHeight * outWidth * channels
                    let results = [own, reference].map { one in
                        let y = output(count)
                        withUnsafePointer(to: geometry) {
                            for row in 0..<outHeight { one.depthwise_f32($0, x.base, row, y.base) }
                        }
                        return y
                    }
                    expectClose(
                        results[0], results[1], count: count, tolerance: 2e-5,
                        "\(set) \(kernel)/\(stride) \(height)x\(width)x\(channels)")
                }
            }
        }
    }

    @Test(arguments: sets)
    func fusionsEqualTheReference(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 23)
        for count in [1, 3, 4, 15, 16, 17, 64, 70] {
            for inputs in 1...3 {
                let maps = (0..<inputs).map { _ in noise(&random, count) }
                let factors = random.floats(inputs)
                for activation in Self.activations {
                    let results = [own, reference].map { one in
                        let y = output(count)
                        var at = maps.map { Optional(UnsafePointer($0.base)) }
                        one.fuse_f32(&at, factors, inputs, count, y.base, activation)
                        return y
                    }
                    expectClose(
                        results[0], results[1], count: count, tolerance: 1e-6, "\(set) \(inputs)x\(count)")
                }
            }
        }
    }

    @Test(arguments: sets)
    func sumsScalesAndPoolsEqualTheReference(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 24)
        for channels in [1, 7, 16, 17, 96] {
            for (height, width) in [(1, 1), (1, 6), (5, 4), (8, 9)] {
                let x = noise(&random, height * width * channels)
                let scale = random.floats(height * width)
                let (outHeight, outWidth) = ((height + 1) / 2, (width + 1) / 2)
                let results = [own, reference].map { one in
                    let y = (
                        output(channels), output(height * width * channels),
                        output(outHeight * outWidth * channels)
                    )
                    one.sum_f32(x.base, height * width, channels, y.0.base)
                    one.scale_f32(x.base, scale, height * width, channels, y.1.base)
                    for row in 0..<outHeight {
                        one.maxpool_f32(
                            x.base, height, width, channels, 3, 3, 2, 2, outHeight, outWidth, row, y.2.base)
                    }
                    return y
                }
                let what = "\(set) \(height)x\(width)x\(channels)"
                expectClose(results[0].0, results[1].0, count: channels, tolerance: 1e-5, what)
                expectClose(
                    results[0].1, results[1].1, count: height * width * channels, tolerance: 0, what)
                expectClose(
                    results[0].2, results[1].2, count: outHeight * outWidth * channels, tolerance: 0, what)
            }
        }
    }

    @Test func theFirstValueAboveALimitIsFound() {
        var random = RandomNumbers(seed: 25)
        for count in [0, 1, 63, 64, 65, 200] {
            let values = random.floats(count)
            for start in 0...count {
                let wanted = (start..<count).first { values[$0] > 0.9 } ?? count
                #expect(ck_first_above(values, start, count, 0.9) == wanted)
            }
        }
        #expect(ck_first_above([.nan, -.infinity, .infinity], 0, 3, 1e30) == 2)
    }
}
