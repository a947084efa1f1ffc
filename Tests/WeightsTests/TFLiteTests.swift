import Testing

@testable import Weights

/// The fixtures are a small network of google/automl's Keras code, exported by TensorFlow's own converter
/// (Tools/weights/make_tensorflow.py); `expected.safetensors` are the weights that went in.
struct TFLiteTests {
    /// What a convolution and its normalisation do together: kernel and bias, in double precision.
    private struct Folded {
        var kernel: [Double]
        var bias: [Double]
    }

    private static func values(_ file: TensorFile, _ name: String) throws -> [Double] {
        let (_, values) = try file.floats(name) as (shape: [Int], values: [Float])
        return values.map(Double.init)
    }

    private static func folded(_ file: TensorFile, _ weight: String, _ norm: String) throws -> Folded {
        var kernel = try values(file, weight)
        let gamma = try values(file, "\(norm).weight")
        let beta = try values(file, "\(norm).bias")
        let mean = try values(file, "\(norm).running_mean")
        let variance = try values(file, "\(norm).running_var")
        let biasName = String(weight.dropLast("weight".count)) + "bias"
        var bias = file.shape(of: biasName) == nil ? beta.map { _ in 0 } : try values(file, biasName)
        let inner = kernel.count / gamma.count
        for o in gamma.indices {
            let factor = gamma[o] / (variance[o] + 1e-3).squareRoot()
            bias[o] = factor * (bias[o] - mean[o]) + beta[o]
            for i in o * inner..<(o + 1) * inner { kernel[i] *= factor }
        }
        return Folded(kernel: kernel, bias: bias)
    }

    /// Every kernel with the normalisation behind it, by effdet's names.
    private static func pairs(_ file: TensorFile) -> [(weight: String, norm: String)] {
        var pairs: [(String, String)] = []
        for name in file.names where name.hasSuffix(".weight") && file.shape(of: name)?.count == 4 {
            let parts = name.split(separator: ".").map(String.init)
            let prefix = parts.dropLast(2).joined(separator: ".")
            let module = parts[parts.count - 2]
            if module == "conv_stem" {
                pairs.append((name, "backbone.bn1"))
            } else if name.hasPrefix("backbone.blocks.0.") {
                pairs.append((name, prefix + (module == "conv_dw" ? ".bn1" : ".bn2")))
            } else if name.hasPrefix("backbone.") {
                pairs.append(
                    (name, prefix + ["conv_pw": ".bn1", "conv_dw": ".bn2"][module, default: ".bn3"]))
            } else if module == "conv" || (module == "conv_pw" && parts[0] == "fpn") {
                pairs.append((name, "\(prefix).bn"))
            } else if module == "conv_pw", parts[1] == "conv_rep" {
                for level in 0..<5 { pairs.append((name, "\(parts[0]).bn_rep.\(parts[2]).\(level).bn")) }
            }
        }
        return pairs
    }

    /// Largest difference over the largest value.
    private static func error(_ a: [Double], _ b: [Double]) -> Double {
        guard a.count == b.count else { return .infinity }
        let scale = b.reduce(1e-9) { max($0, abs($1)) }
        return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
    }

    @Test(arguments: [("float32", 1e-5), ("network", 1e-5), ("float16", 2e-3), ("int8", 0.02)])
    func theNetworkIsTheOneThatWentIn(name: String, tolerance: Double) throws {
        let expected = try TensorFile.open(Fixture.path("tflite/expected.safetensors"))
        let file = try TensorFile.open(Fixture.path("tflite/\(name).tflite"))
        #expect(file.format == .tflite)
        #expect(file.names == expected.names)
        let pairs = Self.pairs(expected)
        #expect(pairs.count == 66)
        for (weight, norm) in pairs {
            #expect(file.shape(of: weight) == expected.shape(of: weight), "\(weight)")
            let (ours, theirs) = (
                try Self.folded(file, weight, norm), try Self.folded(expected, weight, norm)
            )
            #expect(Self.error(ours.kernel, theirs.kernel) < tolerance, "\(weight) with \(norm)")
            #expect(Self.error(ours.bias, theirs.bias) < tolerance, "bias of \(weight) with \(norm)")
        }
        let alone = expected.names.filter {
            $0.hasSuffix("conv_dw.weight") && !$0.hasPrefix("backbone") || $0.contains(".predict.")
        }
        #expect(alone.count == 16 + 4 + 6)
        for name in alone {
            #expect(
                Self.error(try Self.values(file, name), try Self.values(expected, name)) < tolerance,
                "\(name)")
        }
    }

    @Test func theConventionsAreRead() throws {
        let float = ModelDescription(try TensorFile.open(Fixture.path("tflite/float32.tflite")))
        #expect(float.imageSize == 128)
        #expect(float.classCount == 3)
        #expect(float.anchorScale == 3)
        #expect(float.aspectRatios == [[1, 1], [1.41421, 0.70711], [0.70711, 1.41421]])
        #expect(float.mean == Array(repeating: Float(127.0 / 255), count: 3))
        let bytes = ModelDescription(try TensorFile.open(Fixture.path("tflite/int8.tflite")))
        // The converter measured -1...1 on its samples.
        let std = try #require(bytes.std?.first)
        #expect(abs(std - 0.5) < 0.01)
    }

    @Test func anotherNetworkSaysWhy() throws {
        var bytes = try Fixture.bytes("tflite/network.tflite")
        bytes.removeLast(bytes.count - 400)
        #expect(throws: WeightsError.self) { try TensorFile.from(bytes) }
    }
}
