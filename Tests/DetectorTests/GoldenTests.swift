import Detector
import Foundation
import Testing
import Weights

private let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/goldens")

/// Every tap of the network, and what it finds, against the reference implementation's.
struct GoldenTests {
    /// Of the weights inside the binary, so that this is checked wherever the project is.
    @Test(arguments: [1, 2])
    func theBuiltInWeightsEqualTheReference(workers: Int) throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/goldens/embedded-lite0.safetensors").path()
        let golden = try TensorFile.open(path)
        let parity = try Parity(golden: golden, model: try Model(try TensorFile.embedded()), workers: workers)
        #expect(parity.taps.count == 23)
        for tap in parity.taps {
            #expect(tap.passes, "\(tap.name): relative \(tap.relative), largest \(tap.largest)")
        }
        #expect(parity.detections.map(\.expected) == [63, 28])
        for set in parity.detections { #expect(set.passes, "\(set)") }
    }

    /// Below f32 the results are others, but the same things are found.
    @Test func halfPrecisionStaysWithinItsBounds() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/goldens/embedded-lite0.safetensors").path()
        let parity = try Parity(
            golden: try TensorFile.open(path), model: try Model(try TensorFile.embedded()), workers: 2,
            precision: .bf16)
        #expect(parity.precision == .bf16)
        for tap in parity.taps {
            #expect(tap.passes, "\(tap.name): relative \(tap.relative)")
            #expect(tap.relative > Parity.relativeTolerance(.f32), "\(tap.name) is as exact as f32")
            #expect(tap.tolerance == nil, "the golden's bounds are those of f32")
        }
        #expect(parity.detections.map(\.expected) == [63, 28])
        for set in parity.detections { #expect(set.passes, "\(set)") }
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: goldens.path()), "the reference tensors are not here"),
        arguments: ["d0-256", "lite0-320"])
    func tapsAndDetectionsEqualTheReference(name: String) throws {
        let golden = try TensorFile.open(goldens.appending(path: "\(name).golden.safetensors").path())
        let weights = try TensorFile.open(goldens.appending(path: "\(name).weights.safetensors").path())
        let parity = try Parity(golden: golden, model: try Model(weights), workers: 2)
        #expect(parity.taps.count == golden.names.count { $0.hasPrefix("tap.") })
        for tap in parity.taps {
            #expect(tap.tolerance != nil, "\(tap.name) has a bound of its own")
            #expect(tap.passes, "\(tap.name): relative \(tap.relative), largest \(tap.largest)")
        }
        #expect(parity.detections.map(\.name) == ["detections", "detections.soft"])
        for set in parity.detections {
            #expect(set.expected > 40)
            #expect(set.passes, "\(set)")
        }
    }
}
