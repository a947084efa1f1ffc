import Foundation
import Testing

@testable import Weights

struct SafetensorsWriterTests {
    private func temporary() -> String {
        FileManager.default.temporaryDirectory.appending(path: "vedette-\(UUID().uuidString).safetensors")
            .path()
    }

    @Test func whatIsWrittenReadsBackToTheBit() throws {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        let path = temporary()
        defer { unlink(path) }
        try SafetensorsWriter.write(file, metadata: ["model": "x \"y\"", "b": "é"], to: path)
        let back = try TensorFile.open(path)
        #expect(try back.everything() == file.everything())
        #expect(back.metadata == ["model": "x \"y\"", "b": "é"])
        // The same again, byte by byte.
        let other = temporary()
        defer { unlink(other) }
        try SafetensorsWriter.write(back, metadata: ["b": "é", "model": "x \"y\""], to: other)
        #expect(FileManager.default.contents(atPath: path) == FileManager.default.contents(atPath: other))
    }

    /// As the format's own description demands: no gaps, no overlaps, aligned data.
    @Test func theHeaderIsWellFormed() throws {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        let path = temporary()
        defer { unlink(path) }
        try SafetensorsWriter.write(file, metadata: [:], to: path, precision: .bfloat16)
        let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(length % 8 == 0)
        let json = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
        let header = try #require(json as? [String: [String: Any]])
        var end = 0
        let ranges = header.filter { $0.key != "__metadata__" }.values.compactMap {
            $0["data_offsets"] as? [Int]
        }
        for range in ranges.sorted(by: { ($0[0], $0[1]) < ($1[0], $1[1]) }) {
            #expect(range[0] == end)
            end = range[1]
        }
        #expect(8 + length + end == bytes.count)
        let back = try TensorFile.open(path)
        let half = try back.floats("half", shape: [3, 7])
        #expect(
            half
                == (try file.floats("half", shape: [3, 7])).map {
                    Float(bitPattern: UInt32($0.bfloat16Bits) << 16)
                })
    }

    @Test(arguments: [
        (Float(1), UInt16(0x3F80)), (0x1.01p0, 0x3F80), (0x1.03p0, 0x3F82), (0x1.010002p0, 0x3F81),
        (-0.0, 0x8000),
        (.infinity, 0x7F80), (.greatestFiniteMagnitude, 0x7F80),
    ])
    func bfloatsRoundToTheNearest(value: Float, bits: UInt16) {
        #expect(value.bfloat16Bits == bits)
    }

    @Test func aFullDiskLeavesNothing() throws {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        let error = #expect(throws: WeightsError.self) {
            try SafetensorsWriter.write(file, metadata: [:], to: "/no/such/folder/x.safetensors")
        }
        #expect(error?.description.contains("cannot write") == true)
    }

    @Test func theDescriptionSurvives() throws {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        var model = ModelDescription(file)
        model.model = "efficientdet-lite0"
        model.labels = ["person", "", "\u{201C}dog\u{201D}"]
        model.imageSize = 320
        model.mean = [127.0 / 255, 0.1, 0.485]
        model.std = [0.5, 0.229, 1e-6]
        model.aspectRatios = [[1, 1], [1.4, 0.7], [0.7, 1.4]]
        model.anchorScale = 3
        model.fusion = "sum"
        model.source = "zylo117"
        model.sourceDigest = file.reader.digest
        let path = temporary()
        defer { unlink(path) }
        try SafetensorsWriter.write(file, metadata: model.metadata, to: path)
        #expect(ModelDescription(try TensorFile.open(path)) == model)
    }
}
