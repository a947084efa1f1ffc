import Graph

/// Everything that decides an EfficientDet's shape and meaning.
public struct Configuration: Sendable {
    /// `efficientdet-d0`.
    public var name: String
    public var backbone: Backbone
    /// Network input in pixels.
    public var inputHeight: Int
    public var inputWidth: Int
    /// Channels of the feature network and the heads.
    public var width: Int
    /// Cells of the feature network.
    public var depth: Int
    /// Repeats in each head.
    public var headDepth: Int
    public var featureNetwork: FeatureNetwork = .bifpn
    public var fusion: Fusion.Mode
    public var activation: Activation
    /// Pyramid levels, stride 2^level; 3...7, D7x 3...8.
    public var levels: ClosedRange<Int> = 3...7
    public var classCount = 90
    /// Side of the smallest anchor in strides.
    public var anchorScale: Double
    /// Anchor shapes as (width factor, height factor).
    public var aspectRatios: [(width: Double, height: Double)] = [(1, 1), (1.4, 0.7), (0.7, 1.4)]
    /// Anchor sizes per octave.
    public var octaveScales = 3
    /// On RGB scaled to 0...1.
    public var mean: [Float]
    public var std: [Float]
    /// Batch normalisation's epsilon, everywhere in the TensorFlow-trained models.
    public var normEpsilon = 1e-3

    public var levelCount: Int { levels.count }
    public var anchorsPerPlace: Int { octaveScales * aspectRatios.count }

    /// The colour of the letterbox's border, 0...255: the mean, as effdet fills.
    public var fill: [UInt8] { mean.map { UInt8(max(0, min(255, ($0 * 255).rounded()))) } }

    /// Feature sizes of `levels`, rounded up at every halving from the input.
    public var featureSizes: [(height: Int, width: Int)] {
        var sizes: [(height: Int, width: Int)] = []
        var height = inputHeight
        var width = inputWidth
        for level in 1...levels.upperBound {
            height = (height - 1) / 2 + 1
            width = (width - 1) / 2 + 1
            if levels.contains(level) { sizes.append((height, width)) }
        }
        return sizes
    }
}

/// Which maps meet at which node of a feature network's cell.
public enum FeatureNetwork: String, Sendable, CaseIterable {
    /// Top-down, then bottom-up with the original input (paper, section 3.2).
    case bifpn
    /// Top-down only, repeated.
    case fpn
    /// Top-down, then bottom-up without the original input.
    case panet
    /// Two of each, then their sum (effdet's quad FPN).
    case quad
}

extension Configuration {
    private static let imageNet: (mean: [Float], std: [Float]) = (
        [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    )
    private static let half: (mean: [Float], std: [Float]) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])

    /// The models that exist, smallest first; the table of the authors' code, which does not follow the
    /// formulas of the paper exactly.
    public static let family: [Configuration] = [
        d("d0", 512, .b(0), 64, 3, 3), d("d1", 640, .b(1), 88, 4, 3), d("d2", 768, .b(2), 112, 5, 3),
        d("d3", 896, .b(3), 160, 6, 4), d("d4", 1024, .b(4), 224, 7, 4), d("d5", 1280, .b(5), 288, 7, 4),
        d("d6", 1280, .b(6), 384, 8, 5, .sum), d("d7", 1536, .b(6), 384, 8, 5, .sum, anchorScale: 5),
        d("d7x", 1536, .b(7), 384, 8, 5, .sum, levels: 3...8),
        lite("lite0", 320, .lite(0), 64, 3, 3, anchorScale: 3),
        lite("lite1", 384, .lite(1), 88, 4, 3, anchorScale: 3),
        lite("lite2", 448, .lite(2), 112, 5, 3, anchorScale: 3),
        lite("lite3", 512, .lite(3), 160, 6, 4, anchorScale: 4),
        lite("lite3x", 640, .lite(3), 200, 6, 4, anchorScale: 3),
        lite("lite4", 640, .lite(4), 224, 7, 4, anchorScale: 4),
    ]

    /// The model called `word`: `d0`, `efficientdet-d0`, `efficientdet_d0`, `tf_efficientdet_d0`,
    /// `tf_efficientdet_d0_ap` and so on, capitals ignored; also by scaling: `phi=1.5`, `width=2`. Nil if
    /// there is none.
    public static func named(_ word: String) -> Configuration? {
        var rest = word.lowercased().split(whereSeparator: { $0 == "_" || $0 == "-" }).map(String.init)
        if rest.first == "tf" { rest.removeFirst() }
        if rest.first == "efficientdet" { rest.removeFirst() }
        if rest.count == 1, let scaled = scaled(named: rest[0]) { return scaled }
        let isAdversarial = rest.last == "ap"
        if isAdversarial { rest.removeLast() }
        guard rest.count == 1, var found = family.first(where: { $0.shortName == rest[0] }) else {
            return nil
        }
        if isAdversarial {
            guard found.activation == .swish else { return nil }
            found.name += "-ap"
            (found.mean, found.std) = half
        }
        return found
    }

    /// `d0`.
    public var shortName: String { String(name.dropFirst("efficientdet-".count)) }

    private static func d(
        _ name: String, _ size: Int, _ backbone: Backbone, _ width: Int, _ depth: Int, _ head: Int,
        _ fusion: Fusion.Mode = .fast, anchorScale: Double = 4, levels: ClosedRange<Int> = 3...7
    ) -> Configuration {
        Configuration(
            name: "efficientdet-\(name)", backbone: backbone, inputHeight: size, inputWidth: size,
            width: width,
            depth: depth, headDepth: head, fusion: fusion, activation: .swish, levels: levels,
            anchorScale: anchorScale, mean: imageNet.mean, std: imageNet.std)
    }

    private static func lite(
        _ name: String, _ size: Int, _ backbone: Backbone, _ width: Int, _ depth: Int, _ head: Int,
        anchorScale: Double
    ) -> Configuration {
        Configuration(
            name: "efficientdet-\(name)", backbone: backbone, inputHeight: size, inputWidth: size,
            width: width,
            depth: depth, headDepth: head, fusion: .sum, activation: .relu6, anchorScale: anchorScale,
            mean: half.mean, std: half.std)
    }
}
