import Graph

/// Single values of an output or kept tap, channels last, without looking up its name each time. What it
/// reads is the last run's; it must not overlap with a run. Of a companion of a selection only rows in which
/// something was found are made; the others hold anything.
public struct TapReader: @unchecked Sendable {
    public let shape: TensorShape
    // Owns the arena that `base` points into.
    private let plan: Plan
    private let base: UnsafePointer<Float>?

    init(plan: Plan, tap: String) {
        self.plan = plan
        (base, shape) = plan.withTensor(tap) { values, shape in
            (values.withUnsafeBufferPointer { $0.baseAddress }, shape)
        }
    }

    /// - Precondition: `index` lies inside the map.
    public subscript(index: Int) -> Float {
        precondition(index >= 0 && index < shape.count, "value \(index) of \(shape)")
        return base.map { $0[index] } ?? 0
    }
}

extension Plan {
    /// - Precondition: the tap is an output or was asked to be kept.
    public func reader(of tap: String) -> TapReader { TapReader(plan: self, tap: tap) }
}
