extension Graph {
    /// What a network, or a part of it, holds and computes.
    public struct Count: Sendable, Hashable {
        /// Trained numbers; shared ones count once.
        public var parameters = 0
        /// Running means and variances.
        public var statistics = 0
        /// Tensors of the weight file.
        public var tensors = 0
        /// Of the convolutions.
        public var multiplyAdds = 0
    }

    /// Counts of `part`, or of the whole network.
    public func count(of part: Part? = nil) -> Count {
        var result = Count()
        var seen: Set<String> = []
        for node in nodes where part == nil || node.part == part {
            for parameter in node.trained where seen.insert(parameter.name).inserted {
                result.parameters += parameter.count
                result.tensors += 1
            }
            for parameter in node.statistics where seen.insert(parameter.name).inserted {
                result.statistics += parameter.count
                result.tensors += 1
            }
            result.multiplyAdds += multiplyAdds(of: node)
        }
        return result
    }

    /// Multiply-adds of one node's convolutions.
    public func multiplyAdds(of node: Node) -> Int {
        switch node.operation {
        case .convolution(let c):
            let output = shape(of: node.output)
            return output.height * output.width * c.weight.count
        case .squeezeExcite(let s):
            return s.reduceWeight.count + s.expandWeight.count
        case .add, .fuse, .maxPool, .resizeNearest:
            return 0
        }
    }

    /// Every tensor that the weight file must hold, each once, in the order of use.
    public var parameters: [Parameter] {
        var seen: Set<String> = []
        return nodes.flatMap { $0.trained + $0.statistics }.filter { seen.insert($0.name).inserted }
    }
}

extension Node {
    /// Trained tensors that the node reads.
    public var trained: [Parameter] {
        switch operation {
        case .convolution(let c): [c.weight] + (c.bias.map { [$0] } ?? []) + (c.norm?.trained ?? [])
        case .squeezeExcite(let s): [s.reduceWeight, s.reduceBias, s.expandWeight, s.expandBias]
        case .fuse(let fusion): fusion.weights.map { [$0] } ?? []
        case .add, .maxPool, .resizeNearest: []
        }
    }

    /// Measured tensors that the node reads.
    public var statistics: [Parameter] {
        if case .convolution(let c) = operation { c.norm?.statistics ?? [] } else { [] }
    }
}
