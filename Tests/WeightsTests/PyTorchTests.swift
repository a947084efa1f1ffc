import Testing

@testable import Weights

/// The fixtures are PyTorch's own (Tools/weights/make_pytorch.py); safetensors' own writer wrote the values.
struct PyTorchTests {
    @Test(arguments: ["zip", "legacy", "protocol4", "deflated", "zip64", "checkpoint"])
    func everyContainerGivesTheSameTensors(name: String) throws {
        let expected = try TensorFile.open(Fixture.path("pytorch/expected.safetensors")).everything()
        let file = try TensorFile.open(Fixture.path("pytorch/\(name).pth"))
        #expect(file.format == .pyTorch)
        #expect(try file.everything() == expected)
    }

    @Test func everyKindOfTensorIsCovered() throws {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        #expect(file.shape(of: "transposed") == [5, 6])
        #expect(file.shape(of: "scalar") == [])
        #expect(file.shape(of: "none") == [0, 3])
        #expect(try file.floats("bytes", shape: [6]) == [250, 251, 252, 253, 254, 255])
        #expect(!file.names.contains { $0.hasSuffix("num_batches_tracked") })
    }

    @Test func aProgramIsRefusedByName() throws {
        let error = #expect(throws: WeightsError.self) {
            try TensorFile.open(Fixture.path("pytorch/call.pth"))
        }
        #expect(error?.description.contains("its pickle wants posix.system") == true)
        let module = #expect(throws: WeightsError.self) {
            try TensorFile.open(Fixture.path("pytorch/module.pth"))
        }
        #expect(module?.description.contains("torch.nn.modules.linear.Linear") == true)
    }

    @Test func aNumberIsNotFourThousand() throws {
        let error = #expect(throws: WeightsError.self) {
            try TensorFile.open(Fixture.path("pytorch/expanded.pth"))
        }
        #expect(error?.description.contains("the tensor weight repeats numbers: 4000 of 1 stored") == true)
    }

    @Test(arguments: ["zip", "deflated"])
    func aFlippedBitIsFoundByTheChecksum(name: String) throws {
        var bytes = try Fixture.bytes("pytorch/\(name).pth")
        let archive = try ZipArchive(ByteReader(name: "test", bytes: bytes))
        var copy = archive
        let entry = try #require(archive.entries.first { $0.name.hasSuffix("/data/0") })
        let place = try copy.contents(of: entry)
        // The inflated entry lies in memory of its own: flip where its data start in the file.
        let offset = name == "zip" ? place.offset : try #require(Self.dataOffset(of: entry, in: bytes))
        bytes[offset + 5] ^= 4
        let error = #expect(throws: WeightsError.self) { try TensorFile.from(bytes) }
        #expect(error?.description.contains("damaged at offset") == true, "\(String(describing: error))")
    }

    private static func dataOffset(of entry: ZipArchive.Entry, in bytes: [UInt8]) -> Int? {
        let name = Array(entry.name.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: name) }.map { $0 + name.count }
    }

    @Test(arguments: ["zip", "legacy", "deflated"])
    func aCutFileSaysSo(name: String) throws {
        let bytes = try Fixture.bytes("pytorch/\(name).pth")
        for length in [200, bytes.count / 2, bytes.count - 30] {
            #expect(throws: WeightsError.self) { try TensorFile.from(Array(bytes[..<length])) }
        }
    }

    @Test func deepNestingCostsNoStack() throws {
        // Nine hundred thousand tuples, each in the next.
        let pickle: [UInt8] = [0x80, 2, UInt8(ascii: ")")] + Array(repeating: 0x85, count: 900_000) + [0x2E]
        let reader = ByteReader(name: "test", bytes: pickle)
        let (value, heap, end) = try Unpickler.read(reader, at: 0, end: pickle.count)
        #expect(end == pickle.count)
        #expect(heap.sequences.count == 900_001)
        #expect(StateDictionary.find(in: value, heap) == nil)
        let more = pickle.dropLast() + Array(repeating: 0x85, count: 200_000)
        #expect(throws: WeightsError.self) {
            try Unpickler.read(ByteReader(name: "test", bytes: Array(more)), at: 0, end: more.count)
        }
    }

    @Test func aDictionaryThatHoldsItselfEnds() throws {
        // d = {}; d["model"] = d
        let pickle: [UInt8] =
            [0x80, 2, 0x7D, 0x71, 0, 0x58, 5, 0, 0, 0] + Array("model".utf8) + [0x68, 0, 0x73, 0x2E]
        let (value, heap, _) = try Unpickler.read(
            ByteReader(name: "test", bytes: pickle), at: 0, end: pickle.count)
        #expect(StateDictionary.find(in: value, heap) == nil)
    }
}
