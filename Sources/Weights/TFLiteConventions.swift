import JSON

/// What a TFLite file says beside the weights: input size and normalisation, anchors, labels.
enum TFLiteConventions {
    static func describe(_ walk: TFLiteWalk, into contents: inout FileContents) throws(WeightsError) {
        let model = walk.model
        guard let input = model.inputs.first, model.tensors[input].shape.count == 4 else { return }
        let size = model.tensors[input].shape[1]
        contents.metadata["image_size"] = String(size)
        contents.metadata["fusion"] = "sum"
        contents.metadata["source"] = "TFLite"
        let (mean, std) = try normalization(model, input)
        contents.metadata["mean"] = list(Array(repeating: mean, count: 3))
        contents.metadata["std"] = list(Array(repeating: std, count: 3))
        if let (scale, ratios) = try anchors(walk, size: size) {
            contents.metadata["anchor_scale"] = "\(scale)"
            contents.metadata["aspect_ratios"] = "[" + ratios.map(list).joined(separator: ", ") + "]"
        }
        if let labels = labels(model.reader) { contents.metadata["labels"] = labels }
    }

    private static func list(_ values: [Double]) -> String {
        "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    }

    /// Mean and deviation on 0...1: of an integer input by its scale and zero point, else as the authors
    /// export, (x - 127) / 128.
    private static func normalization(_ model: TFLiteModel, _ input: Int) throws(WeightsError)
        -> (mean: Double, std: Double)
    {
        let fallback = (mean: 127.0 / 255, std: 128.0 / 255)
        guard model.tensors[input].type != 0, let scaling = try model.scaling(input),
            let scale = scaling.scales.first, let zero = scaling.zeroPoints.first, scale.isFinite, scale > 0
        else { return fallback }
        // Signed integers count from -128.
        let offset = model.tensors[input].type == 9 ? 128.0 : 0
        return ((Double(zero) + offset) / 255, 1 / (255 * Double(scale)))
    }

    /// From the post-processing operation's anchors [N, 4] = (cy, cx, h, w) over the input's size, nine per
    /// place, octaves outside, ratios inside; the first of them is square.
    private static func anchors(_ walk: TFLiteWalk, size: Int) throws(WeightsError)
        -> (scale: Double, ratios: [[Double]])?
    {
        let model = walk.model
        guard let operation = model.operations.first(where: { $0.kind == .detectionPostProcess }),
            operation.inputs.count == 3, let tensor = try model.constant(operation.inputs[2], "anchors"),
            tensor.shape.count == 2, tensor.shape[1] == 4, tensor.shape[0] >= 9, tensor.type == .float32,
            model.tensors[walk.finest].shape.count == 4, model.tensors[walk.finest].shape[1] > 0
        else { return nil }
        let values = try tensor.floats()
        let stride = 1 / Double(model.tensors[walk.finest].shape[1])
        let scale = Double(values[2]) / stride
        guard scale.isFinite, scale > 0 else { return nil }
        let ratios = (0..<3).map { anchor -> [Double] in
            [Double(values[anchor * 4 + 3]), Double(values[anchor * 4 + 2])].map {
                rounded($0 / stride / scale)
            }
        }
        guard ratios.allSatisfy({ $0.allSatisfy { $0.isFinite && $0 > 0 } }) else { return nil }
        return (rounded(scale), ratios)
    }

    /// To five decimals: the file holds floats of 24 bits.
    private static func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }

    /// The label list in the zip archive that TFLite's metadata tools append, one label a line (`???` where
    /// there is none), as a JSON array.
    private static func labels(_ reader: ByteReader) -> String? {
        guard var archive = try? ZipArchive(reader),
            let entry = archive.entries.first(where: { $0.name.hasSuffix(".txt") && $0.size < 1 << 20 }),
            let place = try? archive.contents(of: entry),
            let bytes = try? place.reader.array(at: place.offset, count: entry.size)
        else { return nil }
        var lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        while lines.last?.isEmpty == true { lines.removeLast() }
        var text = JSONText()
        text.array { for line in lines { $0.string(line == "???" ? "" : String(line)) } }
        return String(decoding: text.bytes, as: UTF8.self)
    }
}
