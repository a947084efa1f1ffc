import Testing

@testable import Weights

/// The fixture has the small network's tensors under the names of zylo117's port, written by PyTorch
/// (Tools/weights/make_zylo.py).
struct ZyloTests {
    @Test func itsNamesBecomeEffdets() throws {
        let expected = try TensorFile.open(Fixture.path("checkpoint/expected.safetensors")).everything()
        let file = try TensorFile.open(Fixture.path("pytorch/zylo-tiny.pth"))
        let found = try file.everything()
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (name, values) in expected { #expect(found[name] == values, "\(name)") }
        #expect(ModelDescription(file).source == "zylo117")
    }

    private func renamed(_ names: [String: [Int]]) throws -> [String] {
        var tensors: [String: StoredTensor] = [:]
        for (name, shape) in names {
            tensors[name] = try StoredTensor(
                name, shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)), path: "test")
        }
        return ZyloNames.canonical(tensors).keys.sorted()
    }

    /// Its d8 is D7x: levels 3 to 8, ten nodes; from d6 on fusion weights are there but not used.
    @Test func theLargestHasALevelMore() throws {
        let found = try renamed([
            "bifpn.0.conv8_down.pointwise_conv.conv.weight": [384, 1, 1, 1],
            "bifpn.0.p5_to_p6.0.conv.weight": [384, 1, 1, 1],
            "bifpn.0.p5_down_channel.0.conv.bias": [1], "bifpn.0.p5_down_channel_2.1.weight": [1],
            "bifpn.0.p4_down_channel.0.conv.bias": [1], "bifpn.0.p4_down_channel_2.1.weight": [1],
            "bifpn.0.p3_down_channel.0.conv.bias": [1], "bifpn.3.conv7_up.bn.bias": [1],
            "bifpn.3.conv3_up.bn.bias": [1], "bifpn.3.conv4_down.depthwise_conv.conv.weight": [1, 1, 3, 3],
            "bifpn.3.p6_w1": [2], "bifpn.3.p8_w2": [2],
        ])
        #expect(
            found == [
                "fpn.cell.0.fnode.2.combine.resample.2.conv.conv.bias",
                "fpn.cell.0.fnode.3.combine.resample.1.conv.conv.bias",
                "fpn.cell.0.fnode.4.combine.resample.0.conv.conv.bias",
                "fpn.cell.0.fnode.5.combine.resample.1.conv.bn.weight",
                "fpn.cell.0.fnode.6.combine.resample.2.conv.bn.weight",
                "fpn.cell.0.fnode.9.after_combine.conv.conv_pw.weight",
                "fpn.cell.3.fnode.0.after_combine.conv.bn.bias",
                "fpn.cell.3.fnode.4.after_combine.conv.bn.bias",
                "fpn.cell.3.fnode.5.after_combine.conv.conv_dw.weight", "fpn.resample.3.conv.conv.weight",
            ])
    }
}
