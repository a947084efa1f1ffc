import CKernels
import Graph

/// A matrix product over the pixels of a map, packed for a kernel set and a precision.
struct Product {
    /// Inputs and outputs of a pixel.
    let depth: Int
    let width: Int
    /// Nil where only gated weights are used, which come from `floats`.
    var panels: FloatStore?
    /// The weights in the order of the panels; nil where the product is never gated.
    var floats: FloatStore?
    /// Points into the plan's stores.
    var kernel: ck_product
    let kernels: KernelSet
    let precision: Precision
    /// Of gated weights that become bytes.
    var gating: ck_gated?

    var panelCount: Int { kernels.panelCount(width: width) }
    var multiplyAdds: Int { depth * width }
    /// Columns in whole vectors.
    var columns: Int { (width + kernels.lanes - 1) / kernels.lanes * kernels.lanes }
    /// Where gated weights are bytes: what they take; multipliers and bias stand behind them.
    var gatedPanelBytes: Int { (depth * columns + 63) / 64 * 64 }
    /// Bytes of a pixel of the result.
    var resultBytes: Int { width * (kernel.stores_float != 0 ? 4 : precision.bytes) }

    /// Runs pixels of one line for the panels `first..<last`; the residual may be nil.
    func run(
        _ x: UnsafeRawPointer, pixels: Int, panels: Range<Int>, weights: UnsafeRawPointer?,
        residual: UnsafeRawPointer?, _ y: UnsafeMutableRawPointer
    ) {
        var kernel = kernel
        if let weights {
            kernel.panels = weights
            if gating != nil {
                let multipliers = (weights + gatedPanelBytes).assumingMemoryBound(to: Float.self)
                kernel.bytes.multipliers = multipliers
                kernel.bias = multipliers + columns
            }
        }
        var line: UnsafeRawPointer? = x
        kernels.pointwise(precision)?(
            &kernel, &line, pixels, panels.lowerBound, panels.upperBound, residual, y)
    }

    /// Searches the pixels of one line; the first one's first value has place `place`.
    func select(
        _ x: UnsafeRawPointer, pixels: Int, place: Int, into found: UnsafeMutablePointer<ck_selection>
    ) {
        var kernel = kernel
        var line: UnsafeRawPointer? = x
        kernels.select(precision)?(&kernel, &line, pixels, UInt32(place), found)
    }

    /// All panels, with the product's own weights.
    func run(
        _ x: UnsafeRawPointer, pixels: Int, residual: UnsafeRawPointer?, _ y: UnsafeMutableRawPointer
    ) {
        run(x, pixels: pixels, panels: 0..<panelCount, weights: nil, residual: residual, y)
    }
}

extension PlanBuilder {
    /// The product of a 1×1 convolution.
    /// - Parameters:
    ///   - output: where the result goes: the node's own output, or that of the residual after it.
    ///   - residual: the other summand.
    mutating func product(
        ofNode index: Int, output: TensorID, residual: TensorID? = nil, isGated: Bool = false
    ) throws -> Product {
        let node = graph.nodes[index]
        guard case .convolution(let convolution) = node.operation else {
            preconditionFailure("a product is a convolution")
        }
        let folded = try FoldedConvolution(convolution, from: provider)
        let shape = convolution.weight.shape
        guard precision == .int8 else {
            return product(
                folded, shape: shape, activation: convolution.activation, precision: precision,
                isGated: isGated)
        }
        let input = ByteInput(quantization(node.inputs[0]), channels: shape[1])
        return byteProduct(
            folded, shape: shape, activation: convolution.activation, input: input,
            result: try byteResult(node, output: output, residual: residual), isGated: isGated)
    }

    /// - Parameter shape: `[out, in, kernel, kernel]`.
    mutating func product(
        _ folded: FoldedConvolution, shape: [Int], activation: Activation, precision: Precision,
        isGated: Bool = false
    ) -> Product {
        let columns = (shape[0] + kernels.lanes - 1) / kernels.lanes * kernels.lanes
        let bias = store(folded.bias + Array(repeating: 0, count: columns - shape[0]))
        let values = folded.panels(shape: shape, set: kernels, precision: precision)
        let panels: FloatStore? = isGated ? nil : precision == .f32 ? store(values) : storeHalves(values)
        return Product(
            depth: shape[1] * shape[2] * shape[3], width: shape[0], panels: panels,
            floats: isGated ? store(values) : nil,
            kernel: ck_product(
                depth: shape[1] * shape[3], taps: shape[2], step: shape[1], width: shape[0],
                panels: panels?.base, bias: bias.base, activation: activation.code, stores_float: 0,
                bytes: ck_bytes()),
            kernels: kernels, precision: precision)
    }

    private mutating func storeHalves(_ values: [Float]) -> FloatStore {
        let store = FloatStore(count: (values.count + 1) / 2)
        kernels.kernels.pointee.narrow_bf16(values, values.count, store.base)
        stores.append(store)
        return store
    }

    /// A product over a whole map in blocks of pixels.
    mutating func addPointwise(_ product: Product, _ node: Node, residual: Fusions.Residual?) {
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
        let place = searched[output]
        precondition(place == nil || (residual == nil && gated == nil), "a sum is not searched")
        var product = product
        product.kernel.stores_float = storesFloat(output) ? 1 : 0
        let finished = product
        let inputBytes = product.depth * product.precision.bytes
        let (demand, lineWidth) = (demands[output], shape.width)
        drafts.append(
            Draft(
                name: node.name,
                reads: [map.index] + [gated, residual?.other.index].compactMap { $0 } + awaited(output),
                writes: written(output), multiplyAdds: rows * product.multiplyAdds,
                tile: .pixels(blockRows)
            ) { memory in
                let (x, y) = (memory.bytes(map.index), memory.bytes(output.index))
                let old = residual.map { memory.bytes($0.other.index) }
                let weights = gated.map { UnsafeRawPointer(memory.bytes($0)) }
                let (product, outputBytes) = (finished, finished.resultBytes)
                let residualBytes = product.width * product.precision.bytes
                let needed = NeededRows(demand, memory.foundRows)
                if let place, let found = memory.found {
                    return Step(name: node.name, slices: blocks, multiplyAdds: rows * product.multiplyAdds) {
                        block, worker in
                        let first = block * blockRows
                        product.select(
                            x + first * inputBytes, pixels: min(blockRows, rows - first),
                            place: place + first * product.width, into: found[worker])
                    }
                }
                return Step(
                    name: node.name, slices: blocks * groups, multiplyAdds: rows * product.multiplyAdds
                ) { slice, _ in
                    let (block, group) = slice.quotientAndRemainder(dividingBy: groups)
                    let first = block * blockRows
                    let pixels = min(blockRows, rows - first)
                    let lines = first / lineWidth..<(first + pixels - 1) / lineWidth + 1
                    guard needed.first(from: lines.lowerBound, below: lines.upperBound) < lines.upperBound
                    else {
                        return
                    }
                    product.run(
                        x + first * inputBytes, pixels: pixels,
                        panels: group * perGroup..<min(panelCount, (group + 1) * perGroup), weights: weights,
                        residual: old.map { UnsafeRawPointer($0 + first * residualBytes) },
                        y + first * outputBytes)
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
        guard let (map, gate) = gates[node.inputs[0]], let floats = product.floats else {
            return (node.inputs[0], nil)
        }
        let (depth, width, kernels, precision) = (product.depth, product.width, kernels, product.precision)
        let gated = scratch(
            precision.floats(floats.count) + 64 + (product.gating == nil ? 0 : 2 * product.columns))
        drafts.append(
            Draft(name: "\(node.name).gate", reads: [gate], writes: [gated]) { memory in
                let run = kernels.scale(precision)
                let runBytes = kernels.kernels.pointee.scale_u8
                let (to, scale) = (memory.bytes(gated), memory(gate))
                return Step(name: "\(node.name).gate", slices: product.panelCount, multiplyAdds: 0) {
                    panel, _ in
                    let first = panel * kernels.panelWidth
                    let columns = kernels.panelColumns(width: width, panel: panel)
                    let at = first * depth
                    guard var gating = product.gating else {
                        run?(floats.base + at, scale, depth, columns, to + at * precision.bytes)
                        return
                    }
                    let multipliers =
                        (to + product.gatedPanelBytes).assumingMemoryBound(to: Float.self) + first
                    runBytes?(
                        floats.base + at, scale, depth, columns, product.kernel.bias + first, &gating,
                        (to + at).assumingMemoryBound(to: Int8.self), multipliers,
                        multipliers + product.columns)
                }
            })
        return (map, gated)
    }
}
