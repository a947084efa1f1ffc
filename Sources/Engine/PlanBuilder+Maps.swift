import CKernels
import Graph

/// Fills one row of a map.
typealias RowMaker = (_ row: Int, _ y: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer) -> Void

/// Where rows of a map come from: what they read, the scratch memory for one row, and the maker.
struct RowSource {
    var reads: [Int]
    var scratchBytes = 0
    var multiplyAdds = 0
    var make: (PlanMemory) -> RowMaker
}

extension PlanBuilder {
    /// A step of its own for the rows of `output`.
    mutating func addRows(_ source: RowSource, name: String, of output: TensorID) {
        let shape = graph.shape(of: output)
        let rowFloats = shape.width * shape.channels
        let rowBytes = rowFloats * precision.bytes
        let rowWork = rowFloats + source.multiplyAdds / max(shape.height, 1) / 16
        let tileRows = max(1, min(shape.height, 16_384 / max(rowWork, 1)))
        let slices = (shape.height + tileRows - 1) / tileRows
        let demand = demands[output]
        drafts.append(
            Draft(
                name: name, reads: source.reads + awaited(output), writes: [output.index],
                multiplyAdds: source.multiplyAdds,
                tile: .rows(tileRows), scratchBytes: source.scratchBytes
            ) { memory in
                let maker = source.make(memory)
                let y = memory.bytes(output.index)
                let needed = NeededRows(demand, memory.foundRows)
                return Step(name: name, slices: slices, multiplyAdds: source.multiplyAdds) {
                    slice, worker in
                    let end = min(shape.height, (slice + 1) * tileRows)
                    var row = needed.first(from: slice * tileRows, below: end)
                    while row < end {
                        maker(row, y + row * rowBytes, memory.scratch(of: worker))
                        row = needed.first(from: row + 1, below: end)
                    }
                }
            })
    }

    mutating func add(_ fusion: Fusion, factors: [Float], _ node: Node) throws {
        let source = try fusedRows(fusion, factors, node, resample: node.inputs.map { _ in nil })
        addRows(source, name: node.name, of: node.output)
    }

    mutating func add(_ pool: MaxPool, _ node: Node) {
        addRows(pooledRows(pool, of: node.inputs[0]), name: node.name, of: node.output)
    }

    mutating func addResize(_ node: Node) {
        addRows(nearestRows(of: node.inputs[0], like: node.output), name: node.name, of: node.output)
    }

    /// The rows of a fusion; where `resample` names a node, that one is computed on the fly.
    mutating func fusedRows(_ fusion: Fusion, _ factors: [Float], _ node: Node, resample: [Int?])
        throws -> RowSource
    {
        let shape = graph.shape(of: node.output)
        let count = shape.width * shape.channels
        let (kernels, precision) = (kernels, precision)
        let rowBytes = (count * precision.bytes + FloatStore.slack + 63) / 64 * 64
        let makers: [RowSource?] = zip(resample, node.inputs).map { index, _ in
            guard let index else { return nil }
            let inner = graph.nodes[index]
            if case .maxPool(let pool) = inner.operation { return pooledRows(pool, of: inner.inputs[0]) }
            return nearestRows(of: inner.inputs[0], like: inner.output)
        }
        let bytes = precision == .int8 ? try byteResult(node, output: node.output) : nil
        let weights = store(bytes.map { byteFactors(factors, node, $0) } ?? factors)
        let reads = zip(makers, node.inputs).flatMap { $0?.reads ?? [$1.index] }
        return RowSource(reads: reads, scratchBytes: 3 * rowBytes + 64) { memory in
            let run = kernels.fuse(precision)
            let runBytes = kernels.kernels.pointee.fuse_u8
            let makers = makers.map { $0?.make(memory) }
            let maps = node.inputs.map { memory.bytes($0.index) }
            return { row, y, scratch in
                // The pointers stand in front of the rows that are made here.
                let x = scratch.assumingMemoryBound(to: UnsafeRawPointer?.self)
                for input in maps.indices {
                    if let maker = makers[input] {
                        let own = scratch + 64 + input * rowBytes
                        maker(row, own, own)
                        x[input] = UnsafeRawPointer(own)
                    } else {
                        x[input] = UnsafeRawPointer(maps[input] + row * count * precision.bytes)
                    }
                }
                if let bytes {
                    runBytes?(
                        UnsafeRawPointer(x).assumingMemoryBound(to: UnsafePointer<UInt8>?.self), weights.base,
                        maps.count, count, y.assumingMemoryBound(to: UInt8.self), bytes.tableBytes)
                } else {
                    run?(x, weights.base, maps.count, count, y, fusion.activation.code)
                }
            }
        }
    }

    private func pooledRows(_ pool: MaxPool, of input: TensorID) -> RowSource {
        let shape = graph.shape(of: input)
        let (kernels, precision) = (kernels, precision)
        return RowSource(reads: [input.index]) { memory in
            let run = kernels.pool(precision)
            let x = memory.bytes(input.index)
            return { row, y, _ in
                run?(
                    x, shape.height, shape.width, shape.channels, pool.kernelY, pool.kernelX, pool.strideY,
                    pool.strideX, pool.height, pool.width, row, y)
            }
        }
    }

    /// Nearest neighbour by the floor rule.
    private func nearestRows(of input: TensorID, like output: TensorID) -> RowSource {
        let (shape, size) = (graph.shape(of: input), graph.shape(of: output))
        let pixelBytes = shape.channels * precision.bytes
        return RowSource(reads: [input.index]) { memory in
            let x = memory.bytes(input.index)
            return { row, y, _ in
                let line = x + row * shape.height / size.height * shape.width * pixelBytes
                ck_nearest_row(line, shape.width, pixelBytes, size.width, y)
            }
        }
    }
}
