import Graph

/// Of which rows of a searched output each row of another map depends on whether it is needed: the map is
/// read only where something was found.
struct RowDemand: Equatable {
    /// Which of the searched outputs, counted as the selection names them.
    let output: Int
    /// By row of the map: the rows of the searched output that need it, empty where none does.
    private(set) var rows: [Range<Int>]

    /// Of a map that is read in the very rows of the output.
    init(of output: Int, height: Int) {
        self.output = output
        rows = (0..<height).map { $0..<$0 + 1 }
    }

    /// Of an input of the node that makes this map.
    /// - Parameters:
    ///   - height: of the input.
    ///   - read: the input's rows that a row of this map is made of; those outside of it do not count.
    func behind(height: Int, _ read: (Int) -> Range<Int>) -> RowDemand {
        var input = self
        input.rows = Array(repeating: 0..<0, count: height)
        for (row, needed) in rows.enumerated() where !needed.isEmpty {
            for source in read(row).clamped(to: 0..<height) { input.add(needed, to: source) }
        }
        return input
    }

    /// For several readers; nil where they follow different outputs.
    func joined(_ other: RowDemand) -> RowDemand? {
        guard other.output == output else { return nil }
        var both = self
        for (row, needed) in other.rows.enumerated() where !needed.isEmpty { both.add(needed, to: row) }
        return both
    }

    /// One range for all, so rows between them count as well.
    private mutating func add(_ needed: Range<Int>, to row: Int) {
        let old = rows[row]
        rows[row] =
            old.isEmpty
            ? needed
            : min(old.lowerBound, needed.lowerBound)..<max(old.upperBound, needed.upperBound)
    }
}

extension RowDemand {
    private enum Need: Equatable {
        case nothing, everything
        case some(RowDemand)

        func joined(_ other: Need) -> Need {
            switch (self, other) {
            case (.nothing, let need), (let need, .nothing): need
            case (.some(let a), .some(let b)): a.joined(b).map(Need.some) ?? .everything
            default: .everything
            }
        }
    }

    /// The demands of all maps that serve nothing but the selection's companions, backwards from these
    /// through everything that makes rows of rows; by tensor.
    /// - Parameter kept: tensors that somebody wants in full.
    static func derived(_ graph: Graph, _ selection: Selection?, kept: Set<TensorID>) -> [TensorID: RowDemand]
    {
        var needs: [TensorID: Need] = [:]
        for (output, tap) in (selection?.taps ?? []).enumerated() {
            guard let searched = graph.tensor(named: tap) else { continue }
            needs[searched] = .everything
            for companion in selection?.companions[tap] ?? [] {
                guard let tensor = graph.tensor(named: companion) else {
                    preconditionFailure("there is no \(companion)")
                }
                let height = graph.shape(of: tensor).height
                precondition(height == graph.shape(of: searched).height, "\(companion) stands beside \(tap)")
                needs[tensor] = (needs[tensor] ?? .nothing).joined(
                    .some(RowDemand(of: output, height: height)))
            }
        }
        for tensor in kept { needs[tensor] = .everything }
        for node in graph.nodes.reversed() {
            // What nothing reads is made all the same.
            let need = needs[node.output] ?? .everything
            needs[node.output] = need
            for input in node.inputs {
                needs[input] = (needs[input] ?? .nothing).joined(
                    Self.need(of: node, need, graph.shape(of: input).height))
            }
        }
        needs[Graph.inputTensor] = .everything
        return needs.compactMapValues { if case .some(let demand) = $0 { demand } else { nil } }
    }

    /// What `node` needs of an input of this height where `need` is what is needed of its result.
    private static func need(of node: Node, _ need: Need, _ height: Int) -> Need {
        guard case .some(let demand) = need else { return need }
        let made = demand.rows.count
        func rows(_ read: (Int) -> Range<Int>) -> Need { .some(demand.behind(height: height, read)) }
        switch node.operation {
        case .convolution(let c):
            let top = c.padding.resolve(input: height, kernel: c.kernel, stride: c.stride).before
            return rows { $0 * c.stride - top..<$0 * c.stride - top + c.kernel }
        case .maxPool(let pool):
            let top = max(0, ((pool.height - 1) * pool.strideY + pool.kernelY - height) / 2)
            return rows { $0 * pool.strideY - top..<$0 * pool.strideY - top + pool.kernelY }
        case .resizeNearest: return rows { $0 * height / made..<$0 * height / made + 1 }
        case .add, .fuse: return rows { $0..<$0 + 1 }
        case .squeezeExcite: return .everything
        }
    }
}
