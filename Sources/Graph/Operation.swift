/// What a node computes. Weights are named, not held.
public enum Operation: Sendable {
    case convolution(Convolution)
    /// `x · sigmoid(W2 · act(W1 · mean(x) + b1) + b2)`; one input.
    case squeezeExcite(SqueezeExcite)
    /// Element-wise sum of two maps of one shape (residual).
    case add
    /// Weighted sum of 1 to 3 maps of one shape, then the activation.
    case fuse(Fusion)
    /// Max pooling, padding `same` with minus infinity, to exactly the given size.
    case maxPool(MaxPool)
    /// Nearest neighbour to exactly the given size: source = floor(destination · in / out).
    case resizeNearest(height: Int, width: Int)
}

public enum Activation: String, Sendable {
    case none, swish, relu6, relu, sigmoid
}

public enum Padding: Sendable {
    /// TensorFlow's: out = ceil(in / stride), the odd row or column at the bottom and right.
    case same
    /// PyTorch's: (kernel - 1) / 2 on every side.
    case symmetric

    /// Rows (or columns) before and after, and the size of the output.
    public func resolve(input: Int, kernel: Int, stride: Int) -> (before: Int, after: Int, output: Int) {
        switch self {
        case .same:
            let output = (input + stride - 1) / stride
            let total = max((output - 1) * stride + kernel - input, 0)
            return (total / 2, total - total / 2, output)
        case .symmetric:
            let side = (kernel - 1) / 2
            return (side, side, (input + 2 * side - kernel) / stride + 1)
        }
    }
}

/// A named tensor of the weight file with the shape that the network needs (PyTorch's order).
public struct Parameter: Sendable, Hashable {
    public let name: String
    public let shape: [Int]

    public init(_ name: String, _ shape: [Int]) {
        self.name = name
        self.shape = shape
    }

    public var count: Int { shape.reduce(1, *) }
}

/// Batch normalisation at inference: `(x - running_mean) / sqrt(running_var + epsilon) · weight + bias`,
/// the four tensors named `prefix.weight` and so on, each `[channels]`.
public struct BatchNorm: Sendable, Hashable {
    public let prefix: String
    public let channels: Int
    public let epsilon: Double

    public init(prefix: String, channels: Int, epsilon: Double) {
        self.prefix = prefix
        self.channels = channels
        self.epsilon = epsilon
    }

    /// Trained: weight (gamma), bias (beta).
    public var trained: [Parameter] {
        [Parameter(prefix + ".weight", [channels]), Parameter(prefix + ".bias", [channels])]
    }
    /// Measured: running mean and variance.
    public var statistics: [Parameter] {
        [Parameter(prefix + ".running_mean", [channels]), Parameter(prefix + ".running_var", [channels])]
    }
}

/// Convolution → (+ bias) → (batch norm) → activation.
public struct Convolution: Sendable {
    /// Dense: `[out, in, k, k]`. Depthwise: `[channels, 1, k, k]`.
    public var weight: Parameter
    public var bias: Parameter?
    public var norm: BatchNorm?
    public var isDepthwise: Bool
    public var kernel: Int
    public var stride: Int
    public var padding: Padding
    public var activation: Activation

    public init(
        weight: Parameter, bias: Parameter? = nil, norm: BatchNorm? = nil, isDepthwise: Bool, kernel: Int,
        stride: Int = 1, padding: Padding = .same, activation: Activation = .none
    ) {
        self.weight = weight
        self.bias = bias
        self.norm = norm
        self.isDepthwise = isDepthwise
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.activation = activation
    }
}

public struct SqueezeExcite: Sendable {
    /// `[reduced, channels, 1, 1]`, `[reduced]`.
    public var reduceWeight: Parameter
    public var reduceBias: Parameter
    /// `[channels, reduced, 1, 1]`, `[channels]`.
    public var expandWeight: Parameter
    public var expandBias: Parameter
    public var activation: Activation

    public init(
        reduceWeight: Parameter, reduceBias: Parameter, expandWeight: Parameter, expandBias: Parameter,
        activation: Activation
    ) {
        self.reduceWeight = reduceWeight
        self.reduceBias = reduceBias
        self.expandWeight = expandWeight
        self.expandBias = expandBias
        self.activation = activation
    }
}

public struct Fusion: Sendable {
    /// Paper, section 3.3.
    public enum Mode: String, Sendable, CaseIterable {
        /// Fast normalised: `Σ xᵢ · rᵢ / (Σ rⱼ + 0.0001)`, `rᵢ = max(wᵢ, 0)`.
        case fast
        /// `Σ xᵢ · exp(wᵢ) / Σ exp(wⱼ)`.
        case softmax
        /// `Σ xᵢ`; no weights.
        case sum
        /// `Σ xᵢ · wᵢ`.
        case unbounded
    }

    public var mode: Mode
    /// `[inputs]`, one scalar per input; nil exactly for `.sum`.
    public var weights: Parameter?
    public var activation: Activation

    public init(mode: Mode, weights: Parameter?, activation: Activation) {
        self.mode = mode
        self.weights = weights
        self.activation = activation
    }
}

public struct MaxPool: Sendable {
    public var height: Int
    public var width: Int
    public var strideY: Int
    public var strideX: Int

    /// Kernel is stride + 1 where the stride is above 1, else 1.
    public init(height: Int, width: Int, strideY: Int, strideX: Int) {
        self.height = height
        self.width = width
        self.strideY = strideY
        self.strideX = strideX
    }

    public var kernelY: Int { strideY > 1 ? strideY + 1 : 1 }
    public var kernelX: Int { strideX > 1 ? strideX + 1 : 1 }
}
