/// The names of zylo117/Yet-Another-EfficientDet-Pytorch, and effdet's for them.
enum ZyloNames {
    private static let stem = "backbone_net.model._conv_stem.conv.weight"

    static func recognises(_ tensors: [String: StoredTensor]) -> Bool { tensors[stem] != nil }

    /// The same tensors under effdet's names. Names that are not known stay as they are.
    static func canonical(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
        let blocks = BlockNumbering { block in
            tensors["backbone_net.model._blocks.\(block)._project_conv.conv.weight"]?.shape.first
        }
        let nodes = Nodes(hasLevel8: tensors["bifpn.0.conv8_down.pointwise_conv.conv.weight"] != nil)
        // From D6 on the file holds fusion weights that its network does not use: it sums.
        let sums = (tensors["bifpn.0.p5_to_p6.0.conv.weight"]?.shape.first ?? 0) >= 384
        var renamed: [String: StoredTensor] = [:]
        for (name, tensor) in tensors {
            let parts = name.split(separator: ".").map(String.init)
            if sums, parts.count == 3, parts[0] == "bifpn", isFusionWeight(parts[2]) { continue }
            renamed[effdet(parts, blocks, nodes) ?? name] = tensor
        }
        return renamed
    }

    /// `p4_w1`.
    private static func isFusionWeight(_ part: String) -> Bool {
        part.hasPrefix("p") && (part.hasSuffix("_w1") || part.hasSuffix("_w2"))
    }

    private static func effdet(_ parts: [String], _ blocks: BlockNumbering, _ nodes: Nodes) -> String? {
        guard let leaf = parts.last else { return nil }
        switch parts[0] {
        case "backbone_net" where parts.count > 3 && parts[1] == "model": return backbone(parts, leaf, blocks)
        case "bifpn" where parts.count > 2: return featureNetwork(parts, leaf, nodes)
        case "classifier": return head("class_net", parts, leaf)
        case "regressor": return head("box_net", parts, leaf)
        default: return nil
        }
    }

    private static func backbone(_ parts: [String], _ leaf: String, _ blocks: BlockNumbering) -> String? {
        switch parts[2] {
        case "_conv_stem": return "backbone.conv_stem.\(leaf)"
        case "_bn0": return "backbone.bn1.\(leaf)"
        case "_blocks":
            guard parts.count > 5, let number = Int(parts[3]), let place = blocks[number] else { return nil }
            let module: String? =
                switch (parts[4], place.stage) {
                case ("_depthwise_conv", _): "conv_dw"
                case ("_se_reduce", _): "se.conv_reduce"
                case ("_se_expand", _): "se.conv_expand"
                // The first stage does not expand: its normalisations count from one less.
                case ("_bn1", 0): "bn1"
                case ("_project_conv", 0): "conv_pw"
                case ("_bn2", 0): "bn2"
                case ("_expand_conv", _): "conv_pw"
                case ("_bn0", _): "bn1"
                case ("_bn1", _): "bn2"
                case ("_project_conv", _): "conv_pwl"
                case ("_bn2", _): "bn3"
                default: nil
                }
            return module.map { "backbone.blocks.\(place.stage).\(place.block).\($0).\(leaf)" }
        default: return nil
        }
    }

    /// Which node of a cell a name belongs to.
    private struct Nodes {
        /// Nodes in order: up to the lowest level, then down to the highest.
        let names: [String]
        /// Projections of the backbone's maps: name, node, input.
        let projections: [String: (node: Int, input: Int)]
        let levels: [Int]

        init(hasLevel8: Bool) {
            let top = hasLevel8 ? 8 : 7
            let up = (3..<top).reversed()
            let down = 4...top
            names = up.map { "conv\($0)_up" } + down.map { "conv\($0)_down" }
            levels = Array(up) + Array(down)
            let lowest = up.count - 1
            projections = [
                "p3_down_channel": (lowest, 0),
                "p4_down_channel": (lowest - 1, 1), "p4_down_channel_2": (lowest + 1, 1),
                "p5_down_channel": (lowest - 2, 2), "p5_down_channel_2": (lowest + 2, 2),
            ]
        }

        /// `p6_w1` weighs the way up, `p4_w2` the way down.
        func fusion(_ name: String) -> Int? {
            guard let level = name.dropFirst().first?.wholeNumberValue else { return nil }
            if name.hasSuffix("_w1") { return levels.firstIndex(of: level) }
            return name.hasSuffix("_w2") ? levels.lastIndex(of: level) : nil
        }
    }

    private static func featureNetwork(_ parts: [String], _ leaf: String, _ nodes: Nodes) -> String? {
        guard let cell = Int(parts[1]) else { return nil }
        if parts[2] == "p5_to_p6" { return projection("fpn.resample.3", parts, leaf) }
        if let (node, input) = nodes.projections[parts[2]] {
            return projection("fpn.cell.\(cell).fnode.\(node).combine.resample.\(input)", parts, leaf)
        }
        if let node = nodes.names.firstIndex(of: parts[2]), parts.count > 4 {
            let conv = "fpn.cell.\(cell).fnode.\(node).after_combine.conv"
            switch parts[3] {
            case "depthwise_conv": return "\(conv).conv_dw.\(leaf)"
            case "pointwise_conv": return "\(conv).conv_pw.\(leaf)"
            case "bn": return "\(conv).bn.\(leaf)"
            default: return nil
            }
        }
        guard parts.count == 3, isFusionWeight(parts[2]), let node = nodes.fusion(parts[2]) else {
            return nil
        }
        return "fpn.cell.\(cell).fnode.\(node).combine.edge_weights"
    }

    /// `….0.conv.weight` is the convolution, `….1.weight` its normalisation.
    private static func projection(_ prefix: String, _ parts: [String], _ leaf: String) -> String? {
        switch parts[3] {
        case "0": "\(prefix).conv.conv.\(leaf)"
        case "1": "\(prefix).conv.bn.\(leaf)"
        default: nil
        }
    }

    private static func head(_ prefix: String, _ parts: [String], _ leaf: String) -> String? {
        guard parts.count > 3 else { return nil }
        func convolution(_ name: String) -> String? {
            switch name {
            case "depthwise_conv": "conv_dw"
            case "pointwise_conv": "conv_pw"
            default: nil
            }
        }
        switch parts[1] {
        case "header": return convolution(parts[2]).map { "\(prefix).predict.\($0).\(leaf)" }
        case "conv_list": return convolution(parts[3]).map { "\(prefix).conv_rep.\(parts[2]).\($0).\(leaf)" }
        // Level first there.
        case "bn_list": return "\(prefix).bn_rep.\(parts[3]).\(parts[2]).bn.\(leaf)"
        default: return nil
        }
    }
}

/// From a block's number through the whole backbone to its stage and its number there: the output channels
/// change from stage to stage and nowhere else.
struct BlockNumbering {
    private let places: [(stage: Int, block: Int)]

    /// - Parameter channels: The output channels of a block, nil after the last.
    init(channels: (Int) -> Int?) {
        var places: [(stage: Int, block: Int)] = []
        var last: Int?
        // B7 has 55 blocks.
        while places.count < 1000, let now = channels(places.count) {
            if let previous = places.last {
                places.append(now == last ? (previous.stage, previous.block + 1) : (previous.stage + 1, 0))
            } else {
                places.append((0, 0))
            }
            last = now
        }
        self.places = places
    }

    subscript(number: Int) -> (stage: Int, block: Int)? {
        places.indices.contains(number) ? places[number] : nil
    }
}
