/// A box as COCO writes it: top left corner and size, in pixels of the picture.
public struct COCOBox: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public var area: Double { width * height }

    /// How much of `object` this detection covers, 0...1: intersection over union, or, for a crowd
    /// region, the share of the detection that lies inside it.
    func overlap(with object: COCOBox, isCrowd: Bool) -> Double {
        let w = min(x + width, object.x + object.width) - max(x, object.x)
        let h = min(y + height, object.y + object.height) - max(y, object.y)
        guard w > 0, h > 0 else { return 0 }
        let intersection = w * h
        return intersection / (isCrowd ? area : area + object.area - intersection)
    }
}
