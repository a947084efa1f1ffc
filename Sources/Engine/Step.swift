/// One step of a plan with everything resolved: `body` runs slice `slice` on worker `worker` and neither
/// allocates nor locks. Slices of a step are independent of each other.
struct Step {
    let name: String
    let slices: Int
    let multiplyAdds: Int
    let body: (_ slice: Int, _ worker: Int) -> Void

    /// Steps that need nothing of each other as one, so that small ones share a barrier.
    static func joined(_ steps: [Step]) -> Step {
        guard steps.count > 1 else { return steps[0] }
        var ends: [Int] = []
        for step in steps { ends.append((ends.last ?? 0) + step.slices) }
        return Step(
            name: steps.map(\.name).joined(separator: " + "), slices: ends[ends.count - 1],
            multiplyAdds: steps.reduce(0) { $0 + $1.multiplyAdds }
        ) { slice, worker in
            var part = 0
            while slice >= ends[part] { part += 1 }
            steps[part].body(part == 0 ? slice : slice - ends[part - 1], worker)
        }
    }
}

/// A step before its memory has a place: which tenants of the arena it reads and writes, and how it is
/// made once they stand.
struct Draft {
    var name: String
    var reads: [Int]
    var writes: [Int]
    var multiplyAdds = 0
    /// Nodes of the graph that it serves, set by the builder.
    var layers: [Int] = []
    /// Whether it makes only the rows that a run needs, set by the builder.
    var isPartial = false
    var tile = StepWork.Tile.none
    /// Scratch memory that a slice needs, in bytes.
    var scratchBytes = 0
    var make: (PlanMemory) -> Step
}

/// The places of the arena's tenants, and scratch memory for every worker.
struct PlanMemory {
    let arena: FloatStore
    let offsets: [Int]
    let scratch: FloatStore
    let scratchFloats: Int
    let input: InputLines
    /// What is found of the outputs that are searched.
    let found: SelectionLists?
    /// Where it is; nil where everything is made in full.
    let foundRows: FoundRows?

    func callAsFunction(_ tenant: Int) -> UnsafeMutablePointer<Float> { arena.base + offsets[tenant] }

    func bytes(_ tenant: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(self(tenant)) }

    func scratch(of worker: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(scratch.base + worker * scratchFloats)
    }
}
