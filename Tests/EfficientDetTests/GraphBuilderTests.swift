import EfficientDet
import Graph
import Testing

/// Measured with effdet 0.4.1, 90 classes: trained parameters (all, backbone, feature network, class
/// head, box head), statistics, tensors of the state dictionary, multiply-adds of the convolutions in
/// thousands of millions (all; by part).
private let table: [(name: String, counts: [Int], macs: [String])] = [
    (
        "d0", [3_880_067, 3_595_388, 196_281, 69_354, 19_044, 47_136, 676],
        ["2.492", "1.901", "0.136", "0.362", "0.092"]
    ),
    (
        "d1", [6_625_898, 6_101_024, 390_972, 101_394, 32_508, 71_456, 868],
        ["6.003", "4.468", "0.451", "0.833", "0.252"]
    ),
    (
        "d2", [8_097_039, 7_202_562, 708_159, 136_890, 49_428, 81_776, 932],
        ["10.832", "7.430", "1.216", "1.625", "0.561"]
    ),
    (
        "d3", [12_032_296, 10_103_336, 1_559_474, 247_050, 122_436, 114_304, 1099],
        ["24.569", "14.888", "3.756", "3.997", "1.928"]
    ),
    (
        "d4", [20_723_675, 16_742_216, 3_349_829, 402_890, 228_740, 167_312, 1277],
        ["54.584", "30.503", "10.745", "8.560", "4.776"]
    ),
    (
        "d5", [33_653_315, 27_288_112, 5_405_893, 591_498, 367_812, 227_392, 1405],
        ["134.134", "75.039", "27.275", "19.710", "12.109"]
    ),
    (
        "d6", [51_871_782, 39_403_992, 10_583_808, 1_090_986, 792_996, 311_984, 1565],
        ["224.121", "107.284", "54.063", "36.455", "26.320"]
    ),
    (
        "d7", [51_871_782, 39_403_992, 10_583_808, 1_090_986, 792_996, 311_984, 1565],
        ["322.732", "154.486", "77.850", "52.495", "37.900"]
    ),
    (
        "d7x", [77_147_166, 62_143_440, 13_112_064, 1_094_826, 796_836, 417_728, 1902],
        ["407.628", "238.646", "78.520", "52.533", "37.928"]
    ),
    (
        "lite0", [3_243_470, 2_958_848, 196_224, 69_354, 19_044, 47_136, 588],
        ["0.974", "0.743", "0.053", "0.142", "0.036"]
    ),
    (
        "lite1", [4_248_318, 3_723_520, 390_896, 101_394, 32_508, 63_072, 719],
        ["1.967", "1.414", "0.162", "0.300", "0.091"]
    ),
    (
        "lite2", [5_252_334, 4_357_952, 708_064, 136_890, 49_428, 72_560, 775],
        ["3.371", "2.213", "0.414", "0.553", "0.191"]
    ),
    (
        "lite3", [8_350_862, 6_422_016, 1_559_360, 247_050, 122_436, 104_192, 922],
        ["7.480", "4.319", "1.226", "1.305", "0.629"]
    ),
    (
        "lite3x", [9_280_862, 6_422_016, 2_333_200, 340_610, 185_036, 111_712, 922],
        ["13.978", "6.749", "2.905", "2.822", "1.502"]
    ),
    (
        "lite4", [15_130_894, 11_149_568, 3_349_696, 402_890, 228_740, 155_504, 1068],
        ["20.168", "10.762", "4.197", "3.344", "1.866"]
    ),
]

struct GraphBuilderTests {
    @Test(arguments: table.indices)
    func countsEqualTheReferenceImplementation(row: Int) throws {
        let (name, counts, macs) = table[row]
        let configuration = try #require(Configuration.named(name))
        let graph = GraphBuilder.graph(of: configuration)
        let whole = graph.count()
        let parts = Part.allCases.map { graph.count(of: $0) }
        #expect(
            [whole.parameters] + parts.map(\.parameters) + [whole.statistics, whole.tensors] == counts,
            "\(name)")
        #expect(([whole] + parts).map { thousandths($0.multiplyAdds) } == macs, "\(name)")
    }

    /// `2492…` million as `2.492`.
    private func thousandths(_ count: Int) -> String {
        let millions = (count + 500_000) / 1_000_000
        let rest = String(millions % 1000)
        return "\(millions / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    @Test(arguments: ["d0", "efficientdet-d0", "efficientdet_d0", "tf_efficientdet_d0", "TF_EfficientDet-D0"])
    func namesAreRecognised(name: String) {
        #expect(Configuration.named(name)?.name == "efficientdet-d0")
    }

    @Test(arguments: ["", "d8", "lite5", "tf", "efficientdet", "d0-x", "lite0_ap"])
    func otherNamesAreNot(name: String) {
        #expect(Configuration.named(name) == nil)
    }

    /// The node list of the paper's figure, levels 3 to 7 and 3 to 8.
    @Test func projectionsOfTheFirstCellCarryTheReferenceNames() throws {
        func projections(_ name: String) throws -> Set<String> {
            let graph = GraphBuilder.graph(of: try #require(Configuration.named(name)))
            let names = graph.parameters.map(\.name).filter {
                $0.contains(".combine.resample.") && $0.hasSuffix(".conv.conv.weight")
            }
            return Set(names.map { String($0.dropFirst("fpn.cell.0.fnode.".count).prefix(20)) })
        }
        #expect(
            try projections("d0") == [
                "1.combine.resample.2", "2.combine.resample.1", "3.combine.resample.0",
                "4.combine.resample.1",
                "5.combine.resample.2",
            ])
        #expect(
            try projections("d7x") == [
                "2.combine.resample.2", "3.combine.resample.1", "4.combine.resample.0",
                "5.combine.resample.1",
                "6.combine.resample.2",
            ])
    }

    @Test(arguments: [(1, 1), (33, 500), (64, 65), (320, 192)])
    func anySizeBuilds(height: Int, width: Int) throws {
        var configuration = try #require(Configuration.named("lite0"))
        (configuration.inputHeight, configuration.inputWidth) = (height, width)
        let graph = GraphBuilder.graph(of: configuration)
        for (size, level) in zip(configuration.featureSizes, configuration.levels) {
            let shape = graph.shape(of: try #require(graph.tensor(named: "class.p\(level)")))
            #expect(shape == TensorShape(height: size.height, width: size.width, channels: 810))
        }
    }

    @Test func everyFeatureNetworkBuilds() throws {
        for network in FeatureNetwork.allCases {
            for fusion in Fusion.Mode.allCases {
                var configuration = try #require(Configuration.named("d0"))
                configuration.featureNetwork = network
                configuration.fusion = fusion
                let graph = GraphBuilder.graph(of: configuration)
                #expect(graph.outputs.count == 10)
                #expect(graph.count().multiplyAdds > 0)
            }
        }
    }
}
