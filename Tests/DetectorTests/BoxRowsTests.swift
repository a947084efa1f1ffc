import EfficientDet
import Graph
import Testing

@testable import Detector
@testable import Engine

/// Which rows of the box network are made, by its shape alone.
struct BoxRowsTests {
    @Test(arguments: Configuration.family.map(\.name))
    func theBoxNetworkAndNothingElseWaitsForFinds(name: String) throws {
        let configuration = try #require(Configuration.named(name))
        let graph = GraphBuilder.graph(of: configuration)
        let selection = Outputs.selection(configuration, most: 100, classes: nil)
        let demands = RowDemand.derived(graph, selection, kept: [])
        let boxes = graph.nodes.filter { $0.part == .boxHead }
        #expect(Set(demands.keys) == Set(boxes.map(\.output)))

        // A depthwise 3x3 in every repeat and one before the predictor: each looks one row further.
        let perLevel = 2 * (configuration.headDepth + 1)
        for (level, first) in stride(from: 0, to: boxes.count, by: perLevel).enumerated() {
            let layers = boxes[first..<first + perLevel]
            for (index, node) in layers.enumerated() {
                let demand = try #require(demands[node.output])
                #expect(demand.output == level)
                let (reach, height) = ((perLevel - 1 - index) / 2, graph.shape(of: node.output).height)
                // The product behind a depthwise convolution reads the same rows as it.
                let wanted = (0..<height).map { max(0, $0 - reach)..<min(height, $0 + reach + 1) }
                #expect(demand.rows == wanted, "\(node.name)")
            }
        }
    }
}
