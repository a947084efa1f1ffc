import Graph
import Testing

private func separable(_ graph: inout Graph, _ input: TensorID, norm: String, part: Part) -> TensorID {
    let deep = graph.append(
        .convolution(
            Convolution(weight: Parameter("shared.dw", [4, 1, 3, 3]), isDepthwise: true, kernel: 3)),
        on: [input], name: "dw", part: part)
    return graph.append(
        .convolution(
            Convolution(
                weight: Parameter("shared.pw", [4, 4, 1, 1]), bias: Parameter("shared.b", [4]),
                norm: BatchNorm(prefix: norm, channels: 4, epsilon: 1e-3), isDepthwise: false, kernel: 1)),
        on: [deep], name: "pw", part: part)
}

struct CountingTests {
    private let graph: Graph = {
        var graph = Graph(input: TensorShape(height: 6, width: 5, channels: 4))
        let one = separable(&graph, Graph.inputTensor, norm: "bn.0", part: .classHead)
        let two = separable(&graph, one, norm: "bn.1", part: .classHead)
        let gate = SqueezeExcite(
            reduceWeight: Parameter("r", [2, 4, 1, 1]), reduceBias: Parameter("rb", [2]),
            expandWeight: Parameter("e", [4, 2, 1, 1]), expandBias: Parameter("eb", [4]), activation: .swish)
        let three = graph.append(.squeezeExcite(gate), on: [two], name: "se", part: .backbone)
        let fusion = Fusion(mode: .fast, weights: Parameter("edges", [2]), activation: .none)
        let four = graph.append(.fuse(fusion), on: [three, two], name: "fuse", part: .featureNetwork)
        graph.taps = [Tap(name: "end", tensor: four)]
        return graph
    }()

    @Test func sharedWeightsCountOnceAndNormalisationsEach() {
        let heads = graph.count(of: .classHead)
        // 36 + 16 + 4 shared, and twice gamma and beta.
        #expect(heads.parameters == 56 + 2 * 8)
        #expect(heads.statistics == 2 * 8)
        #expect(heads.tensors == 3 + 2 * 4)
    }

    @Test func multiplyAddsCountEveryUse() {
        #expect(graph.count(of: .classHead).multiplyAdds == 2 * 30 * (36 + 16))
        #expect(graph.count(of: .backbone).multiplyAdds == 16)
        #expect(graph.count(of: .featureNetwork).multiplyAdds == 0)
    }

    @Test func theWholeIsTheSumOfTheParts() {
        let parts = Part.allCases.map { graph.count(of: $0) }
        #expect(graph.count().parameters == parts.reduce(0) { $0 + $1.parameters })
        #expect(graph.count().multiplyAdds == parts.reduce(0) { $0 + $1.multiplyAdds })
        #expect(graph.count(of: .featureNetwork).parameters == 2)
        #expect(graph.count(of: .boxHead).tensors == 0)
    }

    @Test func everyTensorOfTheFileIsNamedOnceInTheOrderOfUse() {
        #expect(
            graph.parameters.map(\.name) == [
                "shared.dw", "shared.pw", "shared.b", "bn.0.weight", "bn.0.bias", "bn.0.running_mean",
                "bn.0.running_var", "bn.1.weight", "bn.1.bias", "bn.1.running_mean", "bn.1.running_var", "r",
                "rb",
                "e", "eb", "edges",
            ])
    }

    @Test func tapsNameTensors() {
        #expect(graph.tensor(named: "end") == graph.nodes.last?.output)
        #expect(graph.tensor(named: "nothing") == nil)
    }
}
