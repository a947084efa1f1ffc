import Graph

/// How often a map's values lie where: bins of equal width around zero that double when a value lies
/// outside. Values so large or small that no network means them count as no number and as 0.
struct ValueHistogram {
    private static let half = 2048
    private static let least: Float = 1e-25
    private static let most: Float = 1e25
    private var counts = [Int](repeating: 0, count: 2 * half)
    /// What the outermost bins reach; 0 before the first value that is not 0.
    private var reach: Float = 0

    mutating func add(_ values: Span<Float>) {
        var largest: Float = 0
        for i in values.indices where abs(values[i]) <= Self.most { largest = max(largest, abs(values[i])) }
        if largest > max(reach, Self.least) { widen(to: largest) }
        guard reach > 0 else {
            counts[Self.half] += values.count
            return
        }
        let factor = Float(Self.half) / reach
        for i in values.indices where abs(values[i]) <= Self.most {
            let bin = Int((values[i] * factor).rounded(.down)) + Self.half
            counts[min(max(bin, 0), 2 * Self.half - 1)] += 1
        }
    }

    private mutating func widen(to largest: Float) {
        if reach == 0 {
            // Only zeros so far.
            reach = largest
            return
        }
        while reach < largest {
            var merged = [Int](repeating: 0, count: 2 * Self.half)
            for bin in 0..<2 * Self.half {
                merged[(bin - Self.half) >> 1 + Self.half] += counts[bin]
            }
            counts = merged
            reach *= 2
        }
    }

    /// The range with 256 steps whose bytes differ least, in the mean of squares, from the values; where
    /// an activation follows, from what it makes of them.
    func bestRange(before activation: Activation = .none) -> ClosedRange<Float> {
        let width = reach / Float(Self.half)
        let bins = counts.indices.filter { counts[$0] > 0 }.map { bin in
            let centre = (Float(bin - Self.half) + 0.5) * width
            let slope = (activation(centre + width) - activation(centre - width)) / max(2 * width, 1e-20)
            return Bin(centre: centre, count: Float(counts[bin]), result: activation(centre), slope: slope)
        }
        guard reach > 0, let first = bins.first, let last = bins.last else { return 0...0 }
        let low = min(first.centre - width / 2, 0)
        let high = max(last.centre + width / 2, 0)
        var best = (error: Float.infinity, range: low...high)
        for lowPart in low < 0 ? Self.parts : [1] {
            for highPart in high > 0 ? Self.parts : [1] {
                let range = low * lowPart...high * highPart
                let error = Self.error(bins, range, activation)
                if error < best.error { best = (error, range) }
            }
        }
        return best.range
    }

    private struct Bin {
        let centre, count, result, slope: Float
    }

    /// Shares of the whole range that are tried on either side.
    private static let parts: [Float] = (0..<24).map { Float(1) - Float($0) * 0.04 }

    private static func error(_ bins: [Bin], _ range: ClosedRange<Float>, _ activation: Activation) -> Float {
        let step = (range.upperBound - range.lowerBound) / 255
        let ends = (activation(range.lowerBound), activation(range.upperBound))
        var sum: Float = 0
        for bin in bins {
            if bin.centre < range.lowerBound {
                sum += bin.count * (bin.result - ends.0) * (bin.result - ends.0)
            } else if bin.centre > range.upperBound {
                sum += bin.count * (bin.result - ends.1) * (bin.result - ends.1)
            } else {
                sum += bin.count * step * step / 12 * bin.slope * bin.slope
            }
        }
        return sum
    }
}
