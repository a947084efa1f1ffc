import CKernels
import Graph

extension PlanBuilder {
    /// The gate from sums of the channels; the map itself stays as it is, and the product that reads it
    /// takes the gate into its weights.
    mutating func add(_ gate: SqueezeExcite, _ node: Node) throws {
        let shape = graph.shape(of: node.inputs[0])
        let (channels, pixels) = (shape.channels, shape.height * shape.width)
        let (sums, tiles) = sums[node.inputs[0]] ?? addSums(node, shape)
        let values = scratch(channels)
        var reduce = FoldedConvolution(
            weights: try provider.floats(gate.reduceWeight.name, shape: gate.reduceWeight.shape),
            bias: try provider.floats(gate.reduceBias.name, shape: gate.reduceBias.shape))
        // Sums become means; sums of bytes those of the numbers that they stand for.
        reduce.scale(by: 1 / Float(pixels))
        if precision == .int8 {
            let bytes = quantization(node.inputs[0])
            reduce.scale(by: bytes.scale)
            reduce = reduce.shifted(by: -bytes.zero * Float(pixels))
        }
        let expand = FoldedConvolution(
            weights: try provider.floats(gate.expandWeight.name, shape: gate.expandWeight.shape),
            bias: try provider.floats(gate.expandBias.name, shape: gate.expandBias.shape))
        let first = product(
            reduce, shape: gate.reduceWeight.shape, activation: gate.activation, precision: .f32)
        let second = product(expand, shape: gate.expandWeight.shape, activation: .sigmoid, precision: .f32)
        let multiplyAdds = first.multiplyAdds + second.multiplyAdds
        let hidden = (first.width + 63) / 64 * 64
        drafts.append(
            Draft(
                name: node.name, reads: [sums], writes: [values], multiplyAdds: multiplyAdds,
                scratchBytes: (channels + hidden) * 4 + 512
            ) { memory in
                let (x, y) = (memory(sums), memory(values))
                return Step(name: node.name, slices: 1, multiplyAdds: multiplyAdds) { _, worker in
                    let inner = memory.scratch(of: worker).assumingMemoryBound(to: Float.self)
                    let total = inner + hidden
                    total.update(from: x, count: channels)
                    for tile in 1..<max(tiles, 1) {
                        for c in 0..<channels { total[c] += x[tile * channels + c] }
                    }
                    first.run(total, pixels: 1, residual: nil, inner)
                    second.run(inner, pixels: 1, residual: nil, y)
                }
            })
        gates[node.output] = (node.inputs[0], values)
    }

    /// A step that sums the channels of a map: tiles of fixed rows, added in fixed order later on, for
    /// the same bits with any number of workers.
    private mutating func addSums(_ node: Node, _ shape: TensorShape) -> (tenant: Int, tiles: Int) {
        let tileRows = max(1, shape.height / 16)
        let tiles = (shape.height + tileRows - 1) / tileRows
        let sums = scratch(tiles * shape.channels)
        let (input, precision) = (node.inputs[0].index, precision)
        drafts.append(
            Draft(name: "\(node.name).sums", reads: [input], writes: [sums]) { memory in
                let (x, y) = (memory.bytes(input), memory(sums))
                let load: (Int) -> Float =
                    switch precision {
                    case .f32: { x.load(fromByteOffset: $0 * 4, as: Float.self) }
                    case .bf16:
                        { Float(bitPattern: UInt32(x.load(fromByteOffset: $0 * 2, as: UInt16.self)) << 16) }
                    case .int8: { Float(x.load(fromByteOffset: $0, as: UInt8.self)) }
                    }
                return Step(name: "\(node.name).sums", slices: tiles, multiplyAdds: 0) { tile, _ in
                    let total = y + tile * shape.channels
                    total.update(repeating: 0, count: shape.channels)
                    for pixel in tile * tileRows * shape.width..<min(shape.height, (tile + 1) * tileRows)
                        * shape.width
                    {
                        for c in 0..<shape.channels { total[c] += load(pixel * shape.channels + c) }
                    }
                }
            })
        return (sums, tiles)
    }
}
