import Weights

/// Repeatable numbers: SplitMix64.
struct RandomNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in .random(in: range, using: &self) }
    }
}

/// A weight file that has every tensor: numbers by the tensor's name, the same each time, sized so that
/// maps keep about the scale of their input.
struct RandomWeights: TensorProvider {
    let seed: UInt64

    func floats(_ name: String, shape: [Int]) throws(WeightsError) -> [Float] {
        var random = RandomNumbers(seed: name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        let count = shape.reduce(1, *)
        if name.hasSuffix("running_var") { return random.floats(count, in: 0.5...1.5) }
        if name.hasSuffix("edge_weights") { return random.floats(count, in: -0.2...1) }
        let perOutput = max(1, count / max(shape.first ?? 1, 1))
        let scale = shape.count > 1 ? 1.7 / Float(perOutput).squareRoot() : 0.5
        return random.floats(count, in: -scale...scale)
    }
}
