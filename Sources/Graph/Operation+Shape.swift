extension Operation {
    /// The shape of the result.
    /// - Precondition: number and shapes of the inputs fit.
    func outputShape(of inputs: [TensorShape]) -> TensorShape {
        let first = inputs[0]
        switch self {
        case .convolution(let c):
            precondition(inputs.count == 1, "a convolution has one input")
            precondition(
                c.weight.shape.count == 4 && c.weight.shape[1] == (c.isDepthwise ? 1 : first.channels),
                "\(c.weight.name): \(c.weight.shape) does not fit \(first)")
            return TensorShape(
                height: c.padding.resolve(input: first.height, kernel: c.kernel, stride: c.stride).output,
                width: c.padding.resolve(input: first.width, kernel: c.kernel, stride: c.stride).output,
                channels: c.weight.shape[0])
        case .squeezeExcite:
            precondition(inputs.count == 1, "squeeze-and-excite has one input")
            return first
        case .add:
            precondition(inputs.count == 2 && inputs[1] == first, "a residual adds two maps of one shape")
            return first
        case .fuse:
            precondition(
                (1...3).contains(inputs.count) && inputs.allSatisfy { $0 == first },
                "a fusion takes one to three maps of one shape")
            return first
        case .maxPool(let pool):
            precondition(inputs.count == 1, "pooling has one input")
            return TensorShape(height: pool.height, width: pool.width, channels: first.channels)
        case .resizeNearest(let height, let width):
            precondition(inputs.count == 1, "resizing has one input")
            return TensorShape(height: height, width: width, channels: first.channels)
        }
    }
}
