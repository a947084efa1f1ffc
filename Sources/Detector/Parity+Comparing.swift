import EfficientDet
import Engine
import Frames
import Weights

/// One reference tensor of a golden.
struct Reference {
    /// `tap.fpn.0.p3`, or `tap.class.p3.s2` for every second row and column.
    let name: String
    let tap: String
    let step: Int

    init(_ name: String) {
        self.name = name
        let isThinned = name.hasSuffix(".s2")
        tap = String(name.dropFirst("tap.".count).dropLast(isThinned ? 3 : 0))
        step = isThinned ? 2 : 1
    }

    /// From the network's input to its outputs: the first that fails is where to look.
    var order: String {
        let stage = ["c", "fpn.", "class.", "box."].firstIndex { tap.hasPrefix($0) } ?? 4
        return (tap.hasPrefix("class.") || tap.hasPrefix("box.") ? "9" : "\(stage)") + tap
    }

    func compare(_ golden: TensorFile, _ plan: Plan, allowed: Double, tolerance: Double?) throws -> Parity.Tap
    {
        let expected = try golden.floats(name) as (shape: [Int], values: [Float])
        return try plan.withTensor(tap) { found, shape in
            let height = (shape.height + step - 1) / step
            let width = (shape.width + step - 1) / step
            guard expected.shape == [1, shape.channels, height, width] else {
                throw WeightsError.wrongShape(
                    tensor: name, expected: [1, shape.channels, height, width], found: expected.shape)
            }
            var (error, norm, largest) = (0.0, 0.0, 0.0)
            var at = 0
            for channel in 0..<shape.channels {
                for y in 0..<height {
                    for x in 0..<width {
                        let want = Double(expected.values[at])
                        let place = (y * step * shape.width + x * step) * shape.channels + channel
                        let difference = abs(want - Double(found[place]))
                        error += difference * difference
                        norm += want * want
                        // A NaN must not hide behind a comparison.
                        largest = difference.isNaN ? .infinity : max(largest, difference)
                        at += 1
                    }
                }
            }
            let relative = error == 0 ? 0 : (error / norm).squareRoot()
            return Parity.Tap(
                name: name, relative: relative.isNaN ? .infinity : relative, allowed: allowed,
                largest: largest, tolerance: tolerance)
        }
    }
}

/// How far detections may be from the reference to be the same.
struct DetectionBounds {
    /// Pixels of the network's input.
    let box: Float
    let score: Float
    /// Rows below this score may be absent on either side.
    var certain: Float = 0
    /// Suppression may keep another of boxes that nearly tie, or one whose overlap nearly reaches its limit:
    /// a row is not alone where a row of its class on the other side overlaps it (IoU) this much.
    var tie: Float = 2

    /// Where the golden names none, or its own do not hold.
    static func usual(_ precision: Precision) -> DetectionBounds {
        switch precision {
        case .f32: DetectionBounds(box: 0.25, score: 2e-3)
        case .bf16: DetectionBounds(box: 1, score: 0.03, certain: 0.08, tie: 0.4)
        case .int8: DetectionBounds(box: 16, score: 0.15, certain: 0.2, tie: 0.4)
        }
    }

    /// - Parameters:
    ///   - rows: x1, y1, x2, y2, score, class id.
    ///   - lowest: rows whose score is within the tolerance of it may be absent on either side.
    func compare(
        _ name: String, _ rows: [Float], _ found: [NetworkDetection], firstID: Int, lowest: Float
    ) -> Parity.Detections {
        var open = found
        var (worstBox, worstScore): (Float, Float) = (0, 0)
        let expected = stride(from: 0, through: rows.count - 6, by: 6).map { Array(rows[$0..<$0 + 6]) }
        var alone: [[Float]] = []
        for row in expected {
            let partner = open.indices.filter { open[$0].classIndex + firstID == Int(row[5]) }
                .map { (index: $0, distance: distance(row, open[$0])) }
                .filter { $0.distance.box <= box && $0.distance.score <= score }
                .min { ($0.distance.box, $0.distance.score) < ($1.distance.box, $1.distance.score) }
            if let partner {
                open.remove(at: partner.index)
                worstBox = max(worstBox, partner.distance.box)
                worstScore = max(worstScore, partner.distance.score)
            } else if row[4] > max(lowest + score, certain) {
                alone.append(row)
            }
        }
        func isAlone(_ box: NetworkBox, _ classIndex: Int, in others: [(NetworkBox, Int)]) -> Bool {
            !others.contains { $0.1 == classIndex && $0.0.iou(with: box) >= tie }
        }
        let wanted = expected.map { (Self.box($0), Int($0[5]) - firstID) }
        let seen = found.map { ($0.box, $0.classIndex) }
        return Parity.Detections(
            name: name, expected: expected.count, found: found.count,
            missing: alone.count { isAlone(Self.box($0), Int($0[5]) - firstID, in: seen) },
            extra: open.count {
                $0.score > max(lowest + score, certain) && isAlone($0.box, $0.classIndex, in: wanted)
            }, box: worstBox, score: worstScore)
    }

    private static func box(_ row: [Float]) -> NetworkBox {
        NetworkBox(x1: row[0], y1: row[1], x2: row[2], y2: row[3])
    }

    private func distance(_ row: [Float], _ one: NetworkDetection) -> (box: Float, score: Float) {
        let edges = [one.box.x1, one.box.y1, one.box.x2, one.box.y2]
        return (zip(row, edges).map { abs($0 - $1) }.max() ?? .infinity, abs(row[4] - one.score))
    }
}
