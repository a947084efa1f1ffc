import Frames

/// A synthetic picture of moving shapes whose boxes are known, the same for the same seed on every
/// machine. Positions are a function of the frame's number alone, so any frame can be asked for.
public struct TestPattern: Sendable, Hashable {
    public var width = 1280
    public var height = 720
    /// Frames per second, 1...1000.
    public var rate = 30
    /// Number of shapes, 0...1000.
    public var objects = 5
    public var seed: UInt64 = 1
    /// Frames come at `rate` in real time, as from a camera.
    public var isLive = false

    public init() {}

    /// Reads `size=1280x720,rate=30,objects=5,seed=1,live`, each part at most once and optional.
    init(options: Substring) throws(CaptureError) {
        func fail(_ reason: String) -> CaptureError {
            .badSpec(Redaction.shown("testsrc:\(options)"), reason: reason)
        }
        for part in options.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? pair[1] : nil
            switch (String(pair[0]), value) {
            case ("live", nil): isLive = true
            case ("size", let value?):
                let sides = value.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
                guard sides.count == 2, let width = sides[0], let height = sides[1],
                    (16...4096).contains(width), (16...4096).contains(height)
                else { throw fail("size is WIDTHxHEIGHT, each 16 to 4096") }
                (self.width, self.height) = (width, height)
            case ("rate", let value?):
                guard let rate = Int(value), (1...1000).contains(rate) else {
                    throw fail("rate is 1 to 1000 frames a second")
                }
                self.rate = rate
            case ("objects", let value?):
                guard let objects = Int(value), (0...1000).contains(objects) else {
                    throw fail("objects is 0 to 1000")
                }
                self.objects = objects
            case ("seed", let value?):
                guard let seed = UInt64(value) else { throw fail("seed is a whole number") }
                self.seed = seed
            default: throw fail("it takes size=WxH, rate=N, objects=N, seed=N and live")
            }
        }
    }

    /// What is drawn inside a box.
    public enum Shape: Sendable, Hashable, CaseIterable {
        case rectangle, ellipse, triangle
    }

    /// One moving shape at one moment. Boxes have whole pixels and lie inside the frame.
    public struct Object: Sendable, Hashable {
        public var shape: Shape
        public var box: Box
        /// Y, U, V in studio range of BT.601.
        public var color: [3 of UInt8]

        public static func == (a: Self, b: Self) -> Bool {
            a.shape == b.shape && a.box == b.box
                && (a.color[0], a.color[1], a.color[2]) == (b.color[0], b.color[1], b.color[2])
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(shape)
            hasher.combine(box)
        }
    }

    /// The shapes of frame `index` in drawing order; later ones cover earlier ones.
    public func objects(atFrame index: Int) -> [Object] {
        var random = SplitMix64(state: seed)
        return (0..<objects).map { _ in
            let smaller = min(width, height)
            let shape = Shape.allCases[random.below(Shape.allCases.count)]
            let w = smaller / 10 + random.below(max(smaller / 4, 1)) + 2
            let h = smaller / 10 + random.below(max(smaller / 4, 1)) + 2
            let x = position(index, span: width - w, random: &random)
            let y = position(index, span: height - h, random: &random)
            // Even corners keep the halved chroma planes of the shape exact.
            let (left, top) = (x & ~1, y & ~1)
            let box = Box(
                x1: Float(left), y1: Float(top), x2: Float(left + (w & ~1)), y2: Float(top + (h & ~1)))
            let color: [3 of UInt8] = [
                UInt8(60 + random.below(170)), UInt8(20 + random.below(216)), UInt8(20 + random.below(216)),
            ]
            return Object(shape: shape, box: box, color: color)
        }
    }

    /// There and back again between 0 and `span`, from a random place, in integers only: 8.8 fixed
    /// point pixels a frame.
    private func position(_ index: Int, span: Int, random: inout SplitMix64) -> Int {
        let start = random.below(max(span, 1) * 2)
        let speed = 32 + random.below(max(span, 1) * 256 / max(rate * 4, 1) + 1)
        guard span > 0 else { return 0 }
        let way = (start + (index &* speed) >> 8) % (2 * span)
        return way <= span ? way : 2 * span - way
    }
}

/// Sebastiano Vigna's splitmix64: one addition and two multiplications, the same everywhere.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0..<limit.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
