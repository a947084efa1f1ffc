import CKernels
import Graph
import Weights

/// A convolution's numbers with bias and batch normalisation folded in: `y = act(W x + b)`.
struct FoldedConvolution {
    /// `[out, in, kernel, kernel]`, or `[channels, 1, kernel, kernel]`.
    private(set) var weights: [Float]
    /// `[out]`.
    let bias: [Float]

    init(weights: [Float], bias: [Float]) {
        self.weights = weights
        self.bias = bias
    }

    mutating func scale(by factor: Float) {
        for i in weights.indices { weights[i] *= factor }
    }

    /// What gives the same for inputs that are all smaller by `shift` than what they were.
    func shifted(by shift: Float) -> FoldedConvolution {
        let perOutput = weights.count / max(bias.count, 1)
        return FoldedConvolution(
            weights: weights,
            bias: bias.indices.map { output in
                bias[output] + shift * weights[output * perOutput..<(output + 1) * perOutput].reduce(0, +)
            })
    }

    /// Weights times a factor of their input channel.
    /// - Parameter taps: weights of an output for one input channel.
    mutating func scale(inputs factors: [Float], taps: Int) {
        for i in weights.indices { weights[i] *= factors[i / taps % factors.count] }
    }

    /// The factor of the normalisation is computed in double precision.
    init(_ convolution: Convolution, from provider: any TensorProvider) throws(WeightsError) {
        func values(_ parameter: Parameter) throws(WeightsError) -> [Float] {
            try provider.floats(parameter.name, shape: parameter.shape)
        }
        var weights = try values(convolution.weight)
        let outputs = convolution.weight.shape[0]
        var bias = try convolution.bias.map(values) ?? Array(repeating: 0, count: outputs)
        if let norm = convolution.norm {
            let trained = try norm.trained.map(values)
            let measured = try norm.statistics.map(values)
            let perOutput = weights.count / max(outputs, 1)
            for o in 0..<outputs {
                let factor = Double(trained[0][o]) / (Double(measured[1][o]) + norm.epsilon).squareRoot()
                bias[o] = Float(factor * (Double(bias[o]) - Double(measured[0][o])) + Double(trained[1][o]))
                for i in o * perOutput..<(o + 1) * perOutput {
                    weights[i] = Float(Double(weights[i]) * factor)
                }
            }
        }
        self.weights = weights
        self.bias = bias
    }

    /// Panels for the pointwise kernel, `[panel][depth][columns]`: depth runs over kernel rows, kernel
    /// columns, input channels. Unused columns are zero. For bfloat16 two neighbours of the depth stand
    /// beside each other, `[panel][depth / 2][columns][2]`.
    /// - Parameter shape: `[out, in, kernel, kernel]`.
    func panels(shape: [Int], set: KernelSet, precision: Precision) -> [Float] {
        let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
        let depth = inputs * taps
        var packed: [Float] = []
        for panel in 0..<set.panelCount(width: outputs) {
            let columns = set.panelColumns(width: outputs, panel: panel)
            let start = packed.count
            packed.append(contentsOf: repeatElement(0, count: depth * columns))
            for column in 0..<min(columns, outputs - panel * set.panelWidth) {
                let from = (panel * set.panelWidth + column) * depth
                for c in 0..<inputs {
                    for tap in 0..<taps {
                        let row = tap * inputs + c
                        let place =
                            precision == .f32
                            ? row * columns + column : row / 2 * 2 * columns + 2 * column + row % 2
                        packed[start + place] = weights[from + c * taps + tap]
                    }
                }
            }
        }
        return packed
    }

    /// For the depthwise kernel, `[kernel · kernel][channels]`.
    func taps(channels: Int) -> [Float] {
        let count = weights.count / max(channels, 1)
        var packed = Array(repeating: Float(0), count: weights.count)
        for c in 0..<channels {
            for tap in 0..<count { packed[tap * channels + c] = weights[c * count + tap] }
        }
        return packed
    }
}

extension Activation {
    var code: ck_activation {
        switch self {
        case .none: ck_none
        case .swish: ck_swish
        case .relu6: ck_relu6
        case .relu: ck_relu
        case .sigmoid: ck_sigmoid
        }
    }
}
