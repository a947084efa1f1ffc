/// Tensors by effdet's parameter names (`backbone.conv_stem.weight`, …), whatever file they come from.
public protocol TensorProvider: Sendable {
    /// The tensor's values as 32-bit floats in PyTorch's order (`[out, in, kh, kw]`).
    /// - Throws: `missing` or `wrongShape`, naming the tensor, what was expected and what was found.
    func floats(_ name: String, shape: [Int]) throws(WeightsError) -> [Float]
}
