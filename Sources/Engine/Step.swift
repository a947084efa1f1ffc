/// One step of a plan with everything resolved: `body` runs slice `slice` on worker `worker` and neither
/// allocates nor locks.
struct Step {
    let name: String
    let slices: Int
    let multiplyAdds: Int
    let body: (_ slice: Int, _ worker: Int) -> Void
}

/// A step before its memory has a place: which tenants of the arena it reads and writes, and how it is
/// made once they stand.
struct Draft {
    var name: String
    var reads: [Int]
    var writes: [Int]
    var multiplyAdds = 0
    var make: (PlanMemory) -> Step
}

/// The places of the arena's tenants.
struct PlanMemory {
    let arena: FloatStore
    let offsets: [Int]
    let workers: Int

    func callAsFunction(_ tenant: Int) -> UnsafeMutablePointer<Float> { arena.base + offsets[tenant] }
}
