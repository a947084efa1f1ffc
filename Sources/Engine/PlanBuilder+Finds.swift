import Graph

extension PlanBuilder {
    /// What a step writes for its result: the map; of a searched one only word of what was found, for the step
    /// that looks at it.
    mutating func written(_ output: TensorID) -> [Int] {
        guard searched[output] != nil else { return [output.index] }
        guard !demands.isEmpty else { return [] }
        let tenant = scratch(0)
        finds.append(tenant)
        return [tenant]
    }

    /// What a step waits for that makes only the needed rows of its result.
    func awaited(_ output: TensorID) -> [Int] { demands[output] == nil ? [] : foundRows.map { [$0] } ?? [] }

    /// Whether the step of node `index` makes only needed rows.
    func isPartial(_ index: Int) -> Bool {
        fusions.layers(of: index).last.map { demands[graph.nodes[$0].output] != nil } ?? false
    }

    /// The step between those that search and those that make only needed rows.
    mutating func addFoundRows() {
        let tenant = scratch(0)
        foundRows = tenant
        drafts.append(
            Draft(name: "found.rows", reads: finds, writes: [tenant]) { memory in
                Step(name: "found.rows", slices: 1, multiplyAdds: 0) { _, _ in
                    if let found = memory.found { memory.foundRows?.look(at: found) }
                }
            })
    }
}
