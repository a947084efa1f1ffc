/// Recognises an EfficientDet-Lite in a TFLite graph by following it from the input; names of tensors mean
/// nothing, since converters join and cut them. The layout is that of google/automl's export.
struct TFLiteWalk {
    /// A convolution with its bias; batch normalisation is folded in.
    struct Convolution {
        var operation: Int
        var output: Int
    }

    struct Block {
        var expansion: Convolution?
        var depthwise: Convolution
        var projection: Convolution
        var channels: Int
    }

    /// A node of the feature network.
    struct Node {
        /// Of the inputs that were projected: number in the cell, convolution.
        var projections: [(input: Int, convolution: Convolution)]
        var depthwise: Convolution
        var pointwise: Convolution
    }

    /// One head on one level.
    struct Branch {
        var repeats: [(depthwise: Convolution, pointwise: Convolution)]
        var predictor: (depthwise: Convolution, pointwise: Convolution)
    }

    let model: TFLiteModel
    private(set) var blocks: [Block] = []
    private(set) var stem: Convolution
    private(set) var toLevel6: Convolution
    private(set) var cells: [[Node]] = []
    /// Per level: classes, boxes.
    private(set) var heads: [(classes: Branch, boxes: Branch)] = []
    /// Maps of the highest resolution that go into the heads.
    private(set) var finest: Int

    init(_ model: TFLiteModel) throws(WeightsError) {
        self.model = model
        let follow = TFLiteEdges(model)
        guard let input = model.inputs.first,
            let first = follow.convolutions(of: input, .convolution).first
        else { throw follow.unlike("no convolution reads the input") }
        stem = first
        // Stages change their channels; the third, fifth and seventh end at strides 8, 16 and 32.
        var x = stem.output
        var stage = -1
        var features: [Int: Int] = [:]
        while let (block, output) = follow.block(after: x), blocks.count < 1000 {
            if block.channels != blocks.last?.channels { stage += 1 }
            blocks.append(block)
            x = output
            features[stage] = output
        }
        guard stage == 6, let c3 = features[2], let c4 = features[4], let c5 = features[6] else {
            throw follow.unlike("its backbone has \(stage + 1) stages instead of 7")
        }
        guard let (projection, p6) = follow.pooledProjection(of: c5), let p7 = follow.pooled(p6) else {
            throw follow.unlike("no convolution and pooling make level 6 and 7 of stride 32")
        }
        toLevel6 = projection
        var maps = [c3, c4, c5, p6, p7]
        let fusions = follow.fusions()
        while let (cell, outputs) = try follow.cell(on: maps, fusions), cells.count < 20 {
            cells.append(cell)
            maps = outputs
        }
        guard !cells.isEmpty else { throw follow.unlike("its feature network is no BiFPN without weights") }
        finest = maps[0]
        for (level, map) in maps.enumerated() {
            let branches = try follow.branches(on: map)
            guard branches.count == 2 else {
                throw follow.unlike("level \(level + 3) has \(branches.count) heads instead of 2")
            }
            heads.append(
                follow.isClass(branches[0]) ? (branches[0], branches[1]) : (branches[1], branches[0]))
        }
    }
}
