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

    /// `[depth][width]` in panels of the set, unused columns zero, and the bias up to whole vectors.
    private func packed(_ weights: [Float], depth: Int, width: Int, _ set: KernelSet) -> FloatStore {
        var values: [Float] = []
        for panel in 0..<set.panelCount(width: width) {
            for k in 0..<depth {
                for column in 0..<set.panelColumns(width: width, panel: panel) {
                    let n = panel * set.panelWidth + column
                    values.append(n < width ? weights[k * width + n] : 0)
                }
            }
        }
        return FloatStore(values)
    }

    private func multiply(
        _ set: KernelSet, _ x: [FloatStore], rows: Int, depth: Int, step: Int, weights: FloatStore,
        bias: FloatStore, width: Int, panels: Range<Int>? = nil, residual: FloatStore? = nil,
        _ activation: ck_activation = ck_none
    ) -> FloatStore {
        let y = output(rows * width)
        var product = ck_product(
            depth: depth, taps: x.count, step: step, width: width, panels: weights.base, bias: bias.base,
            activation: activation, stores_float: 1, bytes: ck_bytes())
        var lines = x.map { UnsafeRawPointer($0.base) as UnsafeRawPointer? }
        let all = panels ?? 0..<set.panelCount(width: width)
        set.kernels.pointee.pointwise_f32(
            &product, &lines, rows, all.lowerBound, all.upperBound, residual?.base, y.base)
        return y
    }

    @Test(arguments: sets)
    func pointwiseProductsEqualTheReference(set: String) throws {
        let sets = [try KernelSet.chosen(environment: set), try KernelSet.chosen(environment: "scalar")]
        var random = RandomNumbers(seed: 20)
        for rows in [1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 15, 27, 29] {
            for width in [
                1, 4, 8, 15, 16, 17, 24, 32, 33, 36, 40, 47, 48, 49, 56, 64, 65, 80, 81, 97, 104, 112, 130,
            ] {
                // A 1x1, or three lines of overlapping pixels.
                let depth = [1, 2, 3, 16, 27, 64].randomElement(using: &random) ?? 1
                let taps = [1, 1, 3].randomElement(using: &random) ?? 1
                let step = taps == 1 ? depth : max(1, depth * 2 / 3)
                let x = (0..<taps).map { _ in noise(&random, (rows - 1) * step + depth) }
                let weights = random.floats(taps * depth * width, in: -2...2)
                let bias = FloatStore(random.floats(width) + Array(repeating: 0, count: 128))
                let activation = Self.activations.randomElement(using: &random) ?? ck_none
                let residual = activation == ck_none ? noise(&random, rows * width) : nil
                let results = sets.map { one in
                    multiply(
                        one, x, rows: rows, depth: depth, step: step,
                        weights: packed(weights, depth: taps * depth, width: width, one), bias: bias,
                        width: width, residual: residual, activation)
                }
                expectClose(
                    results[0], results[1], count: rows * width, tolerance: 3e-5,
                    "\(set) \(rows)x\(taps)x\(depth)x\(width) act \(activation.rawValue)")
            }
        }
    }

    @Test(arguments: sets)
    func aRangeOfPanelsWritesItsColumnsOnly(set: String) throws {
        let own = try KernelSet.chosen(environment: set)
        var random = RandomNumbers(seed: 21)
        let (rows, depth, width) = (9, 5, own.panelWidth * 3 + own.lanes + 3)
        let x = [noise(&random, rows * depth)]
        let weights = packed(random.floats(depth * width), depth: depth, width: width, own)
        let bias = FloatStore(random.floats(width) + Array(repeating: 0, count: 128))
        func run(_ panels: Range<Int>?) -> FloatStore {
            multiply(
                own, x, rows: rows, depth: depth, step: depth, weights: weights, bias: bias, width: width,
                panels: panels)
        }
        let (whole, part) = (run(nil), run(1..<2))
        for r in 0..<rows {
            for n in 0..<width {
                let isInside = n / own.panelWidth == 1
                #expect(part.base[r * width + n] == (isInside ? whole.base[r * width + n] : 7))
            }
        }
    }

    @Test func panelsCoverEveryColumnOnce() {
        for set in KernelSet.all {
            for width in 1...200 {
                let count = set.panelCount(width: width)
                let columns = (0..<count).map { set.panelColumns(width: width, panel: $0) }
                #expect(columns.dropLast().allSatisfy { $0 == set.panelWidth })
                #expect(columns.reduce(0, +) == (width + set.lanes - 1) / set.lanes * set.lanes)
                #expect((columns.last ?? 0) <= set.panelWidth + set.lanes)
            }
        }
    }

    @Test(arguments: sets)
    func depthwiseConvolutionsEqualTheReference(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 22)
        for kernel in [1, 3, 5, 7] {
            for stride in [1, 2, 3] {
                for (height, width) in [(1, 1), (1, 9), (2, 2), (5, 3), (7, 16), (3, 14), (4, 37)] {
                    let channels = [1, 3, 8, 16, 20, 33, 96].randomElement(using: &random) ?? 1
                    let outHeight = (height + stride - 1) / stride
                    let outWidth = (width + stride - 1) / stride
                    let x = noise(&random, height * width * channels)
                    let weights = noise(&random, kernel * kernel * channels)
                    let bias = noise(&random, channels)
                    let geometry = ck_depthwise(
                        height: height, width: width, channels: channels, ring: height, out_height: outHeight,
                        out_width: outWidth, kernel: kernel, stride: stride,
                        pad_top: max((outHeight - 1) * stride + kernel - height, 0) / 2,
                        pad_left: max((outWidth - 1) * stride + kernel - width, 0) / 2,
                        weights: weights.base, bias: bias.base,
                        activation: Self.activations.randomElement(using: &random) ?? ck_none, taps: nil,
                        bytes: ck_bytes())
                    let count = outHeight * outWidth * channels
                    let results = [own, reference].map { one in
                        let y = output(count)
                        let sums = output(channels)
                        withUnsafePointer(to: geometry) {
                            for row in 0..<outHeight {
                                one.depthwise_f32(
                                    $0, x.base, row, y.base + row * outWidth * channels, sums.base)
                            }
                        }
                        return (y, sums)
                    }
                    expectClose(
                        results[0].1, results[1].1, count: channels, tolerance: 1e-4, "\(set) sums")
                    expectClose(
                        results[0].0, results[1].0, count: count, tolerance: 2e-5,
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
                        var at = maps.map { UnsafeRawPointer($0.base) as UnsafeRawPointer? }
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
    func scalesAndPoolsEqualTheReference(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 24)
        for channels in [1, 7, 16, 17, 96] {
            for (height, width) in [(1, 1), (1, 6), (5, 4), (8, 9)] {
                let x = noise(&random, height * width * channels)
                let scale = random.floats(height * width)
                let (outHeight, outWidth) = ((height + 1) / 2, (width + 1) / 2)
                let results = [own, reference].map { one in
                    let scaled = output(height * width * channels)
                    let pooled = output(outHeight * outWidth * channels)
                    one.scale_f32(x.base, scale, height * width, channels, scaled.base)
                    for row in 0..<outHeight {
                        one.maxpool_f32(
                            x.base, height, width, channels, 3, 3, 2, 2, outHeight, outWidth, row,
                            pooled.base + row * outWidth * channels)
                    }
                    return (scaled, pooled)
                }
                let what = "\(set) \(height)x\(width)x\(channels)"
                expectClose(
                    results[0].0, results[1].0, count: height * width * channels, tolerance: 0, what)
                expectClose(
                    results[0].1, results[1].1, count: outHeight * outWidth * channels, tolerance: 0, what)
            }
        }
    }

    /// A map of which only the rows of the kernel stand in memory.
    @Test(arguments: sets)
    func aRingOfRowsGivesWhatTheWholeMapGives(set: String) throws {
        let (own, _) = try kernels(set)
        var random = RandomNumbers(seed: 26)
        let (height, width, channels) = (11, 13, 20)
        let x = noise(&random, height * width * channels)
        for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2)] {
            let weights = noise(&random, kernel * kernel * channels)
            let bias = noise(&random, channels)
            let (outHeight, outWidth) = ((height + stride - 1) / stride, (width + stride - 1) / stride)
            var geometry = ck_depthwise(
                height: height, width: width, channels: channels, ring: height, out_height: outHeight,
                out_width: outWidth, kernel: kernel, stride: stride, pad_top: kernel / 2,
                pad_left: kernel / 2,
                weights: weights.base, bias: bias.base, activation: ck_swish, taps: nil, bytes: ck_bytes())
            let ring = output(kernel * width * channels)
            for row in 0..<outHeight {
                let (whole, part) = (output(outWidth * channels), output(outWidth * channels))
                geometry.ring = height
                own.depthwise_f32(&geometry, x.base, row, whole.base, nil)
                geometry.ring = kernel
                for tap in 0..<kernel {
                    let line = row * stride + tap - kernel / 2
                    guard (0..<height).contains(line) else { continue }
                    (ring.base + line % kernel * width * channels).update(
                        from: x.base + line * width * channels, count: width * channels)
                }
                own.depthwise_f32(&geometry, ring.base, row, part.base, nil)
                expectClose(part, whole, count: outWidth * channels, tolerance: 0, "\(set) row \(row)")
            }
        }
    }

    @Test(arguments: sets)
    func bytesAreNormalised(set: String) throws {
        let (own, reference) = try kernels(set)
        var random = RandomNumbers(seed: 27)
        for count in [1, 2, 5, 15, 16, 17, 33, 100] {
            let bytes = (0..<3 * count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let (scale, shift) = (random.floats(3), random.floats(3))
            let results = [own, reference].map { one in
                let y = output(3 * count)
                one.normalise_f32(bytes, count, scale, shift, y.base)
                return y
            }
            expectClose(results[0], results[1], count: 3 * count, tolerance: 1e-6, "\(set) \(count)")
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
