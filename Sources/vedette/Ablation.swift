import Detector
import EfficientDet
import Engine
import Graph
import JSON
import Models

/// `vedette bench --ablation`: the paper's design points side by side, each with what it holds, computes and
/// takes. What only training can tell (average precision) stands as the paper's number.
struct Ablation {
    /// One network of a table.
    private struct Row {
        var title: String
        /// Nil: in the paper only.
        var configuration: Configuration?
        /// What the paper's table says: AP, ratio of parameters, ratio of FLOPs; or AP and speed-up.
        var paper: [String]
        var count: Graph.Count?
        var milliseconds = Double.nan
    }

    private struct Table {
        var title: String
        /// Heads of the paper's columns.
        var paper: [String]
        var rows: [Row]
        var note: String
    }

    private var tables: [Table]
    private let head: String

    /// Builds and measures: the networks take turns, so that a slow moment of the machine hits all alike.
    init(_ base: Configuration, runs: Int, _ options: DetectorOptions) throws {
        var tables = [Self.connections(base), Self.fusions(base), Self.scaling()]
        let kernels = try KernelSet.chosen()
        head =
            "\(base.name) \(base.inputWidth)x\(base.inputHeight), \(options.precision?.name ?? "auto"), \(options.workers) threads, "
            + "\(kernels.name) kernels, median of \(runs) runs in turn, random weights"
        for index in tables.indices { try Self.measure(&tables[index].rows, runs: runs, options) }
        self.tables = tables
    }

    private static func measure(_ rows: inout [Row], runs: Int, _ options: DetectorOptions) throws {
        var plans: [(row: Int, plan: Plan, canvas: PixelCanvas)] = []
        for (index, row) in rows.enumerated() {
            guard let configuration = row.configuration else { continue }
            let plan = try NetworkDetector(Model(random: configuration), options).plan
            rows[index].count = plan.graph.count()
            plans.append(
                (index, plan, PixelCanvas(width: configuration.inputWidth, height: configuration.inputHeight))
            )
        }
        var times = Array(repeating: [Double](), count: rows.count)
        // The first turn warms caches and pages.
        for turn in 0...runs {
            for (row, plan, canvas) in plans {
                let start = ContinuousClock.now
                plan.run(canvas)
                if turn > 0 { times[row].append((.now - start) / .milliseconds(1)) }
            }
        }
        for (row, _, _) in plans { rows[row].milliseconds = times[row].sorted()[times[row].count / 2] }
    }

    /// The whole of `bench --ablation`.
    static func text(_ arguments: Arguments) throws -> String {
        if let word = arguments.positionals.first {
            throw UsageError.unwantedArgument(word, command: "bench")
        }
        if arguments.has("steps") { throw UsageError.conflict("--ablation", "--steps") }
        if arguments.has("kernels") { throw UsageError.conflict("--ablation", "--kernels") }
        if arguments.text("mode") != nil { throw UsageError.conflict("--ablation", "--mode") }
        if DesignPoint.isAsked(arguments) {
            throw UsageError.conflict("--ablation", "--fusion and --network")
        }
        let word = arguments.text("model") ?? "d0"
        guard let base = Configuration.named(word) else { throw UsageError.unknownModel(word, nearest: nil) }
        var options = DetectorOptions(workers: arguments.integer("threads") ?? WorkerCount.available())
        options.precision = ModelSetup.precision(arguments)
        options.isDense = true
        let ablation = try Ablation(base, runs: arguments.integer("runs") ?? 10, options)
        return arguments.has("json") ? ablation.json : ablation.text
    }

    // MARK: The paper's tables

    private static func changed(_ base: Configuration, _ change: (inout Configuration) -> Void)
        -> Configuration
    {
        var configuration = base
        change(&configuration)
        return configuration
    }

    private static func connections(_ base: Configuration) -> Table {
        func network(_ network: FeatureNetwork, _ fusion: Fusion.Mode) -> Configuration {
            changed(base) { ($0.featureNetwork, $0.fusion) = (network, fusion) }
        }
        var rows = [
            Row(
                title: "repeated top-down FPN", configuration: network(.fpn, .sum),
                paper: ["42.29", "1.00", "1.00"]),
            Row(
                title: "repeated FPN+PANet", configuration: network(.panet, .sum),
                paper: ["44.08", "1.00", "1.00"]),
            Row(title: "NAS-FPN", configuration: nil, paper: ["43.16", "0.71", "0.72"]),
            Row(title: "fully-connected FPN", configuration: nil, paper: ["43.06", "1.24", "1.21"]),
            Row(
                title: "BiFPN without weights", configuration: network(.bifpn, .sum),
                paper: ["43.94", "0.88", "0.67"]),
            Row(
                title: "BiFPN with weights", configuration: network(.bifpn, .fast),
                paper: ["44.39", "0.88", "0.68"]),
            Row(
                title: "one top-down FPN", configuration: changed(network(.fpn, .sum)) { $0.depth = 1 },
                paper: ["-", "-", "-"]),
        ]
        if base.levels == 3...7 {
            rows.append(Row(title: "quad FPN", configuration: network(.quad, .sum), paper: ["-", "-", "-"]))
        }
        return Table(
            title: "Cross-scale connections (paper, table 5)", paper: ["AP", "params", "FLOPs"], rows: rows,
            note: "The paper does not say how wide and deep each of its networks was; here all have the same "
                + "width and number of cells. Networks without figures are not built.")
    }

    private static func fusions(_ base: Configuration) -> Table {
        let rows: [(String, Fusion.Mode, [String])] = [
            ("softmax", .softmax, ["33.96 43.78 48.79", "1.00"]),
            ("fast normalised", .fast, ["33.85 43.77 48.74", "1.26-1.31"]), ("sum", .sum, ["-", "-"]),
            ("unbounded", .unbounded, ["-", "-"]),
        ]
        return Table(
            title: "Fusion (paper, table 6: three models)", paper: ["AP", "GPU speed-up"],
            rows: rows.map { title, mode, paper in
                Row(title: title, configuration: changed(base) { $0.fusion = mode }, paper: paper)
            },
            note:
                "The weights of a trained network are constants, so the plan computes them once, whatever the "
                + "rule: the paper's speed-up is of networks that compute them at every run.")
    }

    private static func scaling() -> Table {
        let phi = 1.0
        let rows =
            [("D0", Configuration(compound: 0)), ("compound, phi 1", Configuration(compound: phi))]
            + ScalingDimension.allCases.map {
                ("\($0.rawValue) alone, phi 1", Configuration(scaling: $0, alone: phi))
            }
        return Table(
            title: "Scaling from D0 (paper, figure 6: curves without numbers)", paper: [],
            rows: rows.map { Row(title: $0.0, configuration: $0.1, paper: []) },
            note: "Head depth 3 + floor(phi / 3) grows at phi 3 first.")
    }

    // MARK: Output

    var text: String {
        "\(head)\n" + tables.map { table in "\n\(table.title)\n\(Self.text(table))\(table.note)\n" }.joined()
    }

    private static func text(_ table: Table) -> String {
        let heads = ["", "params", "x", "Gmac", "x", "ms", "x"] + table.paper.map { "paper's \($0)" }
        guard let first = table.rows.first else { return "" }
        return TextTable.text([heads] + table.rows.map { cells(of: $0, against: first) })
    }

    private static func cells(of row: Row, against first: Row) -> [String] {
        guard let count = row.count, let base = first.count else {
            return [row.title] + Array(repeating: "-", count: 6) + row.paper
        }
        let parameters = Double(count.parameters) / Double(base.parameters)
        let multiplyAdds = Double(count.multiplyAdds) / Double(base.multiplyAdds)
        return [
            row.title, "\(count.parameters)", Rounded.hundredths(parameters),
            Rounded.thousandths(Double(count.multiplyAdds) / 1e9), Rounded.hundredths(multiplyAdds),
            Rounded.tenths(row.milliseconds), Rounded.hundredths(row.milliseconds / first.milliseconds),
        ] + row.paper
    }

    var json: String {
        JSONOutput.line([
            "settings": .string(head),
            "tables": .array(
                tables.map { table in
                    .object([
                        "title": .string(table.title), "note": .string(table.note),
                        "rows": .array(table.rows.map { Self.object($0, paper: table.paper) }),
                    ])
                }),
        ])
    }

    private static func object(_ row: Row, paper: [String]) -> JSONValue {
        let numbers = zip(paper, row.paper).map { JSONObject.Member($0, .string($1)) }
        return .object([
            "name": .string(row.title), "parameters": row.count.map { .integer($0.parameters) } ?? .null,
            "multiply_adds": row.count.map { .integer($0.multiplyAdds) } ?? .null,
            "ms": .number(row.milliseconds), "paper": .object(JSONObject(numbers)),
        ])
    }
}
