import Graph

/// The ranges of a network's maps, seen on pictures: what bytes must reach.
public struct Calibration: Sendable, Hashable {
    /// By the name of the node that makes the map; for an activation that is no mere cut, what goes into
    /// it stands beside it with `inputSuffix`.
    public var ranges: [String: ClosedRange<Float>]

    public init(ranges: [String: ClosedRange<Float>] = [:]) {
        self.ranges = ranges
    }

    static let inputSuffix = ".linear"

    /// Ranges from pairs of numbers; nil where one is no range.
    public init?(pairs: [String: [Float]]) {
        ranges = [:]
        for (name, pair) in pairs {
            guard pair.count == 2, pair.allSatisfy({ abs($0) <= 1e30 }), pair[0] <= pair[1] else {
                return nil
            }
            ranges[name] = pair[0]...pair[1]
        }
    }
}

extension Calibration {
    /// The same network with a node of its own for every activation that is no mere cut, so that what goes
    /// into it can be looked at; every map is a tap of its node's name.
    static func observable(_ graph: Graph) -> Graph {
        var copy = Graph(input: graph.input)
        var tensors = [Graph.inputTensor: Graph.inputTensor]
        func append(_ operation: Operation, on inputs: [TensorID], name: String, part: Part) -> TensorID {
            let output = copy.append(operation, on: inputs, name: name, part: part)
            if case .squeezeExcite = operation { return output }
            copy.taps.append(Tap(name: name, tensor: output))
            return output
        }
        for node in graph.nodes {
            let inputs = node.inputs.compactMap { tensors[$0] }
            guard let (operation, activation) = node.operation.split else {
                tensors[node.output] = append(node.operation, on: inputs, name: node.name, part: node.part)
                continue
            }
            let linear = append(operation, on: inputs, name: node.name + inputSuffix, part: node.part)
            tensors[node.output] = append(
                .fuse(Fusion(mode: .sum, weights: nil, activation: activation)), on: [linear],
                name: node.name, part: node.part)
        }
        copy.outputs = copy.taps.map(\.name)
        return copy
    }
}

extension Operation {
    /// The activation at the end, where it is no mere cut.
    var tableActivation: Activation? {
        switch self {
        case .convolution(let convolution) where !convolution.activation.isCut: convolution.activation
        case .fuse(let fusion) where !fusion.activation.isCut: fusion.activation
        default: nil
        }
    }

    fileprivate var split: (Operation, Activation)? {
        guard let activation = tableActivation else { return nil }
        switch self {
        case .convolution(var convolution):
            convolution.activation = .none
            return (.convolution(convolution), activation)
        case .fuse(var fusion):
            fusion.activation = .none
            return (.fuse(fusion), activation)
        default: return nil
        }
    }
}
