/// How a picture is made smaller or larger.
public enum Resampling: String, Sendable, Hashable {
    /// A triangle as wide as the reduction: every source pixel counts (Pillow's bilinear; what effdet's
    /// validation uses).
    case antialiased = "bilinear-aa"
    /// The two nearest samples by half-pixel centres, whatever the reduction (TensorFlow's bilinear; what
    /// the authors' code uses).
    case plain = "bilinear"
}

/// For one dimension: which source samples make an output sample, and with which weights.
struct ResamplingTaps {
    /// By output sample: first source sample and how many.
    private(set) var first: [UInt32] = []
    private(set) var counts: [UInt32] = []
    /// `[output][most]`; a row sums to 1.
    private(set) var weights: [Float] = []
    private(set) var most = 0

    /// - Parameters:
    ///   - samples: that there are, at least 1.
    ///   - extent: length of the picture in samples; half of an odd width for halved chroma.
    ///   - output: samples wanted, at least 1.
    init(samples: Int, extent: Double, output: Int, _ resampling: Resampling) {
        let scale = extent / Double(output)
        let rows = (0..<output).map { index in
            switch resampling {
            case .antialiased: Self.triangle(centre: (Double(index) + 0.5) * scale, scale, samples)
            case .plain: Self.pair(at: (Double(index) + 0.5) * scale - 0.5, samples)
            }
        }
        most = rows.map(\.weights.count).max() ?? 0
        for row in rows {
            first.append(UInt32(row.first))
            counts.append(UInt32(row.weights.count))
            weights += row.weights + Array(repeating: 0, count: most - row.weights.count)
        }
    }

    private static func triangle(centre: Double, _ scale: Double, _ samples: Int) -> (
        first: Int, weights: [Float]
    ) {
        let support = max(scale, 1)
        let low = min(max(0, Int(centre - support + 0.5)), samples - 1)
        let high = min(max(low + 1, Int(centre + support + 0.5)), samples)
        let raw = (low..<high).map { max(0, 1 - abs((Double($0) - centre + 0.5) / support)) }
        let sum = raw.reduce(0, +)
        return (low, sum > 0 ? raw.map { Float($0 / sum) } : [1] + raw.dropFirst().map { _ in 0 })
    }

    private static func pair(at position: Double, _ samples: Int) -> (first: Int, weights: [Float]) {
        let position = min(max(position, 0), Double(samples - 1))
        let low = min(Int(position), max(samples - 2, 0))
        let fraction = Float(position - Double(low))
        return samples > 1 ? (low, [1 - fraction, fraction]) : (0, [1])
    }
}
