/// The space of a `Box`: pixels of the upright source frame.
public enum FramePixels {}
/// The space of a `NetworkBox`: pixels of the network's input.
public enum NetworkPixels {}

/// A box in the pixels of the upright source frame.
public typealias Box = Rectangle<FramePixels>
/// A box in the pixels of the network's input.
public typealias NetworkBox = Rectangle<NetworkPixels>

/// An axis-parallel rectangle with its corners as real numbers; the origin is the top left corner of
/// the top left pixel, x grows to the right, y down. `Space` says whose pixels are meant, so that boxes
/// of the frame and of the network cannot be mixed.
public struct Rectangle<Space>: Sendable, Hashable {
    public var x1: Float
    public var y1: Float
    public var x2: Float
    public var y2: Float

    public init(x1: Float, y1: Float, x2: Float, y2: Float) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
    }

    public var width: Float { x2 - x1 }
    public var height: Float { y2 - y1 }

    /// Zero where a side is not positive.
    public var area: Float { max(width, 0) * max(height, 0) }

    /// Intersection over union with plain areas (no +1), 0 where nothing overlaps.
    public func iou(with other: Self) -> Float {
        let w = min(x2, other.x2) - max(x1, other.x1)
        let h = min(y2, other.y2) - max(y1, other.y1)
        guard w > 0, h > 0 else { return 0 }
        let intersection = w * h
        let union = area + other.area - intersection
        return union > 0 ? intersection / union : 0
    }

    /// The part inside `0...width`, `0...height`.
    public func clipped(width: Float, height: Float) -> Self {
        Self(
            x1: min(max(x1, 0), width), y1: min(max(y1, 0), height),
            x2: min(max(x2, 0), width), y2: min(max(y2, 0), height))
    }
}
