import Glibc

/// One anchor in network pixels.
public struct Anchor: Sendable, Hashable {
    public var centreX: Float
    public var centreY: Float
    public var width: Float
    public var height: Float
}

/// What the box head says of an anchor (paper's Faster R-CNN coding, no variances).
public struct BoxCode: Sendable, Hashable {
    public var ty: Float
    public var tx: Float
    public var th: Float
    public var tw: Float

    public init(ty: Float, tx: Float, th: Float, tw: Float) {
        self.ty = ty
        self.tx = tx
        self.th = th
        self.tw = tw
    }
}

/// The anchors of a network input, numbered by level, row, column, octave, ratio. They are computed when
/// asked for: a network looks at a few hundred of its tens of thousands.
public struct Anchors: Sendable {
    private struct Level: Sendable {
        var start: Int
        var columns: Int
        var strideY: Double
        var strideX: Double
    }

    private let levels: [Level]
    /// Sides in strides, by octave and ratio.
    private let shapes: [(width: Double, height: Double)]
    public let count: Int
    /// First anchor of every level.
    public var levelStarts: [Int] { levels.map(\.start) }

    public init(_ configuration: Configuration) {
        shapes = (0..<configuration.octaveScales).flatMap { octave in
            let side = configuration.anchorScale * pow(2, Double(octave) / Double(configuration.octaveScales))
            return configuration.aspectRatios.map { (width: side * $0.width, height: side * $0.height) }
        }
        var start = 0
        var levels: [Level] = []
        for size in configuration.featureSizes {
            // Real division: strides are not whole where the input is no multiple of 2^level.
            levels.append(
                Level(
                    start: start, columns: size.width,
                    strideY: Double(configuration.inputHeight) / Double(size.height),
                    strideX: Double(configuration.inputWidth) / Double(size.width)))
            start += size.height * size.width * configuration.anchorsPerPlace
        }
        self.levels = levels
        count = start
    }

    /// - Precondition: `index` is below `count`.
    public subscript(index: Int) -> Anchor {
        precondition(index >= 0 && index < count, "anchor \(index) of \(count)")
        var level = levels[0]
        for candidate in levels where candidate.start <= index { level = candidate }
        let (place, kind) = (index - level.start).quotientAndRemainder(dividingBy: shapes.count)
        let (row, column) = place.quotientAndRemainder(dividingBy: level.columns)
        return Anchor(
            centreX: Float((Double(column) + 0.5) * level.strideX),
            centreY: Float((Double(row) + 0.5) * level.strideY),
            width: Float(shapes[kind].width * level.strideX),
            height: Float(shapes[kind].height * level.strideY))
    }
}
