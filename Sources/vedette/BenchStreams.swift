import Detector
import Dispatch
import Synchronization

/// Several frames at a time, each on a thread and in memory of its own; the weights are shared.
struct BenchStreams {
    private let detectors: [NetworkDetector]
    /// Timed runs of each stream.
    private let runs: Int
    private let warmUps: Int

    /// What the streams did side by side.
    struct Measured<Sample: Sendable>: Sendable {
        /// Of all streams, one after the other.
        var samples: [Sample] = []
        /// Of all streams together.
        var imagesPerSecond = 0.0
    }

    init(_ detectors: [NetworkDetector], runs: Int, warmUps: Int) {
        self.detectors = detectors
        self.runs = runs
        self.warmUps = warmUps
    }

    /// Lets every stream do `work` again and again. The clock of each runs while all are at work: a stream
    /// that is through goes on, untimed, until the last one is.
    func measure<Sample: Sendable>(_ work: @escaping @Sendable (NetworkDetector) -> Sample) -> Measured<
        Sample
    > {
        let (runs, warmUps) = (runs, warmUps)
        let streams = Streams<Sample>(count: detectors.count)
        let ready = DispatchGroup()
        let done = DispatchGroup()
        for _ in detectors { ready.enter() }
        for (index, detector) in detectors.enumerated() {
            // A queue of its own has a thread of its own, however many processors there are.
            DispatchQueue(label: "vedette.bench.\(index)", qos: .userInitiated).async(group: done) {
                for _ in 0..<warmUps { _ = work(detector) }
                ready.leave()
                ready.wait()
                var samples: [Sample] = []
                samples.reserveCapacity(runs)
                let start = ContinuousClock.now
                for _ in 0..<runs { samples.append(work(detector)) }
                let seconds = (.now - start) / .seconds(1)
                streams.add(index, samples, rate: Double(runs) / seconds)
                while streams.areBusy { _ = work(detector) }
            }
        }
        done.wait()
        return streams.measured
    }

    private final class Streams<Sample: Sendable>: Sendable {
        private let found: Mutex<[Measured<Sample>]>
        private let busy: Atomic<Int>

        init(count: Int) {
            found = Mutex(Array(repeating: Measured(), count: count))
            busy = Atomic(count)
        }

        var areBusy: Bool { busy.load(ordering: .relaxed) > 0 }

        func add(_ index: Int, _ samples: [Sample], rate: Double) {
            found.withLock { $0[index] = Measured(samples: samples, imagesPerSecond: rate) }
            busy.subtract(1, ordering: .relaxed)
        }

        var measured: Measured<Sample> {
            found.withLock { all in
                Measured(
                    samples: all.flatMap(\.samples),
                    imagesPerSecond: all.reduce(0) { $0 + $1.imagesPerSecond })
            }
        }
    }
}
