import Foundation
import JSON
import Logs

@testable import Evaluation

/// Annotations, results and what pycocotools said of them (Tools/evaluation/make_fixtures.py).
struct Fixture {
    let name: String
    let annotations: Annotations
    let results: [DetectionResult]
    /// The twelve numbers in the order of `COCOMetric.allCases`; -1 is undefined.
    let stats: [Double]
    /// AP and AP50 by category id; nil where the class has no objects.
    let classes: [Int: [Double]?]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/evaluation")

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }.sorted()
    }

    init(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
        let root = try JSONParser.parse(bytes).object ?? [:]
        self.name = root["name"]?.string ?? ""
        annotations = try Annotations.parse(Self.text(root["annotations"]))
        results = try DetectionResult.parse(Self.text(root["results"]))
        stats = root["stats"]?.array?.compactMap(\.double) ?? []
        let rows = root["classes"]?.object?.members ?? []
        classes = Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (Int(row.key) ?? -1, row.value.array.map { $0.compactMap(\.double) })
            })
    }

    private static func text(_ value: JSONValue?) -> [UInt8] {
        var text = JSONText()
        text.value(value ?? .null)
        return text.bytes
    }
}
