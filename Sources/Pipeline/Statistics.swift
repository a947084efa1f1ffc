import Frames

/// Rates and times of a run as they are shown while it lasts.
struct Statistics: Sendable {
    private var captures = RateMeter()
    private var results = RateMeter()
    private var wait = ValueWindow()
    private var prepare = ValueWindow()
    private var network = ValueWindow()
    private var select = ValueWindow()
    private var latency = ValueWindow()
    private(set) var wholeRun = LatencyHistogram()
    private(set) var classesNow: [Int: Int] = [:]
    private(set) var classesTotal: [Int: Int] = [:]

    mutating func captured(at elapsed: Duration) { captures.record(at: elapsed) }

    mutating func inferred(_ result: FrameResult, at elapsed: Duration) {
        results.record(at: elapsed)
        wait.record(result.wait, at: elapsed)
        prepare.record(result.timings.prepare, at: elapsed)
        network.record(result.timings.network, at: elapsed)
        select.record(result.timings.select, at: elapsed)
        latency.record(result.latency, at: elapsed)
        wholeRun.record(result.latency)
        classesNow = [:]
        for detection in result.detections { classesNow[detection.classIndex, default: 0] += 1 }
        classesTotal.merge(classesNow, uniquingKeysWith: +)
    }

    func stages(at elapsed: Duration) -> RunSnapshot.Stages {
        RunSnapshot.Stages(
            wait: wait.percentiles(at: elapsed), prepare: prepare.percentiles(at: elapsed),
            network: network.percentiles(at: elapsed), select: select.percentiles(at: elapsed),
            latency: latency.percentiles(at: elapsed))
    }

    func capture(at elapsed: Duration) -> RunSnapshot.Rate { RunSnapshot.Rate(captures, at: elapsed) }

    func inference(at elapsed: Duration) -> RunSnapshot.Rate { RunSnapshot.Rate(results, at: elapsed) }
}
