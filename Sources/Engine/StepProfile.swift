/// What one step of a plan costs.
public struct StepProfile: Sendable {
    public let work: StepWork
    /// Independent pieces that workers share.
    public let slices: Int
    /// Of every run, in their order.
    public let times: [Double]
    /// Median over the runs.
    public let milliseconds: Double

    init(work: StepWork, slices: Int, times: [Double]) {
        self.work = work
        self.slices = slices
        self.times = times
        let sorted = times.sorted()
        milliseconds = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    /// Thousand million multiply-adds a second; 0 for a step without any.
    public var rate: Double { milliseconds > 0 ? Double(work.multiplyAdds) / milliseconds / 1e6 : 0 }

    /// Thousand million bytes a second.
    public var traffic: Double { milliseconds > 0 ? Double(work.bytes) / milliseconds / 1e6 : 0 }
}

/// Notes when each step ends.
final class StepWatch {
    private(set) var times: [[Double]]
    private var last = ContinuousClock.now

    init(steps: Int) { times = Array(repeating: [], count: steps) }

    func start() { last = .now }

    func stop(_ step: Int) {
        let now = ContinuousClock.now
        let (seconds, attoseconds) = last.duration(to: now).components
        times[step].append(Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
        last = now
    }
}
