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
        // Nine anchors per place, as in every published model.
        classCount = file.shape(of: "class_net.predict.conv_pw.bias").map { ($0.first ?? 0) / 9 }
    }
}
