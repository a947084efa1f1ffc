import Graph

/// Builds the graph of a configuration. Parameters carry effdet's names; taps are `c3`…`c5`,
/// `fpn.CELL.p3`…, `class.p3`…, `box.p3`…; the outputs are the class logits of all levels, then the box
/// codes. Channel order of a head: anchor-major, `anchor · classes + class` and `anchor · 4 + (ty, tx,
/// th, tw)`.
public struct GraphBuilder {
    let configuration: Configuration
    var graph: Graph

    /// The network of `configuration`.
    public static func graph(of configuration: Configuration) -> Graph {
        var builder = GraphBuilder(configuration)
        let features = builder.backbone()
        let pyramid = builder.featureNetwork(features)
        builder.head(
            "class", prefix: "class_net", part: .classHead, outputs: configuration.classCount, on: pyramid)
        builder.head("box", prefix: "box_net", part: .boxHead, outputs: 4, on: pyramid)
        return builder.graph
    }

    private init(_ configuration: Configuration) {
        self.configuration = configuration
        graph = Graph(
            input: TensorShape(
                height: configuration.inputHeight, width: configuration.inputWidth, channels: 3))
    }

    mutating func tap(_ name: String, _ tensor: TensorID) {
        graph.taps.append(Tap(name: name, tensor: tensor))
    }

    func norm(_ prefix: String, _ channels: Int) -> BatchNorm {
        BatchNorm(prefix: prefix, channels: channels, epsilon: configuration.normEpsilon)
    }

    func channels(_ tensor: TensorID) -> Int { graph.shape(of: tensor).channels }

    /// A 1×1 convolution.
    mutating func pointwise(
        _ input: TensorID, _ outputs: Int, weight: String, bias: String? = nil, norm: BatchNorm? = nil,
        activation: Activation = .none, name: String, part: Part
    ) -> TensorID {
        let convolution = Convolution(
            weight: Parameter(weight, [outputs, channels(input), 1, 1]),
            bias: bias.map { Parameter($0, [outputs]) }, norm: norm, isDepthwise: false, kernel: 1,
            activation: activation)
        return graph.append(.convolution(convolution), on: [input], name: name, part: part)
    }

    mutating func depthwise(
        _ input: TensorID, kernel: Int, stride: Int = 1, weight: String, norm: BatchNorm? = nil,
        activation: Activation = .none, name: String, part: Part
    ) -> TensorID {
        let convolution = Convolution(
            weight: Parameter(weight, [channels(input), 1, kernel, kernel]), norm: norm, isDepthwise: true,
            kernel: kernel, stride: stride, activation: activation)
        return graph.append(.convolution(convolution), on: [input], name: name, part: part)
    }
}
