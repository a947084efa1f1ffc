import CKernels
import Graph

extension PlanBuilder {
    /// Rows of any other dense convolution (the stem): a product whose pixels overlap in their lines.
    /// Lines are copied with their border of zeros to scratch memory; the network's input becomes floats
    /// there.
    mutating func denseRows(_ convolution: Convolution, _ node: Node) throws -> RowSource {
        if precision == .int8 { return try byteRows(convolution, node) }
        let input = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let (kernel, stride, channels) = (convolution.kernel, convolution.stride, input.channels)
        let top = convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before
        let left = convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before
        let lineFloats = max(left + input.width + kernel, output.width * stride + kernel) * channels
        var product = product(
            try FoldedConvolution(convolution, from: provider), shape: convolution.weight.shape,
            activation: convolution.activation, precision: .f32)
        product.kernel.step = stride * channels
        let finished = product
        // Computed in floats; a row is narrowed behind the lines.
        let precision = precision
        let resultFloats = output.width * output.channels
        let linesBytes = (kernel * 8 + 63) / 64 * 64 + (kernel * lineFloats * 4 + 63) / 64 * 64
        let isInput = node.inputs[0] == Graph.inputTensor
        let (from, kernels) = (node.inputs[0].index, kernels)
        return RowSource(
            reads: [from],
            scratchBytes: linesBytes + 128 + FloatStore.slack + (precision == .f32 ? 0 : resultFloats * 4),
            multiplyAdds: output.height * output.width * product.multiplyAdds
        ) { memory in
            let x = memory.bytes(from)
            let run = kernels.pointwise(.f32)
            let narrow = kernels.kernels.pointee.narrow_bf16
            let product = finished
            let lines = isInput ? memory.input : nil
            let isFloat = precision == .f32 || isInput
            func widen(_ x: UnsafeRawPointer, _ first: Int, _ count: Int, _ y: UnsafeMutablePointer<Float>) {
                for i in 0..<count {
                    let at = first + i
                    y[i] =
                        isFloat
                        ? x.load(fromByteOffset: at * 4, as: Float.self)
                        : Float(bitPattern: UInt32(x.load(fromByteOffset: at * 2, as: UInt16.self)) << 16)
                }
            }
            return { row, y, scratch in
                let pointers = scratch.assumingMemoryBound(to: UnsafeRawPointer?.self)
                let first = (scratch + (kernel * 8 + 63) / 64 * 64).assumingMemoryBound(to: Float.self)
                for tap in 0..<kernel {
                    let line = first + tap * lineFloats
                    pointers[tap] = UnsafeRawPointer(line)
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
                }
                var kernelProduct = product.kernel
                let result = precision == .f32 ? y : scratch + linesBytes
                run?(&kernelProduct, pointers, output.width, 0, product.panelCount, nil, result)
                if precision != .f32 {
                    narrow?(result.assumingMemoryBound(to: Float.self), resultFloats, y)
                }
            }
        }
    }
}
