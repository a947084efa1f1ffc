/// An EfficientNet (Tan, Le 2019) scaled in width and depth; without its head.
public struct Backbone: Sendable, Hashable {
    public struct Stage: Sendable, Hashable {
        public var repeats: Int
        public var kernel: Int
        /// Of the first block; the others have 1.
        public var stride: Int
        /// Factor of the inner width; 1 means a block without expansion.
        public var expansion: Int
        public var channels: Int
    }

    public var stem: Int
    public var stages: [Stage]
    public var hasSqueezeExcite: Bool

    /// B0 before scaling.
    private static let base = [
        Stage(repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
        Stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
        Stage(repeats: 2, kernel: 5, stride: 2, expansion: 6, channels: 40),
        Stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 80),
        Stage(repeats: 3, kernel: 5, stride: 1, expansion: 6, channels: 112),
        Stage(repeats: 4, kernel: 5, stride: 2, expansion: 6, channels: 192),
        Stage(repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
    ]

    /// (width, depth) of B0...B7; the Lite models use the first five.
    private static let factors: [(width: Double, depth: Double)] = [
        (1, 1), (1, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8), (1.6, 2.2), (1.8, 2.6), (2, 3.1),
    ]

    /// EfficientNet-B`index`.
    /// - Precondition: `index` is 0...7.
    public static func b(_ index: Int) -> Backbone {
        scaled(width: factors[index].width, depth: factors[index].depth)
    }

    /// Between two of B0...B7: their factors, interpolated; B7 beyond it.
    /// - Precondition: `index` is not negative.
    public static func b(_ index: Double) -> Backbone {
        let last = factors.count - 1
        let low = min(Int(index), last)
        let high = min(low + 1, last)
        let share = min(index - Double(low), 1)
        return scaled(
            width: factors[low].width + share * (factors[high].width - factors[low].width),
            depth: factors[low].depth + share * (factors[high].depth - factors[low].depth))
    }

    /// EfficientNet-Lite`index`: no squeeze-and-excite, the stem is not scaled, the first and the last
    /// stage not deepened.
    /// - Precondition: `index` is 0...4.
    public static func lite(_ index: Int) -> Backbone {
        var backbone = scaled(width: factors[index].width, depth: factors[index].depth)
        backbone.stem = 32
        backbone.stages[0].repeats = base[0].repeats
        backbone.stages[6].repeats = base[6].repeats
        backbone.hasSqueezeExcite = false
        return backbone
    }

    /// Any width and depth factor.
    public static func scaled(width: Double, depth: Double) -> Backbone {
        let stages = base.map { stage in
            var stage = stage
            stage.repeats = Int((depth * Double(stage.repeats)).rounded(.up))
            stage.channels = rounded(stage.channels, width)
            return stage
        }
        return Backbone(stem: rounded(32, width), stages: stages, hasSqueezeExcite: true)
    }

    /// The nearest multiple of 8, not more than 10 % below.
    private static func rounded(_ channels: Int, _ factor: Double) -> Int {
        let wanted = Double(channels) * factor
        var result = max(8, Int(wanted + 4) / 8 * 8)
        if Double(result) < 0.9 * wanted { result += 8 }
        return result
    }
}
