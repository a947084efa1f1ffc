import CKernels
import Testing

@testable import Engine

/// The kernels over bytes against the scalar reference: their sums are whole numbers and equal; only where
/// a result lies between two bytes may the last rounding fall differently.
struct ByteKernelTests {
    private func sets(_ name: String) throws -> [KernelSet] {
        [try KernelSet.chosen(environment: name), try KernelSet.chosen(environment: "scalar")]
    }

    private func bytes(_ random: inout RandomNumbers, _ count: Int) -> [UInt8] {
        (0..<count).map { _ in .random(in: 0...255, using: &random) }
    }

    private func store(_ bytes: [some BitwiseCopyable]) -> FloatStore {
        let store = FloatStore(count: (bytes.count + 3) / 4)
        for (i, byte) in bytes.enumerated() {
            UnsafeMutableRawPointer(store.base).storeBytes(of: byte, toByteOffset: i, as: type(of: byte))
        }
        return store
    }

    private func contents(_ store: FloatStore, _ count: Int) -> [UInt8] {
        (0..<count).map { UnsafeRawPointer(store.base).load(fromByteOffset: $0, as: UInt8.self) }
    }

    /// Nowhere more than a byte apart, and that rarely; nothing written behind the end.
    private func expectClose(_ found: FloatStore, _ wanted: FloatStore, count: Int, _ what: String) {
        let (a, b) = (contents(found, count), contents(wanted, count))
        let apart = zip(a, b).map { abs(Int($0) - Int($1)) }
        #expect((apart.max() ?? 0) <= 1, "\(what)")
        #expect(apart.count { $0 > 0 } <= 1 + count / 300, "\(what)")
        #expect(contents(found, count + 64).dropFirst(count).allSatisfy { $0 == 7 }, "\(what): wrote behind")
    }

    private func output(_ count: Int) -> FloatStore { store(Array(repeating: UInt8(7), count: count + 64)) }

    /// A table that hides no difference of one step: results differ by one where indices do.
    private static let table = (0..<256).map { UInt8(255 - $0) }

    @Test(arguments: KernelTests.sets)
    func productsEqualTheReference(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 50)
        for rows in [1, 2, 3, 5, 7, 8, 13, 14, 15, 29, 61] {
            for width in [1, 8, 15, 16, 17, 24, 40, 47, 48, 49, 64, 80, 112, 130, 1100] {
                let taps = [1, 1, 3].randomElement(using: &random) ?? 1
                let shape = [width, [3, 4, 16, 24, 64].randomElement(using: &random) ?? 4, taps, taps]
                let rowDepth = (shape[1] * taps + 3) / 4 * 4
                let step = taps == 1 ? shape[1] : 2 * shape[1]
                let x = (0..<taps).map { _ in store(bytes(&random, rows * step + rowDepth)) }
                let folded = FoldedConvolution(
                    weights: random.floats(width * shape[1] * taps * taps), bias: random.floats(width))
                let weights = folded.bytes().bytes
                let columns = width + 128
                let multipliers = FloatStore(random.floats(columns, in: 1e-5...2e-3))
                let bias = FloatStore(random.floats(columns, in: -100...355))
                let residual = store(bytes(&random, rows * width))
                let hasResidual = Bool.random(using: &random)
                let table = Bool.random(using: &random) ? store(Self.table) : nil
                for storesFloat in [false, true] {
                    let results = sets.map { one in
                        let panels = store(
                            folded.bytePanels(
                                shape: shape, set: one, rowDepth: rowDepth, values: weights))
                        let tableBytes = table.map {
                            UnsafePointer(UnsafeRawPointer($0.base).assumingMemoryBound(to: UInt8.self))
                        }
                        var product = ck_product(
                            depth: rowDepth, taps: taps, step: step, width: width, panels: panels.base,
                            bias: bias.base, activation: storesFloat ? ck_swish : ck_none,
                            stores_float: storesFloat ? 1 : 0,
                            bytes: ck_bytes(
                                multipliers: multipliers.base, table: tableBytes, residual: 0.4, outside: nil)
                        )
                        var lines = x.map { UnsafeRawPointer($0.base) as UnsafeRawPointer? }
                        let y = output(rows * width * (storesFloat ? 4 : 1))
                        withExtendedLifetime((panels, table)) {
                            one.pointwise(.int8)?(
                                &product, &lines, rows, 0, one.panelCount(width: width),
                                hasResidual ? UnsafeRawPointer(residual.base) : nil, y.base)
                        }
                        return y
                    }
                    let what = "\(set) \(rows)x\(taps)x\(shape[1])x\(width)"
                    if storesFloat {
                        for i in 0..<rows * width {
                            let (a, b) = (results[0].base[i], results[1].base[i])
                            guard abs(a - b) <= 1e-4 * max(1, abs(b)) else {
                                Issue.record("\(what): \(a) instead of \(b) at \(i)")
                                break
                            }
                        }
                    } else {
                        expectClose(results[0], results[1], count: rows * width, what)
                    }
                }
            }
        }
    }

    @Test(arguments: KernelTests.sets)
    func depthwiseConvolutionsEqualTheReference(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 51)
        for kernel in [1, 3, 5, 7] {
            for stride in [1, 2, 3] {
                for (height, width) in [(1, 1), (1, 9), (2, 2), (5, 3), (7, 16), (4, 37)] {
                    let channels =
                        [1, 8, 16, 20, 31, 32, 33, 48, 64, 96, 97, 144].randomElement(using: &random) ?? 1
                    compare(
                        sets, &random, height: height, width: width, channels: channels, kernel: kernel,
                        stride: stride)
                }
            }
        }
    }

    private func compare(
        _ sets: [KernelSet], _ random: inout RandomNumbers, height: Int, width: Int, channels: Int,
        kernel: Int, stride: Int
    ) {
        let (outHeight, outWidth) = ((height + stride - 1) / stride, (width + stride - 1) / stride)
        let x = store(bytes(&random, height * width * channels))
        let taps = bytes(&random, kernel * kernel * channels).map { Int8(bitPattern: $0) }
        let multipliers = random.floats(channels, in: 1e-4...3e-3)
        let bias = random.floats(channels, in: -100...355)
        let outside = store(
            Array(repeating: UInt8.random(in: 0...255, using: &random), count: width * channels))
        let table = Bool.random(using: &random) ? store(Self.table) : nil
        let count = outHeight * outWidth * channels
        let results = sets.map { one in
            let set = one.kernels
            let packed = FloatStore(count: (ck_packed_taps(set, kernel, channels) + 3) / 4)
            let packedTaps = UnsafeMutableRawPointer(packed.base).assumingMemoryBound(to: Int8.self)
            ck_pack_taps(set, taps, kernel, channels, packedTaps)
            let floats = [multipliers, bias].map { values in
                let packed = FloatStore(count: ck_packed_channels(set, channels))
                ck_pack_channels(set, values, channels, packed.base)
                return packed
            }
            func bytes(_ store: FloatStore) -> UnsafePointer<UInt8> {
                UnsafePointer(UnsafeRawPointer(store.base).assumingMemoryBound(to: UInt8.self))
            }
            var geometry = ck_depthwise(
                height: height, width: width, channels: channels, ring: height, out_height: outHeight,
                out_width: outWidth, kernel: kernel, stride: stride,
                pad_top: max((outHeight - 1) * stride + kernel - height, 0) / 2,
                pad_left: max((outWidth - 1) * stride + kernel - width, 0) / 2, weights: nil,
                bias: floats[1].base, activation: ck_none, taps: packedTaps,
                bytes: ck_bytes(
                    multipliers: floats[0].base, table: table.map(bytes), residual: 0, outside: bytes(outside)
                ))
            let (y, sums) = (output(count), FloatStore(count: channels))
            withExtendedLifetime((packed, floats, table, outside)) {
                for row in 0..<outHeight {
                    one.depthwise(.int8)?(
                        &geometry, x.base, row, UnsafeMutableRawPointer(y.base) + row * outWidth * channels,
                        sums.base)
                }
            }
            // The sums are those of what was stored.
            let stored = contents(y, count)
            for c in 0..<channels {
                let sum = Swift.stride(from: c, to: count, by: channels).reduce(Float(0)) {
                    $0 + Float(stored[$1])
                }
                #expect(sums.base[c] == sum, "\(one.name): the sum of channel \(c)")
            }
            return y
        }
        expectClose(
            results[0], results[1], count: count,
            "\(sets[0].name) \(kernel)/\(stride) \(height)x\(width)x\(channels)")
    }

    @Test(arguments: KernelTests.sets)
    func mapsEqualTheReference(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 52)
        for channels in [1, 7, 16, 33, 64, 70] {
            let maps = (0..<3).map { _ in store(bytes(&random, 30 * channels)) }
            for inputs in 1...3 {
                let results = sets.map { one in
                    let (fused, pooled) = (output(30 * channels), output(3 * channels))
                    var at: [UnsafePointer<UInt8>?] = maps.map {
                        UnsafePointer(UnsafeRawPointer($0.base).assumingMemoryBound(to: UInt8.self))
                    }
                    let factors: [Float] = [0.31, -0.7, 0.45].prefix(inputs) + [40.25]
                    one.kernels.pointee.fuse_u8(
                        &at, factors, inputs, 30 * channels,
                        UnsafeMutableRawPointer(fused.base).assumingMemoryBound(to: UInt8.self),
                        channels % 2 == 0 ? Self.table : nil)
                    one.pool(.int8)?(maps[0].base, 5, 6, channels, 3, 3, 2, 2, 3, 3, 1, pooled.base)
                    return (fused, pooled)
                }
                expectClose(results[0].0, results[1].0, count: 30 * channels, "\(set) fuse")
                #expect(
                    contents(results[0].1, 3 * channels + 64) == contents(results[1].1, 3 * channels + 64))
            }
        }
    }

    @Test(arguments: KernelTests.sets)
    func gatedWeightsBecomeBytesOfTheirColumnsScale(set: String) throws {
        let sets = try sets(set)
        var random = RandomNumbers(seed: 53)
        for (rows, columns) in [(4, 64), (20, 16), (96, 48)] {
            let (x, bias) = (random.floats(rows * columns), random.floats(columns))
            var gate = random.floats(rows, in: 0...1)
            gate[rows / 2] = 0
            var gated = ck_gated(input_scale: 0.02, input_zero: 3, output_scale: 0.05, output_zero: 9.5)
            let found = sets.map { one in
                // The columns of a panel of this set.
                let width = min(columns, one.panelWidth)
                let y = FloatStore(count: rows * width / 4)
                var (multipliers, biases) = (
                    [Float](repeating: 0, count: width), [Float](repeating: 0, count: width)
                )
                one.kernels.pointee.scale_u8(
                    x, gate, rows, width, bias, &gated,
                    UnsafeMutableRawPointer(y.base).assumingMemoryBound(to: Int8.self), &multipliers, &biases)
                return (contents(y, rows * width).map { Int8(bitPattern: $0) }, multipliers, biases, width)
            }
            for (bytes, multipliers, biases, width) in found {
                for n in 0..<width {
                    func weight(_ k: Int) -> Float { x[(k / 4 * width + n) * 4 + k % 4] * gate[k] }
                    let scale = ((0..<rows).map { abs(weight($0)) }.max() ?? 0) / 127
                    var total = 0
                    for k in 0..<rows {
                        let byte = bytes[(k / 4 * width + n) * 4 + k % 4]
                        #expect(abs(Float(byte) * scale - weight(k)) <= 0.5001 * scale)
                        total += Int(byte)
                    }
                    #expect(abs(multipliers[n] - 0.02 * scale / 0.05) <= 1e-6 * multipliers[n])
                    let wanted = (bias[n] - 0.02 * scale * 3 * Float(total)) / 0.05 + 9.5
                    #expect(abs(biases[n] - wanted) <= 1e-4 * max(1, abs(wanted)))
                }
            }
        }
    }
}
