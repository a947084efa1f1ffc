import CKernels
import Graph

extension PlanBuilder {
    /// Rows of a dense convolution that is no 1×1 (the stem) over bytes: a product whose pixels overlap in
    /// their lines, which are copied with a border of the input's zero to scratch memory.
    mutating func byteRows(_ convolution: Convolution, _ node: Node) throws -> RowSource {
        let input = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let (kernel, stride, channels) = (convolution.kernel, convolution.stride, input.channels)
        let top = convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before
        let left = convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before
        let isInput = node.inputs[0] == Graph.inputTensor
        let from =
            isInput
            ? ByteInput(pixels: normalization)
            : ByteInput(quantization(node.inputs[0]), channels: channels)
        var folded = try FoldedConvolution(convolution, from: provider)
        if isInput {
            folded.scale(inputs: normalization.std.map { 1 / (255 * $0) }, taps: kernel * kernel)
        }
        var product = byteProduct(
            folded, shape: convolution.weight.shape, activation: convolution.activation, input: from,
            result: try byteResult(node, output: node.output))
        product.kernel.step = stride * channels
        let finished = product
        // The last pixel's words reach a little further than its taps.
        let width = max(left + input.width, (output.width - 1) * stride + kernel) + kernel
        let lineBytes = (width * channels + 64 + 63) / 64 * 64
        let pointerBytes = (kernel * 8 + 63) / 64 * 64
        let border = storeBytes(
            (0..<width * channels).map { UInt8(from.zeros[$0 % channels].rounded(.toNearestOrEven)) })
        let tensor = node.inputs[0].index
        let kernels = kernels
        return RowSource(
            reads: [tensor], scratchBytes: pointerBytes + kernel * lineBytes + FloatStore.slack,
            multiplyAdds: output.height * output.width * kernel * kernel * channels * output.channels
        ) { memory in
            let x = memory.bytes(tensor)
            let run = kernels.pointwise(.int8)
            let product = finished
            let lines = isInput ? memory.input : nil
            let zeros = UnsafeRawPointer(border.base).assumingMemoryBound(to: UInt8.self)
            return { row, y, scratch in
                let pointers = scratch.assumingMemoryBound(to: UnsafeRawPointer?.self)
                let first = (scratch + pointerBytes).assumingMemoryBound(to: UInt8.self)
                for tap in 0..<kernel {
                    let line = first + tap * lineBytes
                    pointers[tap] = UnsafeRawPointer(line)
                    line.update(from: zeros, count: width * channels)
                    let inputRow = row * stride + tap - top
                    guard (0..<input.height).contains(inputRow) else { continue }
                    let pixels = line + left * channels
                    if let lines {
                        lines.write(
                            inputRow, tensor: x.assumingMemoryBound(to: Float.self), toBytes: pixels)
                    } else {
                        let bytes = x.assumingMemoryBound(to: UInt8.self)
                        pixels.update(
                            from: bytes + inputRow * input.width * channels, count: input.width * channels)
                    }
                }
                var kernelProduct = product.kernel
                run?(&kernelProduct, pointers, output.width, 0, product.panelCount, nil, y)
            }
        }
    }
}
