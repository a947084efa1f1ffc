/// Weights for measuring networks whose trained weights are not at hand: the same for the same name, of a
/// size that keeps activations in range. What such a network finds means nothing.
public struct RandomWeights: TensorProvider {
    public init() {}

    public func floats(_ name: String, shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        if name.hasSuffix("running_var") || name.hasSuffix("edge_weights") || isNormScale(name) {
            return Array(repeating: 1, count: count)
        }
        guard shape.count == 4 else { return Array(repeating: 0, count: count) }
        // Uniform with the variance 1 / inputs.
        let reach = (3 / Float(max(shape[1] * shape[2] * shape[3], 1))).squareRoot()
        var state = name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) / Float(1 << 23) - 1) * reach
        }
    }

    private func isNormScale(_ name: String) -> Bool {
        name.hasSuffix(".weight") && (name.contains(".bn") || name.contains("bn_rep"))
    }
}
