import CKernels
import Graph

extension PlanBuilder {
    /// Any other dense convolution (the stem): a product whose pixels overlap in their lines. Lines are
    /// copied with their border of zeros to scratch memory; the network's input becomes floats there.
    mutating func addDense(_ convolution: Convolution, _ node: Node) throws {
        let input = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let (kernel, stride, channels) = (convolution.kernel, convolution.stride, input.channels)
        let top = convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before
        let left = convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before
        let lineFloats = max(left + input.width + kernel, output.width * stride + kernel) * channels
        var product = try product(convolution)
        product = product.stepping(stride * channels)
        let lines = node.inputs[0] == Graph.inputTensor ? self.input : nil
        let multiplyAdds = output.height * output.width * product.multiplyAdds
        let (from, to, set) = (node.inputs[0].index, node.output.index, kernels)
        let tileRows = max(1, min(8, output.height / 8))
        drafts.append(
            Draft(
                name: node.name, reads: [from], writes: [to], multiplyAdds: multiplyAdds,
                scratchBytes: kernel * (lineFloats * 4 + 8) + 64
            ) { memory in
                let (x, y) = (memory(from), memory(to))
                let run = set.kernels.pointee.pointwise_f32
                let slices = (output.height + tileRows - 1) / tileRows
                return Step(name: node.name, slices: slices, multiplyAdds: multiplyAdds) { slice, worker in
                    // Line r stands at place r % kernel; the pointers in front of them are in tap order.
                    let pointers = memory.scratch(of: worker).assumingMemoryBound(
                        to: UnsafeRawPointer?.self)
                    let ring = (memory.scratch(of: worker) + (kernel * 8 + 63) / 64 * 64)
                        .assumingMemoryBound(to: Float.self)
                    ring.update(repeating: 0, count: kernel * lineFloats)
                    var kernelProduct = product.kernel
                    let first = slice * tileRows
                    var next = first * stride - top
                    for row in first..<min(first + tileRows, output.height) {
                        while next < row * stride - top + kernel {
                            let line = ring + (next + kernel) % kernel * lineFloats + left * channels
                            if !(0..<input.height).contains(next) {
                                line.update(repeating: 0, count: input.width * channels)
                            } else if let lines {
                                lines.write(next, tensor: x, to: line)
                            } else {
                                let count = input.width * channels
                                line.update(from: x + next * count, count: count)
                            }
                            next += 1
                        }
                        for tap in 0..<kernel {
                            let place = (row * stride - top + tap + kernel) % kernel
                            pointers[tap] = UnsafeRawPointer(ring + place * lineFloats)
                        }
                        run?(
                            &kernelProduct, pointers, output.width, 0, product.panelCount, nil,
                            y + row * output.width * output.channels)
                    }
                }
            })
    }
}

extension Product {
    /// The same with another distance between pixels.
    func stepping(_ step: Int) -> Product {
        var kernel = kernel
        kernel.step = step
        return Product(depth: depth, width: width, panels: panels, kernel: kernel, kernels: kernels)
    }
}
