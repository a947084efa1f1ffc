/// What one step of a plan costs.
public struct StepProfile: Sendable {
    public let name: String
    /// Median over the runs.
    public let milliseconds: Double
    public let multiplyAdds: Int

    /// Thousand million multiply-adds a second; 0 for a step without any.
    public var rate: Double { milliseconds > 0 ? Double(multiplyAdds) / milliseconds / 1e6 : 0 }
}

/// Notes when each step ends.
final class StepWatch {
    private var times: [[Double]]
    private var last = ContinuousClock.now

    init(steps: Int) { times = Array(repeating: [], count: steps) }

    func start() { last = .now }

    func stop(_ step: Int) {
        let now = ContinuousClock.now
        let (seconds, attoseconds) = last.duration(to: now).components
        times[step].append(Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
        last = now
    }

    func profiles(names: [String], multiplyAdds: [Int]) -> [StepProfile] {
        times.indices.map { step in
            let sorted = times[step].sorted()
            return StepProfile(
                name: names[step], milliseconds: sorted.isEmpty ? 0 : sorted[sorted.count / 2],
                multiplyAdds: multiplyAdds[step])
        }
    }
}
