import CKernels
import Graph

extension PlanBuilder {
    /// Elements of a slice of element-wise steps.
    private static let chunk = 8192

    mutating func appendFusion(_ factors: [Float], _ activation: Activation, _ node: Node, count: Int) {
        let kernels = kernels
        let inputs = node.inputs.map(\.index)
        let to = node.output.index
        let weights = store(factors)
        append(
            Draft(name: node.name, reads: inputs, writes: [to]) { memory in
                let run = kernels.kernels.pointee.fuse_f32
                let y = memory(to)
                // Three places whatever the number: no allocation while running.
                let x = (
                    memory(inputs[0]), memory(inputs[inputs.count > 1 ? 1 : 0]),
                    memory(inputs[inputs.count - 1])
                )
                let slices = (count + Self.chunk - 1) / Self.chunk
                return Step(name: node.name, slices: slices, multiplyAdds: 0) { slice, _ in
                    let start = slice * Self.chunk
                    var at = (
                        UnsafePointer(x.0 + start) as UnsafePointer<Float>?,
                        UnsafePointer(x.1 + start) as UnsafePointer<Float>?,
                        UnsafePointer(x.2 + start) as UnsafePointer<Float>?
                    )
                    withUnsafePointer(to: &at) {
                        $0.withMemoryRebound(to: UnsafePointer<Float>?.self, capacity: 3) {
                            run?(
                                $0, weights.base, inputs.count, min(Self.chunk, count - start), y + start,
                                activation.code)
                        }
                    }
                }
            }, writing: node.output)
    }

    mutating func add(_ pool: MaxPool, _ node: Node) {
        let shape = graph.shape(of: node.inputs[0])
        let kernels = kernels
        let (from, to) = (node.inputs[0].index, node.output.index)
        append(
            Draft(name: node.name, reads: [from], writes: [to]) { memory in
                let run = kernels.kernels.pointee.maxpool_f32
                let (x, y) = (memory(from), memory(to))
                return Step(name: node.name, slices: pool.height, multiplyAdds: 0) { row, _ in
                    run?(
                        x, shape.height, shape.width, shape.channels, pool.kernelY, pool.kernelX,
                        pool.strideY,
                        pool.strideX, pool.height, pool.width, row, y)
                }
            }, writing: node.output)
    }

    /// Nearest neighbour by the floor rule.
    mutating func addResize(_ node: Node) {
        let shape = graph.shape(of: node.inputs[0])
        let output = graph.shape(of: node.output)
        let (from, to) = (node.inputs[0].index, node.output.index)
        append(
            Draft(name: node.name, reads: [from], writes: [to]) { memory in
                let (x, y) = (memory(from), memory(to))
                let channels = shape.channels
                return Step(name: node.name, slices: output.height, multiplyAdds: 0) { row, _ in
                    let line = x + row * shape.height / output.height * shape.width * channels
                    let out = y + row * output.width * channels
                    for column in 0..<output.width {
                        (out + column * channels).update(
                            from: line + column * shape.width / output.width * channels, count: channels)
                    }
                }
            }, writing: node.output)
    }

    /// Means of tiles of rows, then the gate; the map itself stays as it is, and the product that reads
    /// it takes the gate into its weights.
    mutating func add(_ gate: SqueezeExcite, _ node: Node) throws {
        let shape = graph.shape(of: node.inputs[0])
        let input = node.inputs[0].index
        // Tiles of fixed rows, summed in fixed order: the same bits for any number of workers.
        let tileRows = max(1, shape.height / 16)
        let tiles = (shape.height + tileRows - 1) / tileRows
        let sums = scratch(tiles * shape.channels)
        let values = scratch(shape.channels)
        let kernels = kernels
        drafts.append(
            Draft(name: "\(node.name).mean", reads: [input], writes: [sums]) { memory in
                let run = kernels.kernels.pointee.sum_f32
                let (x, y) = (memory(input), memory(sums))
                return Step(name: "\(node.name).mean", slices: tiles, multiplyAdds: 0) { tile, _ in
                    let rows = min(tileRows, shape.height - tile * tileRows)
                    run?(
                        x + tile * tileRows * shape.width * shape.channels, rows * shape.width,
                        shape.channels,
                        y + tile * shape.channels)
                }
            })
        let network = try Gate(gate, from: provider)
        drafts.append(
            Draft(
                name: node.name, reads: [sums], writes: [values],
                multiplyAdds: gate.reduceWeight.count + gate.expandWeight.count
            ) { memory in
                let (x, y) = (memory(sums), memory(values))
                let pixels = shape.height * shape.width
                return Step(name: node.name, slices: 1, multiplyAdds: gate.reduceWeight.count * 2) { _, _ in
                    network.run(sums: x, tiles: tiles, pixels: pixels, into: y)
                }
            })
        gates[node.output] = (node.inputs[0], values)
    }
}
