import Graph

/// What a step computes and touches, once a frame.
public struct StepWork: Sendable, Hashable {
    /// The steps that share a barrier, by the names of the nodes that each joins: `a>b`.
    public let parts: [String]
    public let multiplyAdds: Int
    /// Of `multiplyAdds`: those of 1×1 convolutions, which run at the plan's precision; others are
    /// products of 32-bit floats.
    public let productMultiplyAdds: Int
    /// Bytes of the maps that are read and written, each once: traffic that no cache avoids where they
    /// are larger than it. What stays inside a step does not count.
    public let inputBytes: Int
    public let outputBytes: Int
    /// Bytes of weights as they stand in memory.
    public let weightBytes: Int
    /// Whether a part joins several nodes of the graph.
    public let isFused: Bool
    /// Whether a part makes only the rows that a run needs. Multiply-adds and bytes are those of all rows.
    public let isPartial: Bool
    /// What a slice of the part with the most work makes.
    public let tile: Tile

    /// Two for each multiply-add.
    public var flops: Int { 2 * multiplyAdds }
    public var bytes: Int { inputBytes + outputBytes + weightBytes }

    public enum Tile: Sendable, Hashable {
        /// Not by place: panels of weights, or everything at once.
        case none
        /// Rows of the output map.
        case rows(Int)
        /// Pixels of the output map in the order of memory.
        case pixels(Int)
    }

    /// - Parameters:
    ///   - drafts: what runs side by side, with the most work first.
    ///   - tenants: bytes of each tenant.
    ///   - weights: bytes of weights of each draft.
    init(_ drafts: [Draft], weights: [Int], tenants: [Int], graph: Graph) {
        parts = drafts.map(\.name)
        multiplyAdds = drafts.reduce(0) { $0 + $1.multiplyAdds }
        // A gate's step shares its node with the product that it serves.
        let working = drafts.filter { $0.multiplyAdds > 0 }
        productMultiplyAdds = working.flatMap(\.layers).reduce(0) { sum, layer in
            let node = graph.nodes[layer]
            return sum + (node.isPointwise ? graph.multiplyAdds(of: node) : 0)
        }
        inputBytes = Set(drafts.flatMap(\.reads)).reduce(0) { $0 + tenants[$1] }
        outputBytes = Set(drafts.flatMap(\.writes)).reduce(0) { $0 + tenants[$1] }
        weightBytes = weights.reduce(0, +)
        isFused = drafts.contains { $0.layers.count > 1 }
        isPartial = drafts.contains(where: \.isPartial)
        tile = drafts.first?.tile ?? .none
    }
}
