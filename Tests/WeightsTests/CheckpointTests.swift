import Foundation
import Testing

@testable import Weights

/// The fixture is a small network of google/automl's own code, saved by TensorFlow's own saver
/// (Tools/weights/make_tensorflow.py): averaged values are the weights, plain ones are all -1.
struct CheckpointTests {
    private static let folder = "checkpoint/tiny-d0"

    @Test(arguments: ["", "/model-7.index", "/model-7.data-00000-of-00001", "/model-7", ".tar.gz"])
    func everyWayToNameItGivesTheSameTensors(ending: String) throws {
        let expected = try TensorFile.open(Fixture.path("checkpoint/expected.safetensors")).everything()
        let file = try TensorFile.open(Fixture.path(Self.folder + ending))
        #expect(file.format == .checkpoint)
        let found = try file.everything()
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (name, values) in expected { #expect(found[name] == values, "\(name)") }
    }

    @Test func fusionWeightsAreGathered() throws {
        let file = try TensorFile.open(Fixture.path(Self.folder))
        #expect(file.shape(of: "fpn.cell.0.fnode.0.combine.edge_weights") == [2])
        #expect(file.shape(of: "fpn.cell.1.fnode.4.combine.edge_weights") == [3])
    }

    /// The authors' `hparams_config` feeds Lite models (x - 127) / 128, all others ImageNet's mean and
    /// deviation, which is what a file without a word of it stands for.
    @Test(arguments: [("efficientnet-lite0", true), ("efficientnet-lite4", true), ("efficientnet-b0", false)])
    func liteBringsItsInputConvention(backbone: String, lite: Bool) throws {
        let name = "\(backbone)/stem/conv2d/kernel"
        let kernel = try StoredTensor(
            name, shape: [3, 3, 3, 2], values: Array(repeating: 1, count: 54), path: "test")
        let found = try CanonicalNames.apply(to: FileContents(tensors: [name: kernel]), path: "test")
        let file = try TensorFile(
            .checkpoint, FileContents(tensors: found.tensors, metadata: found.metadata),
            ByteReader(name: "test", bytes: []))
        let description = ModelDescription(file)
        #expect(file.names == ["backbone.conv_stem.weight"])
        for (found, level) in [(description.mean, Float(127)), (description.std, 128)] {
            #expect((found != nil) == lite)
            for value in found ?? [] { #expect(abs(value * 255 - level) < 1e-4) }
        }
    }

    /// RFC 3720, B.4.
    @Test func theChecksumIsTheStandards() throws {
        func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.of($0) } }
        #expect(crc(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc(Array(0..<32)) == 0x46DD_794E)
        #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test func aFlippedBitIsFound() throws {
        let index = try Fixture.bytes(Self.folder + "/model-7.index")
        let data = try Fixture.bytes(Self.folder + "/model-7.data-00000-of-00001")
        for at in [0, index.count / 2, index.count - 60] {
            var bytes = index
            bytes[at] ^= 16
            #expect(throws: WeightsError.self) { try Self.read(bytes, data) }
        }
        // Half of the data are plain values, which are not read.
        var damaged = 0
        for at in stride(from: 0, to: data.count, by: data.count / 20) {
            var bytes = data
            bytes[at] ^= 16
            do {
                _ = try Self.read(index, bytes)
            } catch WeightsError.damaged(_, let offset, let reason) {
                #expect(reason.contains("checksum") && offset <= at)
                damaged += 1
            }
        }
        #expect(damaged > 5)
    }

    @Test func aMissingShardIsNamed() throws {
        let index = ByteReader(name: "i", bytes: try Fixture.bytes(Self.folder + "/model-7.index"))
        let files = Checkpoint.Files(index: index) { ending throws(WeightsError) in
            throw .cannotOpen(path: ending, reason: "not there")
        }
        #expect(throws: WeightsError.cannotOpen(path: ".data-00000-of-00001", reason: "not there")) {
            try TensorFile(files)
        }
    }

    @Test func aFolderWithoutOneSaysSo() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vedette-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: WeightsError.self) { try TensorFile.open(folder.path()) }
        #expect(error?.description.contains("holds no TensorFlow checkpoint") == true)
    }

    @Test func aBombIsNotUnpacked() throws {
        // Forty megabytes of zeros in forty kilobytes.
        let url = Fixture.folder.appending(path: "checkpoint/bomb.tar.gz")
        let error = #expect(throws: WeightsError.self) { try TensorFile.open(url.path()) }
        #expect(error?.description.contains("fifty times its size") == true, "\(String(describing: error))")
    }

    private static func read(_ index: [UInt8], _ data: [UInt8]) throws -> TensorFile {
        try TensorFile(
            Checkpoint.Files(index: ByteReader(name: "index", bytes: index)) { _ in
                ByteReader(name: "data", bytes: data)
            })
    }
}
