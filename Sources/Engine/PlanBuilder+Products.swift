import CKernels
import Graph

/// A matrix product over the pixels of a map: what is needed to draft it again when a residual joins.
struct Product {
    let rows: Int
    let depth: Int
    let width: Int
    /// Tenant of the input map.
    let input: Int
    /// Tenant of gated weights; nil where `panels` are used as they are.
    let gated: Int?
    let panels: FloatStore
    let bias: FloatStore
    let activation: Activation

    /// Rows of a slice: the block of the input should stay in the second-level cache while all panels
    /// pass by. A multiple of every micro-tile's rows (4, 6, 8, 14 divide 168).
    static func blockRows(depth: Int, rows: Int) -> Int {
        let fitting = 32_768 / max(depth, 1)
        return fitting >= 168 && rows >= 8 * 168 ? 168 : 84
    }

    func draft(name: String, kernels: KernelSet, residual: Int?, output: Int) -> Draft {
        let panelCount = (width + kernels.panelWidth - 1) / kernels.panelWidth
        let blockRows = Self.blockRows(depth: depth, rows: rows)
        let blocks = (rows + blockRows - 1) / blockRows
        // Small maps give too few blocks of rows for several workers: split the panels as well.
        let groups = max(1, min(panelCount, (8 + blocks - 1) / blocks))
        let perGroup = (panelCount + groups - 1) / groups
        let product = self
        let reads = [input] + (gated.map { [$0] } ?? []) + (residual.map { [$0] } ?? [])
        return Draft(name: name, reads: reads, writes: [output], multiplyAdds: rows * depth * width) {
            memory in
            let run = kernels.kernels.pointee.pointwise_f32
            let x = memory(product.input)
            let y = memory(output)
            let old = residual.map { memory($0) }
            let panels = product.gated.map { memory($0) } ?? product.panels.base
            let bias = product.bias.base
            let (depth, width, rows) = (product.depth, product.width, product.rows)
            let activation = product.activation.code
            let usedGroups = (panelCount + perGroup - 1) / perGroup
            return Step(name: name, slices: blocks * usedGroups, multiplyAdds: rows * depth * width) {
                slice, _ in
                let (block, group) = slice.quotientAndRemainder(dividingBy: usedGroups)
                let first = block * blockRows
                run?(
                    x + first * depth, min(blockRows, rows - first), depth, panels, group * perGroup,
                    min(panelCount, (group + 1) * perGroup), bias, width,
                    old.map { UnsafePointer($0 + first * width) },
                    y + first * width, activation)
            }
        }
    }
}

extension PlanBuilder {
    mutating func addPointwise(_ convolution: Convolution, _ folded: FoldedConvolution, _ node: Node) {
        let shape = graph.shape(of: node.inputs[0])
        let panels = store(folded.panels(shape: convolution.weight.shape, width: kernels.panelWidth))
        let (map, gated) = gatedWeights(node, panels: panels, depth: shape.channels)
        let product = Product(
            rows: shape.height * shape.width, depth: shape.channels, width: convolution.weight.shape[0],
            input: map.index, gated: gated, panels: panels, bias: store(padded(folded.bias)),
            activation: convolution.activation)
        if convolution.activation == .none { products[drafts.count] = product }
        append(
            product.draft(name: node.name, kernels: kernels, residual: nil, output: node.output.index),
            writing: node.output)
    }

    /// Where the input is gated: a step that scales the weights by the gate.
    private mutating func gatedWeights(_ node: Node, panels: FloatStore, depth: Int) -> (
        map: TensorID, gated: Int?
    ) {
        guard let (map, gate) = gates[node.inputs[0]] else { return (node.inputs[0], nil) }
        let gated = scratch(panels.count + 64)
        let (kernels, width) = (kernels, kernels.panelWidth)
        let count = panels.count / (depth * width)
        drafts.append(
            Draft(name: "\(node.name).gate", reads: [gate], writes: [gated]) { memory in
                let run = kernels.kernels.pointee.scale_f32
                let (from, to, scale) = (panels.base, memory(gated), memory(gate))
                return Step(name: "\(node.name).gate", slices: count, multiplyAdds: 0) { slice, _ in
                    let at = slice * depth * width
                    run?(from + at, scale, depth, width, to + at)
                }
            })
        return (map, gated)
    }

    /// Biases are read a panel at a time.
    func padded(_ bias: [Float]) -> [Float] {
        let width = kernels.panelWidth
        return bias + Array(repeating: 0, count: (width - bias.count % width) % width)
    }

    /// Any other dense convolution (the stem): the patches of an output row, then a product.
    mutating func addDense(_ convolution: Convolution, _ folded: FoldedConvolution, _ node: Node) {
        let input = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let panels = store(folded.panels(shape: convolution.weight.shape, width: kernels.panelWidth))
        let bias = store(padded(folded.bias))
        let (kernel, stride) = (convolution.kernel, convolution.stride)
        let top = convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before
        let left = convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before
        let depth = kernel * kernel * input.channels
        let panelCount = (output.channels + kernels.panelWidth - 1) / kernels.panelWidth
        let kernels = kernels
        let multiplyAdds = output.height * output.width * convolution.weight.count
        let (from, to) = (node.inputs[0].index, node.output.index)
        append(
            Draft(name: node.name, reads: [from], writes: [to], multiplyAdds: multiplyAdds) { memory in
                let run = kernels.kernels.pointee.pointwise_f32
                let patches = FloatStore(count: memory.workers * output.width * depth)
                let (x, y) = (memory(from), memory(to))
                return Step(name: node.name, slices: output.height, multiplyAdds: multiplyAdds) {
                    row, worker in
                    let lines = patches.base + worker * output.width * depth
                    ck_patches_f32(
                        x, input.height, input.width, input.channels, kernel, stride, top, left, output.width,
                        row, lines)
                    run?(
                        lines, output.width, depth, panels.base, 0, panelCount, bias.base, output.channels,
                        nil,
                        y + row * output.width * output.channels, convolution.activation.code)
                }
            }, writing: node.output)
    }

    mutating func addDepthwise(_ convolution: Convolution, _ folded: FoldedConvolution, _ node: Node) {
        let input = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let weights = store(folded.taps(channels: input.channels))
        let bias = store(folded.bias)
        let (kernel, stride) = (convolution.kernel, convolution.stride)
        let geometry = ck_depthwise(
            height: input.height, width: input.width, channels: input.channels, out_height: output.height,
            out_width: output.width, kernel: kernel, stride: stride,
            pad_top: convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before,
            pad_left: convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before,
            weights: weights.base, bias: bias.base, activation: convolution.activation.code)
        let kernels = kernels
        let multiplyAdds = output.height * output.width * convolution.weight.count
        let (from, to) = (node.inputs[0].index, node.output.index)
        append(
            Draft(name: node.name, reads: [from], writes: [to], multiplyAdds: multiplyAdds) { memory in
                let run = kernels.kernels.pointee.depthwise_f32
                let (x, y) = (memory(from), memory(to))
                let geometry = geometry
                return Step(name: node.name, slices: output.height, multiplyAdds: multiplyAdds) { row, _ in
                    withUnsafePointer(to: geometry) { run?($0, x, row, y) }
                }
            }, writing: node.output)
    }
}
