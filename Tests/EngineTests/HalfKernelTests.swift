import CKernels
import Testing

@testable import Engine

/// The kernels over bfloat16 against the scalar reference: by tolerance, for a product of pairs rounds in
/// its own way.
struct HalfKernelTests {
    private func halves(_ random: inout RandomNumbers, _ count: Int) -> FloatStore {
        let store = FloatStore(count: count / 2 + 9)
        let values = random.floats(count) + Array(repeating: .nan, count: 16)
        // What stands behind the numbers may be read, never used.
        store.withHalves { half in
            for (i, value) in values.enumerated() { half[i] = UInt16(value.bitPattern >> 16) }
        }
        return store
    }

    private func values(_ store: FloatStore, _ count: Int) -> [Float] {
        store.withHalves { half in (0..<count).map { Float(bitPattern: UInt32(half[$0]) << 16) } }
    }

    private func expectClose(_ found: [Float], _ wanted: [Float], _ tolerance: Float, _ what: String) {
        for (i, (a, b)) in zip(found, wanted).enumerated() where !(abs(a - b) <= tolerance * max(1, abs(b))) {
            Issue.record("\(what): \(a) instead of \(b) at \(i)")
            return
        }
    }

    private func sets(_ name: String) throws -> [KernelSet] {
        [try KernelSet.chosen(environment: name), try KernelSet.chosen(environment: "scalar")]
    }

    @Test(arguments: KernelTests.sets)
    func productsEqualTheReference(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 40)
        for rows in [1, 2, 3, 7, 8, 14, 15, 29] {
            for width in [1, 8, 16, 17, 24, 36, 40, 48, 56, 64, 80, 104, 112, 130] {
                let depth = [2, 16, 24, 64].randomElement(using: &random) ?? 2
                let x = halves(&random, rows * depth)
                let folded = FoldedConvolution(
                    weights: random.floats(depth * width, in: -2...2), bias: random.floats(width))
                let residual = halves(&random, rows * width)
                let activation = KernelTests.activations.randomElement(using: &random) ?? ck_none
                let bias = FloatStore(folded.bias + Array(repeating: 0, count: 128))
                for storesFloat in [true, false] {
                    let results = sets.map { one in
                        let floats = folded.panels(shape: [width, depth, 1, 1], set: one, precision: .bf16)
                        let panels = FloatStore(count: floats.count / 2)
                        one.kernels.pointee.narrow_bf16(floats, floats.count, panels.base)
                        var product = ck_product(
                            depth: depth, taps: 1, step: depth, width: width, panels: panels.base,
                            bias: bias.base, activation: activation, stores_float: storesFloat ? 1 : 0,
                            bytes: ck_bytes())
                        var line: UnsafeRawPointer? = UnsafeRawPointer(x.base)
                        let y = FloatStore(count: rows * width)
                        one.pointwise(.bf16)?(
                            &product, &line, rows, 0, one.panelCount(width: width),
                            activation == ck_none ? UnsafeRawPointer(residual.base) : nil, y.base)
                        return storesFloat
                            ? (0..<rows * width).map { y.base[$0] } : values(y, rows * width)
                    }
                    expectClose(
                        results[0], results[1], storesFloat ? 2e-4 : 0.01, "\(set) \(rows)x\(depth)x\(width)")
                }
            }
        }
    }

    @Test(arguments: KernelTests.sets)
    func depthwiseConvolutionsEqualTheReference(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 41)
        for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2), (7, 3)] {
            for (height, width) in [(1, 1), (5, 3), (3, 8), (6, 14), (4, 37)] {
                let channels = [1, 8, 16, 20, 32, 33, 48, 72].randomElement(using: &random) ?? 1
                let (outHeight, outWidth) = ((height + stride - 1) / stride, (width + stride - 1) / stride)
                let x = halves(&random, height * width * channels)
                let taps = random.floats(kernel * kernel * channels).map {
                    // Packed taps may be bfloat16: so are these.
                    Float(bitPattern: $0.bitPattern & 0xffff_0000)
                }
                let bias = FloatStore(random.floats(channels))
                var geometry = ck_depthwise(
                    height: height, width: width, channels: channels, ring: height, out_height: outHeight,
                    out_width: outWidth, kernel: kernel, stride: stride,
                    pad_top: max((outHeight - 1) * stride + kernel - height, 0) / 2,
                    pad_left: max((outWidth - 1) * stride + kernel - width, 0) / 2, weights: nil,
                    bias: bias.base, activation: ck_swish, taps: nil, bytes: ck_bytes())
                let count = outHeight * outWidth * channels
                let results = sets.map { one in
                    let weights = FloatStore(taps, packedFor: geometry, by: one)
                    geometry.weights = UnsafePointer(weights.base)
                    let (y, sums) = (FloatStore(count: count / 2 + 9), FloatStore(count: channels))
                    for i in 0..<16 { y.withHalves { $0[count + i] = 7 } }
                    for row in 0..<outHeight {
                        let to = UnsafeMutableRawPointer(y.base) + row * outWidth * channels * 2
                        one.depthwise(.bf16)?(&geometry, x.base, row, to, sums.base)
                    }
                    #expect(y.withHalves { half in (0..<16).allSatisfy { half[count + $0] == 7 } })
                    return (values(y, count), (0..<channels).map { sums.base[$0] })
                }
                expectClose(
                    results[0].0, results[1].0, 0.01,
                    "\(set) \(kernel)/\(stride) \(height)x\(width)x\(channels)")
                expectClose(
                    results[0].1, results[1].1, 3e-3 * Float(outHeight * outWidth), "\(set) sums")
            }
        }
    }

    @Test(arguments: KernelTests.sets)
    func mapsEqualTheReference(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 42)
        for channels in [1, 7, 16, 33] {
            let maps = (0..<3).map { _ in halves(&random, 5 * 6 * channels) }
            let results = sets.map { one in
                let (fused, pooled) = (FloatStore(count: 30 * channels), FloatStore(count: 3 * channels))
                var inputs = maps.map { UnsafeRawPointer($0.base) as UnsafeRawPointer? }
                one.fuse(.bf16)?(&inputs, [0.5, -1, 0.3], 3, 30 * channels, fused.base, ck_relu6)
                one.pool(.bf16)?(maps[0].base, 5, 6, channels, 3, 3, 2, 2, 3, 3, 1, pooled.base)
                return (values(fused, 30 * channels), values(pooled, 3 * channels))
            }
            expectClose(results[0].0, results[1].0, 0.01, "\(set) fuse")
            expectClose(results[0].1, results[1].1, 0, "\(set) pool")
        }
    }

    @Test(arguments: KernelTests.sets)
    func gatesScaleThePairsOfTheirChannels(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 43)
        let (rows, columns) = (10, 48)
        let (x, scale) = (random.floats(rows * columns), random.floats(rows))
        let results = sets.map { one in
            let y = FloatStore(count: rows * columns / 2)
            one.scale(.bf16)?(x, scale, rows, columns, y.base)
            return values(y, rows * columns)
        }
        expectClose(results[0], results[1], 0, set)
    }
}

extension FloatStore {
    fileprivate func withHalves<R>(_ body: (UnsafeMutablePointer<UInt16>) -> R) -> R {
        body(UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt16.self))
    }
}
