import Detector
import Engine
import JSON
import Logs
import Weights

/// `vedette parity GOLDEN --weights FILE`: the network against reference tensors.
struct ParityCommand {
    private let arguments: Arguments
    private let parity: Parity

    init(_ arguments: Arguments) throws {
        guard let path = arguments.positionals.first else {
            throw UsageError.missingArgument(command: "parity", placeholder: "GOLDEN --weights FILE")
        }
        guard arguments.positionals.count == 1 else {
            throw UsageError.unwantedArgument(arguments.positionals[1], command: "parity")
        }
        guard let weights = arguments.text("weights") else {
            throw UsageError.missingOption("--weights FILE", command: "parity")
        }
        self.arguments = arguments
        let golden = try TensorFile.open(path)
        let model = try Model(
            try TensorFile.open(weights), name: arguments.text("model") ?? golden.metadata["model"])
        parity = try Parity(
            golden: golden, model: model, workers: arguments.integer("threads") ?? WorkerCount.available(),
            precision: try ModelSetup.precision(arguments) ?? .best(for: KernelSet.chosen()))
    }

    func run() -> Outcome {
        StandardStream.output.write(arguments.has("json") ? json : table)
        return .exit(parity.passes ? .done : .no)
    }

    private var table: String {
        var rows = [["tap", "relative L2", "allowed", "largest", "allowed", ""]]
        for tap in parity.taps {
            rows.append([
                tap.name, Scientific.text(tap.relative), Scientific.text(tap.allowed),
                Scientific.text(tap.largest),
                tap.tolerance.map(Scientific.text) ?? "-", tap.passes ? "ok" : "FAIL",
            ])
        }
        var text = TextTable.text(rows)
        for set in parity.detections {
            text +=
                "\(set.name): \(set.found) found, \(set.expected) expected, \(set.missing) missing, "
                + "\(set.extra) extra; boxes within \(Rounded.thousandths(Double(set.box))) px, scores within "
                + "\(Scientific.text(Double(set.score)))  \(set.passes ? "ok" : "FAIL")\n"
        }
        if let first = parity.taps.first(where: { !$0.passes }) {
            text += "the first tap that differs is \(first.name)\n"
        }
        return text + "\(parity.precision.name): \(parity.passes ? "equal" : "different")\n"
    }

    private var json: String {
        let taps = parity.taps.map { tap in
            JSONValue.object([
                "name": .string(tap.name), "relative": .number(tap.relative),
                "allowed": .number(tap.allowed), "largest": .number(tap.largest),
                "tolerance": tap.tolerance.map { .number($0) } ?? .null, "passes": .bool(tap.passes),
            ])
        }
        let sets = parity.detections.map { set in
            JSONValue.object([
                "name": .string(set.name), "expected": .integer(set.expected), "found": .integer(set.found),
                "missing": .integer(set.missing), "extra": .integer(set.extra),
                "box": .number(Double(set.box)), "score": .number(Double(set.score)),
                "passes": .bool(set.passes),
            ])
        }
        return JSONOutput.line([
            "passes": .bool(parity.passes), "precision": .string(parity.precision.name),
            "taps": .array(taps), "detections": .array(sets),
        ])
    }
}
