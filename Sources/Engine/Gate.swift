import Glibc
import Graph
import Weights

/// The two small products of squeeze-and-excite, in f32.
final class Gate {
    private let channels: Int
    private let reduced: Int
    private let activation: Activation
    private let reduce: [Float]
    private let reduceBias: [Float]
    private let expand: [Float]
    private let expandBias: [Float]
    private let mean: FloatStore
    private let hidden: FloatStore

    init(_ gate: SqueezeExcite, from provider: any TensorProvider) throws(WeightsError) {
        reduced = gate.reduceWeight.shape[0]
        channels = gate.reduceWeight.shape[1]
        activation = gate.activation
        reduce = try provider.floats(gate.reduceWeight.name, shape: gate.reduceWeight.shape)
        reduceBias = try provider.floats(gate.reduceBias.name, shape: gate.reduceBias.shape)
        expand = try provider.floats(gate.expandWeight.name, shape: gate.expandWeight.shape)
        expandBias = try provider.floats(gate.expandBias.name, shape: gate.expandBias.shape)
        mean = FloatStore(count: channels)
        hidden = FloatStore(count: reduced)
    }

    /// From the sums of `tiles` tiles to a factor for every channel.
    func run(sums: UnsafePointer<Float>, tiles: Int, pixels: Int, into gate: UnsafeMutablePointer<Float>) {
        let scale = 1 / Float(pixels)
        for c in 0..<channels {
            var sum: Float = 0
            for tile in 0..<tiles { sum += sums[tile * channels + c] }
            mean.base[c] = sum * scale
        }
        for r in 0..<reduced {
            var sum: Float = 0
            for c in 0..<channels { sum += reduce[r * channels + c] * mean.base[c] }
            hidden.base[r] = activated(sum + reduceBias[r])
        }
        for c in 0..<channels {
            var sum = expandBias[c]
            for r in 0..<reduced { sum += expand[c * reduced + r] * hidden.base[r] }
            gate[c] = 1 / (1 + exp(-sum))
        }
    }

    private func activated(_ x: Float) -> Float {
        switch activation {
        case .none: x
        case .swish: x / (1 + exp(-x))
        case .relu6: min(max(x, 0), 6)
        case .relu: max(x, 0)
        case .sigmoid: 1 / (1 + exp(-x))
        }
    }
}
