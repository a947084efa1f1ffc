import Detector
import EfficientDet
import Graph
import JSON
import Models
import Weights

/// What `vedette models info` shows of a network, with weights or without.
struct ModelsInfo {
    private let model: Model
    private let summary: ModelSummary
    private let arguments: Arguments
    /// `built in`, a path, or nil where there are no weights.
    private let weights: String?

    init(_ word: String, _ arguments: Arguments) throws {
        self.arguments = arguments
        var model: Model
        if DesignPoint.isAsked(arguments) {
            guard let configuration = Configuration.named(word) else {
                throw UsageError.conflict("a file's weights", "--fusion and --network")
            }
            model = Model(random: configuration)
        } else {
            model = try Model.orRandom(word)
            try model.check()
        }
        try DesignPoint.apply(arguments, to: &model.configuration)
        self.model = model
        weights = model.file?.path
        summary = ModelSummary(model.configuration, plan: try ModelSummary.plan(of: model.configuration))
    }

    var text: String { arguments.has("json") ? json : table }

    private var table: String {
        let one = model.configuration
        func list(_ values: [Float]) -> String { values.map(\.description).joined(separator: " ") }
        let used = model.labels.names.count { !$0.isEmpty }
        var rows = [
            ["input", "\(one.inputWidth)x\(one.inputHeight), mean \(list(one.mean)), std \(list(one.std))"],
            ["backbone", one.backbone.title],
            [
                "features",
                "\(one.featureNetwork.title), \(one.width) channels, \(one.depth) cells, fusion \(one.fusion), "
                    + "levels \(one.levels.lowerBound)-\(one.levels.upperBound)",
            ],
            ["heads", "\(one.headDepth) repeats, \(one.classCount) classes (\(used) named)"],
            ["anchors", "\(summary.anchors), smallest \(one.anchorScale.shortest) strides"],
            ["weights", weights.map(Printable.text) ?? "none here (random ones would be used)"],
        ]
        for (title, key) in [("source", "source"), ("licence", "licence"), ("sha256", "source_sha256")] {
            if let text = model.file?.metadata[key] { rows.append([title, Printable.text(text)]) }
        }
        var text = "\(model.name)\n\n" + TextTable.text(rows.map { [$0[0]] }, last: rows.map { $0[1] }) + "\n"
        text += TextTable.text(
            [["", "parameters", "statistics", "tensors", "multiply-adds"]]
                + summary.parts.map { Self.row($0.part.title, $0.count) } + [Self.row("all", summary.whole)])
        return text
            + "\nplan: arena \(Megabytes.text(summary.arenaBytes ?? 0)), "
            + "weights \(Megabytes.text(summary.weightBytes ?? 0)), \(summary.kernels ?? "no") kernels\n"
    }

    private static func row(_ name: String, _ count: Graph.Count) -> [String] {
        [
            name, "\(count.parameters)", "\(count.statistics)", "\(count.tensors)", "\(count.multiplyAdds)",
        ]
    }

    private var json: String {
        let one = model.configuration
        func object(_ count: Graph.Count) -> JSONObject {
            [
                "parameters": .integer(count.parameters), "statistics": .integer(count.statistics),
                "tensors": .integer(count.tensors), "multiply_adds": .integer(count.multiplyAdds),
            ]
        }
        let parts = summary.parts.map { JSONObject.Member($0.part.rawValue, .object(object($0.count))) }
        return JSONOutput.line([
            "model": .string(model.name),
            "input": .array([.integer(one.inputWidth), .integer(one.inputHeight)]),
            "backbone": .string(one.backbone.title), "feature_network": .string(one.featureNetwork.rawValue),
            "width": .integer(one.width), "depth": .integer(one.depth), "head_depth": .integer(one.headDepth),
            "fusion": .string(one.fusion.rawValue),
            "levels": .array([.integer(one.levels.lowerBound), .integer(one.levels.upperBound)]),
            "classes": .integer(one.classCount), "anchors": .integer(summary.anchors),
            "anchor_scale": .number(one.anchorScale),
            "mean": .array(one.mean.map { .number(Double($0.description) ?? .nan) }),
            "std": .array(one.std.map { .number(Double($0.description) ?? .nan) }),
            "count": .object(object(summary.whole)), "parts": .object(JSONObject(parts)),
            "arena_bytes": summary.arenaBytes.map { .integer($0) } ?? .null,
            "weight_bytes": summary.weightBytes.map { .integer($0) } ?? .null,
            "weights": weights.map { .string($0) } ?? .null,
            "source": model.file?.metadata["source"].map { .string($0) } ?? .null,
            "licence": model.file?.metadata["licence"].map { .string($0) } ?? .null,
        ])
    }
}

extension Part {
    var title: String {
        switch self {
        case .backbone: "backbone"
        case .featureNetwork: "features"
        case .classHead: "class head"
        case .boxHead: "box head"
        }
    }
}

extension Double {
    /// `4`, `2.5`.
    fileprivate var shortest: String { self == rounded() ? String(Int(self)) : String(self) }
}
