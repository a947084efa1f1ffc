import CKernels
import Graph

/// How a chain is cut: rows of a slice, rows that a product takes at once.
private struct Tiling {
    let tileRows: Int
    let batchRows: Int
}

extension PlanBuilder {
    /// Rows made on demand (or a map) → depthwise convolution → product → residual, by tiles of rows.
    mutating func addChain(_ chain: Fusions.Chain) throws {
        let node = graph.nodes[chain.depthwise]
        guard case .convolution(let convolution) = node.operation else { return }
        let input = graph.shape(of: node.inputs[0])
        let inner = graph.shape(of: node.output)
        let source = try rowSource(chain)
        var geometry = try depthwise(convolution, node, input: input, output: inner)
        if source != nil { geometry.ring = convolution.kernel }
        let output = graph.nodes[chain.residual?.node ?? chain.project ?? chain.depthwise].output
        var project = try chain.project.map {
            try product(ofNode: $0, output: output, residual: chain.residual?.other)
        }
        let place = searched[output]
        precondition(place == nil || (project != nil && chain.residual == nil), "only products are searched")
        project?.kernel.stores_float = storesFloat(output) ? 1 : 0
        let tiling = tiling(convolution, source: source, input: input, inner: inner, project: project)
        let slices = (inner.height + tiling.tileRows - 1) / tiling.tileRows
        var writes = written(output)
        var totals: Int?
        if project == nil, isExcited(node.output) {
            let tenant = scratch(slices * inner.channels)
            sums[node.output] = (tenant, slices)
            totals = tenant
            writes.append(tenant)
        }
        let rowBytes = (
            ring: input.width * input.channels * precision.bytes,
            inner: inner.width * inner.channels * precision.bytes
        )
        let ringBytes = source == nil ? 0 : convolution.kernel * rowBytes.ring + FloatStore.slack
        let innerBytes = project == nil ? 0 : tiling.batchRows * rowBytes.inner + FloatStore.slack
        let multiplyAdds =
            inner.count * convolution.kernel * convolution.kernel
            + inner.height * inner.width * (project?.multiplyAdds ?? 0) + (source?.multiplyAdds ?? 0)
        let (kernels, precision, finished) = (kernels, precision, project)
        let (residual, from) = (chain.residual?.other.index, node.inputs[0].index)
        let demand = demands[output]
        let name = [chain.expand, chain.fuse, chain.depthwise, chain.project].compactMap { $0 }
            .map { graph.nodes[$0].name }.joined(separator: ">")
        drafts.append(
            Draft(
                name: name,
                reads: (source?.reads ?? [from]) + (residual.map { [$0] } ?? []) + awaited(output),
                writes: writes,
                multiplyAdds: multiplyAdds, tile: .rows(tiling.tileRows),
                scratchBytes: ringBytes + innerBytes + (source?.scratchBytes ?? 0) + 128
            ) { memory in
                let run = kernels.depthwise(precision)
                let maker = source?.make(memory)
                let (map, y) = (memory.bytes(from), memory.bytes(output.index))
                let old = residual.map { memory.bytes($0) }
                let project = finished
                let found = memory.found
                let needed = NeededRows(demand, memory.foundRows)
                let channelSums = totals.map { memory($0) }
                let (tileRows, batchRows) = (tiling.tileRows, tiling.batchRows)
                let outBytes = project.map { inner.width * $0.resultBytes } ?? rowBytes.inner
                let residualBytes = inner.width * (project?.width ?? 0) * precision.bytes
                return Step(name: name, slices: slices, multiplyAdds: multiplyAdds) { slice, worker in
                    var geometry = geometry
                    let ring = memory.scratch(of: worker)
                    let rows = ring + (ringBytes + 63) / 64 * 64
                    let rest = rows + (innerBytes + 63) / 64 * 64
                    let sums = channelSums.map { $0 + slice * inner.channels }
                    sums?.update(repeating: 0, count: inner.channels)
                    let first = slice * tileRows
                    let end = min(first + tileRows, inner.height)
                    var next = 0
                    var batch = needed.first(from: first, below: end)
                    while batch < end {
                        let batchEnd = needed.end(behind: batch, below: min(batch + batchRows, end))
                        next = max(next, batch * geometry.stride - geometry.pad_top)
                        for row in batch..<batchEnd {
                            if let maker {
                                let needed = row * geometry.stride - geometry.pad_top + geometry.kernel
                                while next < min(needed, input.height) {
                                    maker(next, ring + next % geometry.ring * rowBytes.ring, rest)
                                    next += 1
                                }
                            }
                            let to =
                                project == nil
                                ? y + row * outBytes : rows + (row - batch) * rowBytes.inner
                            run?(&geometry, maker == nil ? map : ring, row, to, sums)
                        }
                        if let project, let place, let found {
                            project.select(
                                rows, pixels: (batchEnd - batch) * inner.width,
                                place: place + batch * inner.width * project.width, into: found[worker])
                        } else if let project {
                            project.run(
                                rows, pixels: (batchEnd - batch) * inner.width,
                                residual: old.map { UnsafeRawPointer($0 + batch * residualBytes) },
                                y + batch * outBytes)
                        }
                        batch = needed.first(from: batchEnd, below: end)
                    }
                }
            })
    }

    private mutating func rowSource(_ chain: Fusions.Chain) throws -> RowSource? {
        if let index = chain.fuse, case .fuse(let fusion) = graph.nodes[index].operation {
            let node = graph.nodes[index]
            return try fusedRows(
                fusion, try factors(fusion, node.inputs.count), node, resample: chain.resample)
        }
        guard let index = chain.expand else { return nil }
        let node = graph.nodes[index]
        if case .convolution(let c) = node.operation, c.kernel > 1 { return try denseRows(c, node) }
        let product = try product(ofNode: index, output: node.output)
        let shape = graph.shape(of: node.inputs[0])
        let from = node.inputs[0].index
        let rowBytes = shape.width * shape.channels * precision.bytes
        return RowSource(
            reads: [from], multiplyAdds: shape.height * shape.width * product.multiplyAdds
        ) { memory in
            let x = memory.bytes(from)
            return { row, y, _ in
                product.run(x + row * rowBytes, pixels: shape.width, residual: nil, y)
            }
        }
    }

    private mutating func depthwise(
        _ convolution: Convolution, _ node: Node, input: TensorShape, output: TensorShape
    ) throws -> ck_depthwise {
        let (kernel, stride) = (convolution.kernel, convolution.stride)
        var geometry = ck_depthwise(
            height: input.height, width: input.width, channels: input.channels, ring: input.height,
            out_height: output.height, out_width: output.width, kernel: kernel, stride: stride,
            pad_top: convolution.padding.resolve(input: input.height, kernel: kernel, stride: stride).before,
            pad_left: convolution.padding.resolve(input: input.width, kernel: kernel, stride: stride).before,
            weights: nil, bias: nil, activation: convolution.activation.code, taps: nil, bytes: ck_bytes())
        if precision == .int8 {
            try byteDepthwise(convolution, node, input: input, into: &geometry)
        } else {
            let folded = try FoldedConvolution(convolution, from: provider)
            geometry.bias = UnsafePointer(store(folded.bias).base)
            let taps = folded.taps(channels: input.channels)
            let packed =
                precision == .bf16 ? FloatStore(taps, packedFor: geometry, by: kernels) : FloatStore(taps)
            geometry.weights = UnsafePointer(store(packed).base)
        }
        return geometry
    }

    /// Rows of a slice: where rows are expanded, few are expanded twice; elsewhere about a million
    /// multiply-adds, and at least four slices. Fixed, whatever the number of workers.
    private func tiling(
        _ c: Convolution, source: RowSource?, input: TensorShape, inner: TensorShape, project: Product?
    ) -> Tiling {
        let rowWork = inner.width * (inner.channels * c.kernel * c.kernel + (project?.multiplyAdds ?? 0))
        let byWork = max(1, min(1_000_000 / max(rowWork, 1), (inner.height + 3) / 4))
        let isExpanding = (source?.multiplyAdds ?? 0) > 0
        let tileRows = isExpanding ? Fusions.tileRows(c, height: inner.height) : byWork
        let rowBytes = inner.width * inner.channels * precision.bytes
        return Tiling(
            tileRows: min(tileRows, inner.height), batchRows: max(1, min(tileRows, 65_536 / max(rowBytes, 1)))
        )
    }

    private func isExcited(_ tensor: TensorID) -> Bool {
        graph.nodes.contains {
            if case .squeezeExcite = $0.operation { $0.inputs[0] == tensor } else { false }
        }
    }
}

extension FloatStore {
    /// Taps of a depthwise convolution in the order that the set's kernel for bfloat16 wants.
    convenience init(_ taps: [Float], packedFor geometry: ck_depthwise, by kernels: KernelSet) {
        let set = kernels.kernels.pointee
        self.init(count: withUnsafePointer(to: geometry) { set.pack_depthwise_bf16($0, taps, nil) })
        _ = withUnsafePointer(to: geometry) { set.pack_depthwise_bf16($0, taps, base) }
    }
}
