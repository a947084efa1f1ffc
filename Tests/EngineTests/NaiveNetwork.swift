import Glibc
import Graph
import Weights

/// A network computed node by node in double precision, straight from the definitions of the operations:
/// the truth for plans. Maps are channels last.
struct NaiveNetwork {
    let graph: Graph
    let weights: any TensorProvider

    /// Values of every tensor.
    func run(_ input: [Float]) throws -> [[Double]] {
        var values: [[Double]] = Array(repeating: [], count: graph.shapes.count)
        values[0] = input.map(Double.init)
        for node in graph.nodes {
            let shapes = node.inputs.map { graph.shape(of: $0) }
            let maps = node.inputs.map { values[$0.index] }
            values[node.output.index] = try compute(
                node.operation, maps, shapes, graph.shape(of: node.output))
        }
        return values
    }

    private func compute(
        _ operation: Operation, _ maps: [[Double]], _ shapes: [TensorShape], _ output: TensorShape
    ) throws -> [Double] {
        switch operation {
        case .convolution(let c): return try convolve(c, maps[0], shapes[0], output)
        case .squeezeExcite(let s): return try excite(s, maps[0], shapes[0])
        case .add: return zip(maps[0], maps[1]).map(+)
        case .fuse(let fusion):
            let given = try fusion.weights.map { try read($0) } ?? maps.map { _ in 1 }
            let positive = given.map { max($0, 0) }
            let powers = given.map { exp($0) }
            let factors: [Double] =
                switch fusion.mode {
                case .sum: maps.map { _ in 1 }
                case .unbounded: given
                case .fast: positive.map { $0 / (positive.reduce(0, +) + 0.0001) }
                case .softmax: powers.map { $0 / powers.reduce(0, +) }
                }
            return maps[0].indices.map { i in
                activate(maps.indices.map { maps[$0][i] * factors[$0] }.reduce(0, +), fusion.activation)
            }
        case .maxPool(let pool):
            let top = max(0, ((pool.height - 1) * pool.strideY + pool.kernelY - shapes[0].height) / 2)
            let left = max(0, ((pool.width - 1) * pool.strideX + pool.kernelX - shapes[0].width) / 2)
            return each(output) { y, x, c in
                var best = -Double.infinity
                for ky in 0..<pool.kernelY {
                    for kx in 0..<pool.kernelX {
                        let (iy, ix) = (y * pool.strideY + ky - top, x * pool.strideX + kx - left)
                        if let value = at(maps[0], shapes[0], iy, ix, c) { best = max(best, value) }
                    }
                }
                return best
            }
        case .resizeNearest:
            return each(output) { y, x, c in
                let (iy, ix) = (y * shapes[0].height / output.height, x * shapes[0].width / output.width)
                return at(maps[0], shapes[0], iy, ix, c) ?? .nan
            }
        }
    }

    private func convolve(_ c: Convolution, _ map: [Double], _ shape: TensorShape, _ output: TensorShape)
        throws -> [Double]
    {
        let weight = try read(c.weight)
        let bias = try c.bias.map { try read($0) }
        let trained = try c.norm?.trained.map { try read($0) }
        let measured = try c.norm?.statistics.map { try read($0) }
        let top = c.padding.resolve(input: shape.height, kernel: c.kernel, stride: c.stride).before
        let left = c.padding.resolve(input: shape.width, kernel: c.kernel, stride: c.stride).before
        let inputs = c.weight.shape[1]
        return each(output) { y, x, o in
            var sum = bias?[o] ?? 0
            for i in 0..<inputs {
                for ky in 0..<c.kernel {
                    for kx in 0..<c.kernel {
                        let (iy, ix) = (y * c.stride + ky - top, x * c.stride + kx - left)
                        guard let value = at(map, shape, iy, ix, c.isDepthwise ? o : i) else { continue }
                        sum += value * weight[((o * inputs + i) * c.kernel + ky) * c.kernel + kx]
                    }
                }
            }
            if let trained, let measured, let norm = c.norm {
                sum =
                    (sum - measured[0][o]) / (measured[1][o] + norm.epsilon).squareRoot() * trained[0][o]
                    + trained[1][o]
            }
            return activate(sum, c.activation)
        }
    }

    private func excite(_ s: SqueezeExcite, _ map: [Double], _ shape: TensorShape) throws -> [Double] {
        let (reduce, expand) = (try read(s.reduceWeight), try read(s.expandWeight))
        let (reduceBias, expandBias) = (try read(s.reduceBias), try read(s.expandBias))
        let pixels = shape.height * shape.width
        let mean = (0..<shape.channels).map { c in
            (0..<pixels).map { map[$0 * shape.channels + c] }.reduce(0, +) / Double(pixels)
        }
        let hidden = reduceBias.indices.map { r in
            activate(
                mean.indices.map { mean[$0] * reduce[r * shape.channels + $0] }.reduce(reduceBias[r], +),
                s.activation)
        }
        let gate = expandBias.indices.map { c in
            activate(
                hidden.indices.map { hidden[$0] * expand[c * hidden.count + $0] }.reduce(expandBias[c], +),
                .sigmoid)
        }
        return map.indices.map { map[$0] * gate[$0 % shape.channels] }
    }

    private func activate(_ x: Double, _ activation: Activation) -> Double {
        switch activation {
        case .none: x
        case .swish: x / (1 + exp(-x))
        case .relu6: min(max(x, 0), 6)
        case .relu: max(x, 0)
        case .sigmoid: 1 / (1 + exp(-x))
        }
    }

    private func read(_ parameter: Parameter) throws -> [Double] {
        try weights.floats(parameter.name, shape: parameter.shape).map(Double.init)
    }

    private func each(_ shape: TensorShape, _ value: (Int, Int, Int) -> Double) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(shape.count)
        for y in 0..<shape.height {
            for x in 0..<shape.width { for c in 0..<shape.channels { values.append(value(y, x, c)) } }
        }
        return values
    }

    private func at(_ map: [Double], _ shape: TensorShape, _ y: Int, _ x: Int, _ c: Int) -> Double? {
        guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return nil }
        return map[(y * shape.width + x) * shape.channels + c]
    }
}
