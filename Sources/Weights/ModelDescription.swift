import JSON

/// What a weight file says of its model, from metadata and from the shapes of its tensors.
public struct ModelDescription: Sendable, Hashable {
    /// `tf_efficientdet_lite0`.
    public var model: String?
    /// Name per class; holes are empty. Nil where the file names none, or a well-known set (`coco-90`).
    public var labels: [String]?
    /// Outputs per anchor of the class head.
    public var classCount: Int?
    /// Side of the square input the model was trained for.
    public var imageSize: Int?
    /// On 0...1.
    public var mean: [Float]?
    public var std: [Float]?
    public var aspectRatios: [[Double]]?
    public var anchorScale: Double?
    /// How maps are joined, where the file says so: `fast`, `sum`, …
    public var fusion: String?
    /// Least and largest value of every map, by the node that makes it, for 8-bit maps.
    public var calibration: [String: [Float]]?
    /// Where the weights came from.
    public var source: String?
    /// Of the file that they were read from, in hexadecimal.
    public var sourceDigest: String?

    public init(_ file: TensorFile) {
        let metadata = file.metadata
        func json(_ key: String) -> JSONValue? {
            metadata[key].flatMap { try? JSONParser.parse(Array($0.utf8)) }
        }
        /// `[0.5, 0.5, 0.5]`, or the same without brackets.
        func floats(_ key: String) -> [Float]? {
            guard let text = metadata[key] else { return nil }
            let values = text.filter { !"[] ".contains($0) }.split(separator: ",").compactMap { Float($0) }
            return values.count == 3 && values.allSatisfy(\.isFinite) ? values : nil
        }
        model = metadata["model"]
        labels = json("labels")?.array?.map { $0.string ?? "" }
        imageSize = metadata["image_size"].flatMap { Int($0) }
        mean = floats("mean")
        std = floats("std")
        anchorScale = metadata["anchor_scale"].flatMap { Double($0) }
        aspectRatios = json("aspect_ratios")?.array?.map { $0.array?.compactMap(\.double) ?? [] }
        fusion = metadata["fusion"]
        calibration = json("calibration")?.object.map { object in
            Dictionary(
                object.members.map {
                    ($0.key, $0.value.array?.compactMap { $0.double.map { Float($0) } } ?? [])
                },
                uniquingKeysWith: { $1 })
        }
        source = metadata["source"]
        sourceDigest = metadata["source_sha256"]
        // Nine anchors per place, as in every published model.
        classCount = file.shape(of: "class_net.predict.conv_pw.bias").map { ($0.first ?? 0) / 9 }
    }

    /// The strings of a canonical file's header that say the same.
    public var metadata: [String: String] {
        func text(_ value: JSONValue) -> String {
            var text = JSONText()
            text.value(value)
            return String(decoding: text.bytes, as: UTF8.self)
        }
        /// As decimal as it was written: a float's own digits.
        func list(_ values: [Float]) -> String {
            "[" + values.map(\.description).joined(separator: ", ") + "]"
        }
        var metadata: [String: String] = [:]
        metadata["model"] = model
        metadata["labels"] = labels.map { text(.array($0.map { .string($0) })) }
        metadata["num_classes"] = classCount.map { String($0) }
        metadata["image_size"] = imageSize.map { String($0) }
        metadata["mean"] = mean.map(list)
        metadata["std"] = std.map(list)
        metadata["aspect_ratios"] = aspectRatios.map { ratios in
            text(.array(ratios.map { .array($0.map { .number($0) }) }))
        }
        metadata["anchor_scale"] = anchorScale.map { $0.description }
        metadata["fusion"] = fusion
        metadata["calibration"] = calibration.map { ranges in
            text(
                .object(
                    JSONObject(
                        ranges.sorted { $0.key < $1.key }.map { name, range in
                            .init(name, .array(range.map { .number(Double($0.description) ?? 0) }))
                        })))
        }
        metadata["source"] = source
        metadata["source_sha256"] = sourceDigest
        return metadata
    }
}
