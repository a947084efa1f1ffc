import CKernels
import Graph

/// A matrix product over the pixels of a map, packed for a kernel set.
struct Product {
    /// Inputs and outputs of a pixel.
    let depth: Int
    let width: Int
    let panels: FloatStore
    /// Points into the plan's stores.
    let kernel: ck_product
    let kernels: KernelSet

    var panelCount: Int { kernels.panelCount(width: width) }
    var multiplyAdds: Int { depth * width }

    /// Runs pixels of one line for the panels `first..<last`; the residual may be nil.
    func run(
        _ x: UnsafeRawPointer, pixels: Int, panels: Range<Int>, weights: UnsafeRawPointer,
        residual: UnsafeRawPointer?, _ y: UnsafeMutableRawPointer
    ) {
        var kernel = kernel
        kernel.panels = weights
        var line: UnsafeRawPointer? = x
        kernels.kernels.pointee.pointwise_f32?(
            &kernel, &line, pixels, panels.lowerBound, panels.upperBound, residual, y)
    }

    /// All panels, with the product's own weights.
    func run(
        _ x: UnsafeRawPointer, pixels: Int, residual: UnsafeRawPointer?, _ y: UnsafeMutableRawPointer
    ) {
        run(x, pixels: pixels, panels: 0..<panelCount, weights: panels.base, residual: residual, y)
    }
}

extension PlanBuilder {
    mutating func product(_ convolution: Convolution) throws -> Product {
        let folded = try FoldedConvolution(convolution, from: provider)
        return product(folded, shape: convolution.weight.shape, activation: convolution.activation)
    }

    /// - Parameter shape: `[out, in, kernel, kernel]`.
    mutating func product(_ folded: FoldedConvolution, shape: [Int], activation: Activation) -> Product {
        let panels = store(folded.panels(shape: shape, set: kernels))
        let columns = (shape[0] + kernels.lanes - 1) / kernels.lanes * kernels.lanes
        let bias = store(folded.bias + Array(repeating: 0, count: columns - shape[0]))
        return Product(
            depth: shape[1] * shape[2] * shape[3], width: shape[0], panels: panels,
            kernel: ck_product(
                depth: shape[1] * shape[3], taps: shape[2], step: shape[1], width: shape[0],
                panels: panels.base, bias: bias.base, activation: activation.code), kernels: kernels)
    }

    /// A product over a whole map in blocks of pixels.
    mutating func addPointwise(_ product: Product, _ node: Node, residual: Fusions.Residual?) throws {
        let shape = graph.shape(of: node.inputs[0])
        let (map, gated) = gatedWeights(node, product)
        let rows = shape.height * shape.width
        let blockRows = Self.blockRows(depth: product.depth, rows: rows)
        let blocks = (rows + blockRows - 1) / blockRows
        // Small maps give too few blocks of rows for several workers: split the panels as well.
        let panelCount = product.panelCount
        let wanted = max(1, min(panelCount, (8 + blocks - 1) / blocks))
        let perGroup = (panelCount + wanted - 1) / wanted
        let groups = (panelCount + perGroup - 1) / perGroup
        let output = residual.map { graph.nodes[$0.node].output } ?? node.output
        drafts.append(
            Draft(
                name: node.name,
                reads: [map.index] + [gated, residual?.other.index].compactMap { $0 },
                writes: [output.index], multiplyAdds: rows * product.multiplyAdds
            ) { memory in
                let (x, y) = (memory(map.index), memory(output.index))
                let old = residual.map { memory($0.other.index) }
                let weights = gated.map { memory($0) } ?? product.panels.base
                return Step(
                    name: node.name, slices: blocks * groups, multiplyAdds: rows * product.multiplyAdds
                ) { slice, _ in
                    let (block, group) = slice.quotientAndRemainder(dividingBy: groups)
                    let first = block * blockRows
                    product.run(
                        x + first * product.depth, pixels: min(blockRows, rows - first),
                        panels: group * perGroup..<min(panelCount, (group + 1) * perGroup), weights: weights,
                        residual: old.map { UnsafeRawPointer($0 + first * product.width) },
                        y + first * product.width)
                }
            })
    }

    /// Pixels of a slice: the block of the input should stay in the second-level cache while all panels
    /// pass by. A multiple of the micro-tiles' pixels (4, 6, 8, 14 divide 168).
    private static func blockRows(depth: Int, rows: Int) -> Int {
        32_768 / max(depth, 1) >= 168 && rows >= 8 * 168 ? 168 : 84
    }

    /// Where the input is gated: a step that scales the weights by the gate.
    private mutating func gatedWeights(_ node: Node, _ product: Product) -> (map: TensorID, gated: Int?) {
        guard let (map, gate) = gates[node.inputs[0]] else { return (node.inputs[0], nil) }
        let gated = scratch(product.panels.count + 64)
        let (depth, width, set) = (product.depth, product.width, kernels)
        drafts.append(
            Draft(name: "\(node.name).gate", reads: [gate], writes: [gated]) { memory in
                let run = set.kernels.pointee.scale_f32
                let (from, to, scale) = (product.panels.base, memory(gated), memory(gate))
                return Step(name: "\(node.name).gate", slices: product.panelCount, multiplyAdds: 0) {
                    panel, _ in
                    let at = panel * set.panelWidth * depth
                    run?(from + at, scale, depth, set.panelColumns(width: width, panel: panel), to + at)
                }
            })
        return (map, gated)
    }
}
