import Detector
import EfficientDet
import Foundation
import Testing

@testable import Models
@testable import Weights

/// A store in a folder of its own.
final class StoreFolder {
    let root: String
    var store: ModelStore { ModelStore(folder: root + "/store") }

    init() throws {
        root = FileManager.default.temporaryDirectory.path + "/vedette-models-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func path(_ name: String) -> String { root + "/" + name }

    /// Everything in the store, hidden files as well.
    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: store.folder)) ?? []).sorted()
    }

    /// The built-in weights as a file, with the metadata `change` makes.
    func weights(
        _ name: String, without missing: String? = nil, _ change: (inout [String: String]) -> Void = { _ in }
    ) throws -> String {
        let file = try TensorFile.embedded()
        var metadata = file.metadata
        change(&metadata)
        let path = path(name)
        try SafetensorsWriter.write(
            file, names: file.names.filter { $0 != missing }, metadata: metadata, to: path,
            precision: .bfloat16)
        return path
    }
}

struct ModelImporterTests {
    private let folder: StoreFolder

    init() throws {
        folder = try StoreFolder()
    }

    private func importer(_ change: (inout ModelImporter) -> Void = { _ in }) -> ModelImporter {
        var importer = ModelImporter(store: folder.store)
        change(&importer)
        return importer
    }

    @Test func whatIsImportedIsTheSameModel() throws {
        let path = try folder.weights("a.safetensors")
        let result = try importer().run(path, as: "mine")
        #expect(try folder.store.names() == ["mine"])
        #expect(folder.files == ["mine.safetensors"])
        let original = try TensorFile.embedded()
        let copy = try TensorFile.open(result.path)
        #expect(copy.names == original.names)
        for name in original.names {
            #expect(try copy.floats(name).values == original.floats(name).values, "\(name)")
        }
        // bfloat16 stays as small as it was.
        #expect(copy.reader.count < original.reader.count + 4096)
        let (new, old) = (try Model(copy), try Model(original))
        #expect(new.name == old.name && new.labels.names == old.labels.names)
        #expect(new.configuration.mean == old.configuration.mean)
        #expect(copy.metadata["source"] == path)
        #expect(copy.metadata["source_sha256"] == (try TensorFile.open(path)).reader.digest)
    }

    /// The digest by another program's eyes: 64 zeros in its place.
    @Test func theSealIsTheDigestOfTheFileWithZerosInItsPlace() throws {
        let result = try importer().run(try folder.weights("a.safetensors"), as: "mine")
        let seal = try #require(try TensorFile.open(result.path).metadata["file_sha256"])
        var bytes = try Data(contentsOf: URL(filePath: result.path))
        let place = try #require(bytes.range(of: Data(seal.utf8)))
        bytes.replaceSubrange(place, with: Data(repeating: UInt8(ascii: "0"), count: 64))
        let open = folder.path("open")
        try bytes.write(to: URL(filePath: open))
        #expect(try ByteReader(path: open).digest == seal)
        #expect(try FileSeal.isIntact(try TensorFile.open(result.path)) == true)
    }

    @Test(arguments: [0.001, 0.02, 0.5, 0.9999])
    func aChangedByteBreaksTheSeal(place: Double) throws {
        let result = try importer().run(try folder.weights("a.safetensors"), as: "mine")
        var bytes = try Data(contentsOf: URL(filePath: result.path))
        // Inside a string or a number of the header it may also end the reading: both are seen.
        bytes[Int(place * Double(bytes.count))] ^= 1
        try bytes.write(to: URL(filePath: result.path))
        var isIntact = false
        do { isIntact = try FileSeal.isIntact(try TensorFile.open(result.path)) ?? false } catch {}
        #expect(!isIntact)
    }

    @Test func anUnnamedFileIsRecognisedByItsTensors() throws {
        let path = try folder.weights("x.safetensors") { $0["model"] = nil }
        #expect(try importer().run(path, as: "x").model.name == "efficientdet-lite0")
    }

    @Test func theFirstTensorThatDiffersIsNamed() throws {
        let lacking = try folder.weights("x.safetensors", without: "box_net.predict.conv_pw.bias")
        let error = #expect(throws: ModelError.self) { try importer().run(lacking, as: "x") }
        #expect(
            error?.description.contains("the tensor box_net.predict.conv_pw.bias [36] is missing") == true)
        let wrong = try folder.weights("y.safetensors") { $0["model"] = "efficientdet_lite1" }
        #expect(throws: ModelError.self) { try importer().run(wrong, as: "y") }
        let unnamed = try folder.weights("z.safetensors", without: "fpn.resample.3.conv.bn.bias") {
            $0["model"] = nil
        }
        let other = #expect(throws: ModelError.self) { try importer().run(unnamed, as: "z") }
        #expect(other?.description.contains("nearest is efficientdet-lite0") == true)
        #expect(folder.files.isEmpty)
    }

    @Test func labelsMustBeAsManyAsClasses() throws {
        let path = try folder.weights("a.safetensors")
        let few = importer { $0.labels = (["cat", "dog"], "two.txt") }
        #expect(throws: ModelError.labelCount(path: "two.txt", found: 2, expected: 90)) {
            try few.run(path, as: "a")
        }
        let names = (0..<90).map { "thing \($0)" }
        let result = try importer { $0.labels = (names, "many.txt") }.run(path, as: "a")
        #expect(result.model.labels.names == names)
    }

    @Test func aNameIsTakenOnceUnlessReplaced() throws {
        let path = try folder.weights("a.safetensors")
        _ = try importer().run(path, as: "a")
        #expect(throws: StoreError.exists("a")) { try importer().run(path, as: "a") }
        _ = try importer { $0.replacing = true }.run(path, as: "a")
        #expect(folder.files == ["a.safetensors"])
    }

    @Test(arguments: [
        "", ".", "..", "../x", "a/b", "/x", ".x", "-x", "a b", "a\u{1B}[2J", "a\n", "ä", "a\0b",
        String(repeating: "x", count: 101),
    ])
    func oddNamesAreRefused(name: String) throws {
        #expect(throws: StoreError.badName(name)) { try importer().run("nowhere", as: name) }
        #expect(folder.store.find(name) == nil)
        #expect(throws: StoreError.badName(name)) { try folder.store.remove(name) }
    }

    @Test(arguments: [
        ("a/b/My birds (2).pth", "My-birds--2-"), ("x.tar.gz", "x"), ("/tmp/.hidden.safetensors", "hidden"),
        ("efficientdet-d0.tgz", "efficientdet-d0"), ("v1.2.pt", "v1.2"), ("ckpt/", "ckpt"),
    ])
    func aFilesNameBecomesTheModels(path: String, name: String) {
        #expect(ModelImporter.name(of: path) == name)
    }

    @Test func aStoreThatCannotBeWrittenIsSaid() throws {
        let path = try folder.weights("a.safetensors")
        try "in the way".write(toFile: folder.store.folder, atomically: false, encoding: .utf8)
        let error = #expect(throws: StoreError.self) { try importer().run(path, as: "a") }
        guard case .cannotWrite? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aFileThatIsNoneLeavesNothing() throws {
        let text = folder.path("notes.txt")
        try "to do: buy milk\n".write(toFile: text, atomically: false, encoding: .utf8)
        #expect(throws: WeightsError.self) { try importer().run(text, as: "a") }
        let whole = try Data(contentsOf: URL(filePath: try folder.weights("a.safetensors")))
        let cut = folder.path("cut.safetensors")
        try whole.prefix(whole.count / 2).write(to: URL(filePath: cut))
        #expect(throws: WeightsError.self) { try importer().run(cut, as: "a") }
        #expect(throws: WeightsError.self) { try importer().run(folder.path("none"), as: "a") }
        #expect(folder.files.isEmpty)
    }
}
