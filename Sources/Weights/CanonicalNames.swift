/// Brings the names of the known implementations to effdet's `tf_` names, whatever container they came in.
enum CanonicalNames {
    static func apply(to contents: FileContents, path: String) throws(WeightsError) -> FileContents {
        var contents = contents
        if ZyloNames.recognises(contents.tensors) {
            contents.tensors = ZyloNames.canonical(contents.tensors)
            contents.metadata["source"] = contents.metadata["source"] ?? "zylo117"
        } else if CheckpointNames.recognises(contents.tensors) {
            if CheckpointNames.isLite(contents.tensors) {
                // The authors feed their Lite models (x - 127) / 128.
                contents.metadata["mean"] = contents.metadata["mean"] ?? list(127.0 / 255)
                contents.metadata["std"] = contents.metadata["std"] ?? list(128.0 / 255)
            }
            contents.tensors = try CheckpointNames.canonical(contents.tensors, path: path)
            contents.metadata["source"] = contents.metadata["source"] ?? "google/automl"
        } else {
            contents.tensors = repeatFirst(contents.tensors)
        }
        return contents
    }

    private static func list(_ value: Double) -> String { "[\(value), \(value), \(value)]" }

    /// Some effdet models number the heads' normalisations level first, `bn_rep.LEVEL.REPEAT.weight`; the
    /// missing `.bn` tells.
    private static func repeatFirst(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
        var renamed: [String: StoredTensor] = [:]
        for (name, tensor) in tensors {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            if parts.count == 5, parts[0].hasSuffix("_net"), parts[1] == "bn_rep", Int(parts[2]) != nil,
                Int(parts[3]) != nil
            {
                renamed["\(parts[0]).bn_rep.\(parts[3]).\(parts[2]).bn.\(parts[4])"] = tensor
            } else {
                renamed[name] = tensor
            }
        }
        return renamed
    }
}
