import CKernels
import Graph

extension PlanBuilder {
    /// Rows of any other dense convolution (the stem): a product whose pixels overlap in their lines.
    /// Lines are copied with their border of zeros to scratch memory. The network's input becomes what the
    /// maps hold there; other maps become floats.
    mutating func denseRows(_ convolution: Convolution, _ node: Node) throws -> RowSource {
        if precision == .int8 { return try byteRows(convolution, node) }
        let input = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let (kernel, stride, channels) = (convolution.kernel, convolution.stride, input.channels)
        let top = convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before
        let left = convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before
        let lineFloats = max(left + input.width + kernel, output.width * stride + kernel) * channels
        let isInput = node.inputs[0] == Graph.inputTensor
        let isHalf = precision != .f32 && isInput
        let finished = try overlappingProduct(convolution, isHalf: isHalf, step: stride * channels)
        // Products of floats are narrowed behind the lines.
        let precision = precision
        let resultFloats = output.width * output.channels
        let lineBytes = (lineFloats * 4 + 63) / 64 * 64
        let linesBytes = (kernel * 8 + 63) / 64 * 64 + (kernel + 1) * lineBytes
        let (from, kernels) = (node.inputs[0].index, kernels)
        return RowSource(
            reads: [from],
            scratchBytes: linesBytes + 128 + FloatStore.slack + (precision == .f32 ? 0 : resultFloats * 4),
            multiplyAdds: output.count * channels * kernel * kernel
        ) { memory in
            let x = memory.bytes(from)
            let run = kernels.pointwise(isHalf ? .bf16 : .f32)
            let narrow = kernels.kernels.pointee.narrow_bf16
            let product = finished
            let lines = isInput ? memory.input : nil
            let isNarrowed = precision != .f32 && !isHalf
            func widen(_ x: UnsafeRawPointer, _ first: Int, _ count: Int, _ y: UnsafeMutablePointer<Float>) {
                for i in 0..<count {
                    let at = first + i
                    y[i] =
                        isNarrowed
                        ? Float(bitPattern: UInt32(x.load(fromByteOffset: at * 2, as: UInt16.self)) << 16)
                        : x.load(fromByteOffset: at * 4, as: Float.self)
                }
            }
            return { row, y, scratch in
                let pointers = scratch.assumingMemoryBound(to: UnsafeRawPointer?.self)
                let first = scratch + (kernel * 8 + 63) / 64 * 64
                for tap in 0..<kernel {
                    let place = first + tap * lineBytes
                    pointers[tap] = UnsafeRawPointer(place)
                    // Halves are made of the floats of the line behind the last one.
                    let line = (isHalf ? first + kernel * lineBytes : place)
                        .assumingMemoryBound(to: Float.self)
                    line.update(repeating: 0, count: left * channels)
                    let end = (left + input.width) * channels
                    (line + end).update(repeating: 0, count: lineFloats - end)
                    let inputRow = row * stride + tap - top
                    let pixels = line + left * channels
                    if !(0..<input.height).contains(inputRow) {
                        pixels.update(repeating: 0, count: input.width * channels)
                    } else if let lines {
                        lines.write(inputRow, tensor: x.assumingMemoryBound(to: Float.self), to: pixels)
                    } else {
                        let count = input.width * channels
                        widen(x, inputRow * count, count, pixels)
                    }
                    if isHalf { narrow?(line, lineFloats, place) }
                }
                var kernelProduct = product.kernel
                let result = isNarrowed ? scratch + linesBytes : y
                run?(&kernelProduct, pointers, output.width, 0, product.panelCount, nil, result)
                if isNarrowed {
                    narrow?(result.assumingMemoryBound(to: Float.self), resultFloats, y)
                }
            }
        }
    }

    /// For pairs of bfloat16 the lines of the kernel get a column of zeros where they have an odd number
    /// of values.
    private mutating func overlappingProduct(_ convolution: Convolution, isHalf: Bool, step: Int) throws
        -> Product
    {
        var folded = try FoldedConvolution(convolution, from: provider)
        var shape = convolution.weight.shape
        if isHalf, shape[1] * shape[3] % 2 != 0 {
            folded = folded.withColumnOfZeros(width: shape[3])
            shape[3] += 1
        }
        var product = product(
            folded, shape: shape, activation: convolution.activation, precision: isHalf ? .bf16 : .f32)
        product.kernel.step = step
        return product
    }
}

extension FoldedConvolution {
    /// - Parameter width: of the kernel, which becomes one wider.
    fileprivate func withColumnOfZeros(width: Int) -> FoldedConvolution {
        var wider: [Float] = []
        wider.reserveCapacity(weights.count / width * (width + 1))
        for line in 0..<weights.count / width {
            wider += weights[line * width..<(line + 1) * width] + [0]
        }
        return FoldedConvolution(weights: wider, bias: bias)
    }
}
