import EfficientDet
import Engine
import Foundation
import Graph
import Testing
import Weights

private let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/goldens")

/// Every tap of the network against tensors of the reference implementation.
struct GoldenTests {
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: goldens.path()), "the reference tensors are not here"),
        arguments: [("d0-256", "d0", "d0"), ("lite0-320", "lite0", "lite0")])
    func tapsEqualTheReference(name: String, model: String, _: String) throws {
        let golden = try TensorFile.open(goldens.appending(path: "\(name).golden.safetensors").path())
        let weights = try TensorFile.open(goldens.appending(path: "\(name).weights.safetensors").path())
        var configuration = try #require(Configuration.named(model))
        let image = try golden.floats("image") as (shape: [Int], values: [Float])
        (configuration.inputHeight, configuration.inputWidth) = (image.shape[2], image.shape[3])
        let taps = golden.names.filter { $0.hasPrefix("tap.") }
        func plain(_ tap: String) -> String {
            String(tap.dropFirst(4).hasSuffix(".s2") ? tap.dropFirst(4).dropLast(3) : tap.dropFirst(4))
        }
        for kernels in KernelSet.all where kernels.isSupported && kernels.name != "scalar" {
            let plan = try Plan(
                graph: GraphBuilder.graph(of: configuration), weights: weights,
                normalization: InputNormalization(mean: configuration.mean, std: configuration.std),
                options: PlanOptions(workers: 2, keep: Set(taps.map(plain)), kernels: kernels))
            plan.run(planar: image.values)
            let order = ["c3", "c4", "c5"]
            for tap in taps.sorted(by: {
                (order.firstIndex(of: plain($0)) ?? 9, $0) < (order.firstIndex(of: plain($1)) ?? 9, $1)
            }) {
                let expected = try golden.floats(tap) as (shape: [Int], values: [Float])
                let step = tap.hasSuffix(".s2") ? 2 : 1
                plan.withTensor(plain(tap)) { found, shape in
                    var (error, norm) = (0.0, 0.0)
                    let (height, width) = (expected.shape[2], expected.shape[3])
                    for c in 0..<shape.channels {
                        for y in 0..<height {
                            for x in 0..<width {
                                let want = Double(expected.values[(c * height + y) * width + x])
                                let have = Double(
                                    found[(y * step * shape.width + x * step) * shape.channels + c])
                                error += (want - have) * (want - have)
                                norm += want * want
                            }
                        }
                    }
                    #expect((error / norm).squareRoot() < 1e-4, "\(kernels.name) \(name) \(tap)")
                }
            }
        }
    }
}
