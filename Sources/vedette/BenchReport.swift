import Detector
import Engine
import JSON

/// What `bench` measured, for people and for programs.
struct BenchReport {
    let mode: BenchCommand.Mode
    let detectors: [NetworkDetector]
    let hasTrainedWeights: Bool
    /// Of each stream.
    let runs: Int
    let samples: BenchCommand.Samples
    /// Nil where they were not asked for.
    let steps: BenchSteps?
    let peaks: PeakRates
    /// Bytes.
    let peakMemory: Int?
    let steal: Int?

    private struct Part {
        let name: String
        let median: Double
        let least: Double
        let p90: Double
        let runs: [Double]

        init(_ name: String, _ values: [Double]) {
            let sorted = values.sorted()
            self.name = name
            runs = values
            median = sorted.isEmpty ? .nan : sorted[sorted.count / 2]
            least = sorted.first ?? .nan
            p90 = sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, sorted.count * 9 / 10)]
        }
    }

    private var parts: [Part] {
        [
            Part("letterbox", samples.prepare), Part("network", samples.network),
            Part("select", samples.select), Part("frame", samples.whole),
        ]
    }

    private var detector: NetworkDetector { detectors[0] }
    private var arenaBytes: Int { detectors.reduce(0) { $0 + $1.plan.arenaBytes } }

    private var threads: String {
        mode == .latency ? "\(detector.plan.workers) threads" : "\(detectors.count) frames at a time"
    }

    private var input: String {
        "\(detector.model.configuration.inputWidth)x\(detector.model.configuration.inputHeight)"
    }

    /// - Parameter width: columns of the terminal.
    func table(width: Int) -> String {
        let plan = detector.plan
        var text =
            "\(detector.model.name) \(plan.precision.name) \(input), \(threads), \(plan.kernels.name) kernels, "
            + "\(runs) runs\(mode == .latency ? "" : " each")\(hasTrainedWeights ? "" : ", random weights")\n\n"
        text += TextTable.text(
            [["milliseconds", "median", "min", "p90"]]
                + parts.map { part in
                    [part.name] + [part.median, part.least, part.p90].map(Rounded.thousandths)
                })
        text += "\n\(Rounded.tenths(samples.frameRate)) frames/s, "
        text += mode == .latency ? "one after the other; " : "side by side; "
        text += "network alone \(Rounded.tenths(samples.networkRate))/s\n"
        text += "arena \(Self.mega(arenaBytes)), weights \(Self.mega(plan.weightBytes))"
        if let peakMemory { text += ", peak memory \(Self.mega(peakMemory))" }
        if let steal { text += "; \(steal) ticks stolen" }
        return text + "\n" + (steps.map { "\n" + $0.table(width: width) } ?? "")
    }

    var json: String {
        let plan = detector.plan
        let parts = parts.map { part in
            JSONObject.Member(
                part.name,
                .object([
                    "median": .number(part.median), "min": .number(part.least), "p90": .number(part.p90),
                    "runs": .array(part.runs.map { .number($0) }),
                ]))
        }
        return JSONOutput.line([
            "vedette": .string(Help.version), "model": .string(detector.model.name),
            "precision": .string(plan.precision.name),
            "input": .array([
                .integer(detector.model.configuration.inputWidth),
                .integer(detector.model.configuration.inputHeight),
            ]), "threads": .integer(plan.workers * detectors.count), "kernels": .string(plan.kernels.name),
            "runs": .integer(runs), "random_weights": .bool(!hasTrainedWeights),
            "mode": .string(mode.rawValue), "streams": .integer(detectors.count),
            "images_per_s": .object([
                "network": .number(samples.networkRate), "frame": .number(samples.frameRate),
            ]),
            "ms": .object(JSONObject(parts)), "arena_bytes": .integer(arenaBytes),
            "weight_bytes": .integer(plan.weightBytes),
            "peak_bytes": peakMemory.map { .integer($0) } ?? .null,
            "steal_ticks": steal.map { .integer($0) } ?? .null,
            "processor": ProcessFigures.processor.map { .string($0) } ?? .null,
            "peak_gmac_per_s": .object(["others": .number(peaks.others), "products": .number(peaks.products)]
            ),
            "steps": steps?.json ?? .array([]),
        ])
    }

    private static func mega(_ bytes: Int) -> String { "\(Rounded.tenths(Double(bytes) / 1e6)) MB" }
}
