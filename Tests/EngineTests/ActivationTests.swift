import CKernels
import Glibc
import Testing

@testable import Engine

/// The error of the activations over the whole range of 32-bit floats, against double precision.
struct ActivationTests {
    /// Numbers of every exponent and both signs.
    private static let samples: [Float] = {
        var random = RandomNumbers(seed: 30)
        let wide = (0..<256).flatMap { exponent in
            (0..<200).map { _ in
                Float(
                    bitPattern: UInt32(exponent) << 23 | .random(in: 0..<1 << 23, using: &random)
                        | (.random(in: 0...1, using: &random) << 31))
            }
        }
        return wide.filter(\.isFinite) + random.floats(100_000, in: -30...30) + [0, -0.0, 88, -88, 127, -127]
    }()

    private func apply(_ activation: ck_activation, _ set: String, _ values: [Float]) throws -> [Float] {
        let kernels = try KernelSet.chosen(environment: set).kernels.pointee
        let (x, y) = (FloatStore(values), FloatStore(count: values.count))
        var inputs: [UnsafeRawPointer?] = [UnsafeRawPointer(x.base)]
        kernels.fuse_f32(&inputs, [1], 1, values.count, y.base, activation)
        return values.indices.map { y.base[$0] }
    }

    @Test(arguments: KernelTests.sets)
    func swishIsRightToFiveMillionths(set: String) throws {
        var worst = 0.0
        for (x, y) in zip(Self.samples, try apply(ck_swish, set, Self.samples)) {
            let wanted = Double(x) / (1 + exp(-Double(x)))
            // Below -80 the result is smaller than 1e-33, and only that it is small counts.
            if x < -80 {
                #expect(abs(Double(y)) < 1e-30 * max(1, -Double(x)), "\(x) gives \(y)")
            } else {
                worst = max(worst, abs(Double(y) - wanted) / max(abs(wanted), 1e-37))
            }
        }
        #expect(worst < 5e-6, "\(set)")
    }

    /// Half of a bfloat16's last place for the rounding, and less than half of that for what is short.
    @Test(arguments: KernelTests.sets)
    func swishOfBfloat16IsRightToItsLastPlace(set: String) throws {
        let kernels = try KernelSet.chosen(environment: set).kernels.pointee
        let halves = Self.samples.map { UInt16($0.bitPattern >> 16) }
        var found = Array(repeating: UInt16(0), count: halves.count)
        halves.withUnsafeBytes { x in
            var inputs: [UnsafeRawPointer?] = [x.baseAddress]
            found.withUnsafeMutableBytes {
                kernels.fuse_bf16(&inputs, [1], 1, halves.count, $0.baseAddress, ck_swish)
            }
        }
        var worst = 0.0
        for (half, result) in zip(halves, found) {
            let (x, y) = (Float(bitPattern: UInt32(half) << 16), Float(bitPattern: UInt32(result) << 16))
            let wanted = Double(x) / (1 + exp(-Double(x)))
            if x < -80 {
                #expect(abs(Double(y)) < 1e-30 * max(1, -Double(x)), "\(x) gives \(y)")
            } else {
                // The conversion takes the smallest numbers for zero.
                worst = max(worst, abs(Double(y) - wanted) / max(abs(wanted), 1e-35))
            }
        }
        #expect(worst < 1.0 / 256 + 2e-3, "\(set)")
    }

    @Test(arguments: KernelTests.sets)
    func sigmoidIsRightToFiveMillionths(set: String) throws {
        var worst = 0.0
        for (x, y) in zip(Self.samples, try apply(ck_sigmoid, set, Self.samples)) {
            #expect((0...1).contains(y))
            if x > -80 { worst = max(worst, abs(Double(y) * (1 + exp(-Double(x))) - 1)) }
        }
        #expect(worst < 5e-6, "\(set)")
    }

    @Test(arguments: KernelTests.sets)
    func clampsAreExact(set: String) throws {
        let clamped = try apply(ck_relu6, set, Self.samples)
        let cut = try apply(ck_relu, set, Self.samples)
        for (i, x) in Self.samples.enumerated() {
            #expect(clamped[i] == min(max(x, 0), 6))
            #expect(cut[i] == max(x, 0))
        }
    }

    @Test(arguments: KernelTests.sets)
    func whatIsNoNumberStaysNone(set: String) throws {
        #expect(try apply(ck_none, set, [.nan])[0].isNaN)
        #expect(try apply(ck_swish, set, [.nan])[0].isNaN)
        #expect(try apply(ck_swish, set, [.infinity])[0] == .infinity)
    }
}
