/// The names of google/automl's TensorFlow checkpoints, and effdet's for them. Kernels are turned from
/// TensorFlow's order (height, width, in, out) to PyTorch's.
enum CheckpointNames {
    static func recognises(_ tensors: [String: StoredTensor]) -> Bool {
        tensors.keys.contains { $0.hasPrefix("efficientnet-") && $0.hasSuffix("/stem/conv2d/kernel") }
    }

    /// Whether the backbone is one of the Lite family.
    static func isLite(_ tensors: [String: StoredTensor]) -> Bool {
        tensors.keys.contains { $0.hasPrefix("efficientnet-lite") }
    }

    /// The same tensors under effdet's names. Names that are not known stay as they are.
    static func canonical(_ tensors: [String: StoredTensor], path: String) throws(WeightsError)
        -> [String: StoredTensor]
    {
        let backbone = tensors.keys.first { $0.hasSuffix("/stem/conv2d/kernel") }?.split(separator: "/").first
        let blocks = BlockNumbering { block in
            let prefix = "\(backbone ?? "")/blocks_\(block)"
            return (tensors["\(prefix)/conv2d_1/kernel"] ?? tensors["\(prefix)/conv2d/kernel"])?.shape.last
        }
        var renamed: [String: StoredTensor] = [:]
        var edges: [String: [Int: StoredTensor]] = [:]
        for (name, tensor) in tensors {
            let parts = name.split(separator: "/").map(String.init)
            if let (node, place) = edge(parts), tensor.shape.isEmpty {
                edges[node, default: [:]][place] = tensor
            } else if let known = effdet(parts, blocks) {
                let axes = parts.last == "depthwise_kernel" ? [2, 3, 0, 1] : [3, 2, 0, 1]
                let isKernel = parts.last?.hasSuffix("kernel") == true
                renamed[known] = isKernel ? tensor.permuted(axes) ?? tensor : tensor
            } else {
                renamed[name] = tensor
            }
        }
        for (node, scalars) in edges {
            var values: [Float] = []
            for place in 0..<scalars.count {
                guard let scalar = scalars[place] else {
                    throw .missing(tensor: "WSM_\(place) of \(node)", shape: [])
                }
                values += try scalar.floats()
            }
            renamed[node] = try StoredTensor(node, shape: [values.count], values: values, path: path)
        }
        return renamed
    }

    /// `fpn_cells/cell_C/fnodeN/WSM_P`: one scalar for each of a node's inputs.
    private static func edge(_ parts: [String]) -> (node: String, place: Int)? {
        guard parts.count == 4, parts[0] == "fpn_cells", let cell = number(parts[1], after: "cell_"),
            let node = number(parts[2], after: "fnode")
        else { return nil }
        let name = "fpn.cell.\(cell).fnode.\(node).combine.edge_weights"
        if parts[3] == "WSM" { return (name, 0) }
        return number(parts[3], after: "WSM_").map { (name, $0) }
    }

    private static func number(_ text: String, after prefix: String) -> Int? {
        text.hasPrefix(prefix) ? Int(text.dropFirst(prefix.utf8.count)) : nil
    }

    private static func effdet(_ parts: [String], _ blocks: BlockNumbering) -> String? {
        guard let last = parts.last, let leaf = leaves[last] else { return nil }
        if parts[0].hasPrefix("efficientnet-") { return backbone(parts, leaf, blocks) }
        switch parts[0] {
        case "resample_p6" where parts.count == 3: return resampling("fpn.resample.3", parts[1], leaf)
        case "fpn_cells" where parts.count == 6: return node(parts, leaf)
        case "class_net" where parts.count == 3: return head("class_net", "class", parts, leaf)
        case "box_net" where parts.count == 3: return head("box_net", "box", parts, leaf)
        default: return nil
        }
    }

    private static let leaves = [
        "kernel": "weight", "depthwise_kernel": "weight", "pointwise_kernel": "weight", "bias": "bias",
        "gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
    ]

    private static func backbone(_ parts: [String], _ leaf: String, _ blocks: BlockNumbering) -> String? {
        if parts.count == 4, parts[1] == "stem" {
            return parts[2] == "conv2d" ? "backbone.conv_stem.\(leaf)" : "backbone.bn1.\(leaf)"
        }
        guard parts.count >= 4, let number = number(parts[1], after: "blocks_"), let place = blocks[number]
        else { return nil }
        let module: String? =
            switch (parts[2], parts[3], place.stage) {
            case ("depthwise_conv2d", _, _): "conv_dw"
            case ("se", "conv2d", _): "se.conv_reduce"
            case ("se", "conv2d_1", _): "se.conv_expand"
            // The expansion, or in the first stage, which does not expand, the projection.
            case ("conv2d", _, _): "conv_pw"
            case ("conv2d_1", _, _): "conv_pwl"
            case ("tpu_batch_normalization", _, _): "bn1"
            case ("tpu_batch_normalization_1", _, _): "bn2"
            case ("tpu_batch_normalization_2", _, _): "bn3"
            default: nil
            }
        return module.map { "backbone.blocks.\(place.stage).\(place.block).\($0).\(leaf)" }
    }

    private static func resampling(_ prefix: String, _ module: String, _ leaf: String) -> String? {
        switch module {
        case "conv2d": "\(prefix).conv.conv.\(leaf)"
        case "bn": "\(prefix).conv.bn.\(leaf)"
        default: nil
        }
    }

    private static func node(_ parts: [String], _ leaf: String) -> String? {
        guard let cell = number(parts[1], after: "cell_"), let node = number(parts[2], after: "fnode") else {
            return nil
        }
        let prefix = "fpn.cell.\(cell).fnode.\(node)"
        // `resample_I_O_T`: the Ith input of the node, map O of the cell, T maps so far.
        let pieces = parts[3].split(separator: "_")
        if pieces.count == 4, pieces[0] == "resample" {
            return resampling("\(prefix).combine.resample.\(pieces[2])", parts[4], leaf)
        }
        guard parts[3].hasPrefix("op_after_combine") else { return nil }
        switch (parts[4], parts[5]) {
        case ("conv", "depthwise_kernel"): return "\(prefix).after_combine.conv.conv_dw.weight"
        case ("conv", _): return "\(prefix).after_combine.conv.conv_pw.\(leaf)"
        case ("bn", _): return "\(prefix).after_combine.conv.bn.\(leaf)"
        default: return nil
        }
    }

    private static func head(_ prefix: String, _ word: String, _ parts: [String], _ leaf: String) -> String? {
        let convolution = parts[2] == "depthwise_kernel" ? "conv_dw.weight" : "conv_pw.\(leaf)"
        let pieces = parts[1].split(separator: "-").map(String.init)
        guard pieces.count >= 2, pieces[0] == word else { return nil }
        if pieces[1] == "predict" { return "\(prefix).predict.\(convolution)" }
        guard let index = Int(pieces[1]) else { return nil }
        if pieces.count == 2 { return "\(prefix).conv_rep.\(index).\(convolution)" }
        // `class-R-bn-LEVEL`.
        guard pieces.count == 4, pieces[2] == "bn", let level = Int(pieces[3]) else { return nil }
        return "\(prefix).bn_rep.\(index).\(level - 3).bn.\(leaf)"
    }
}
