import Engine
import JSON

/// `vedette bench --kernels`: every kernel of the set alone, on one thread.
struct BenchKernels {
    let set: String
    let trials: [KernelTrial]

    static func text(_ arguments: Arguments) throws -> String {
        if let word = arguments.positionals.first {
            throw UsageError.unwantedArgument(word, command: "bench")
        }
        // What shapes the network or its runs means nothing here.
        let others = OptionTable.options(of: .bench).filter { $0.group != .general && $0.name != "kernels" }
        if let one = others.first(where: { arguments.has($0.name) || arguments.text($0.name) != nil }) {
            throw UsageError.conflict("--kernels", "--\(one.name)")
        }
        let set = try KernelSet.chosen()
        let bench = BenchKernels(set: set.name, trials: KernelBench.run(set))
        return arguments.has("json") ? bench.json : bench.table
    }

    private var table: String {
        var last = ""
        let rows = trials.map { trial in
            defer { last = trial.kernel }
            let computes = trial.multiplyAdds > 0
            return [
                trial.kernel == last ? "" : trial.kernel, trial.size, Rounded.tenths(trial.nanoseconds),
                computes ? Rounded.tenths(trial.rate) : "",
                trial.shareOfPeak.map { Rounded.tenths($0 * 100) } ?? "",
                trial.bytes > 0 ? Rounded.tenths(trial.traffic) : "",
            ]
        }
        return "\(set) kernels, one thread\(ProcessFigures.processor.map { ", \($0)" } ?? "")\n\n"
            + TextTable.text([["kernel", "size", "ns", "Gmac/s", "% peak", "GB/s"]] + rows)
    }

    private var json: String {
        JSONOutput.line([
            "vedette": .string(Help.version), "kernels": .string(set),
            "processor": ProcessFigures.processor.map { .string($0) } ?? .null,
            "trials": .array(
                trials.map { trial in
                    .object([
                        "kernel": .string(trial.kernel), "size": .string(trial.size),
                        "ns": .number(trial.nanoseconds), "multiply_adds": .number(trial.multiplyAdds),
                        "bytes": .number(trial.bytes), "gmac_per_s": .number(trial.rate),
                        "gb_per_s": .number(trial.traffic),
                        "share_of_peak": trial.shareOfPeak.map { .number($0) } ?? .null,
                    ])
                }),
        ])
    }
}
