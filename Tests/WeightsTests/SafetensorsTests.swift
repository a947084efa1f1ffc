import Testing

@testable import Weights

struct SafetensorsTests {
    /// A file from its header text and data.
    private func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        return length + Array(header.utf8) + data
    }

    private func open(_ bytes: [UInt8]) throws -> TensorFile {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        copy.copyBytes(from: bytes)
        defer { copy.deallocate() }
        let file = try TensorFile(ByteReader(name: "test", static: UnsafeRawBufferPointer(copy)))
        // Everything that can be read is read while the memory is there.
        for name in file.names { _ = try file.floats(name) as (shape: [Int], values: [Float]) }
        return file
    }

    @Test(arguments: [
        ("F32", [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0] as [UInt8]), ("F16", [0, 0x3E, 0, 0xC0]),
        ("BF16", [0xC0, 0x3F, 0, 0xC0]), ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0]),
    ])
    func everyFloatTypeIsRead(type: String, data: [UInt8]) throws {
        let header = "{\"a\":{\"dtype\":\"\(type)\",\"shape\":[2],\"data_offsets\":[0,\(data.count)]}}"
        let bytes = file(header, data)
        let values = try bytes.withUnsafeBytes { raw in
            try TensorFile(ByteReader(name: "test", static: raw)).floats("a", shape: [2])
        }
        #expect(values == [1.5, -2])
    }

    @Test(arguments: [
        (0x0001, 0x1p-24), (0x03FF, 1023 * 0x1p-24), (0x7C00, Double.infinity), (0xFBFF, -65504),
    ])
    func halvesAtTheEdges(bits: Int, value: Double) {
        #expect(Double(Float(halfBits: UInt16(bits))) == value)
    }

    @Test(arguments: [
        ("{ ", "the header is no JSON: the text ends too early"),
        ("{}x", "the header is no JSON: text after the value"),
        ("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", "the tensor a has no dtype"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "the tensor a has no shape or no data_offsets"),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
            "the tensor a has an absurd shape"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}",
            "absurd shape"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
            "the tensor a has 4 bytes, its shape needs 8"
        ),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[900,904]}}", "is cut"),
        ("{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", "the type C64"),
    ])
    func damageIsNamed(header: String, sentence: String) {
        let error = #expect(throws: WeightsError.self) { try open(file(header, [0, 0, 0, 0])) }
        #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
    }

    @Test func nestingIsBounded() {
        let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
        #expect(throws: WeightsError.self) { try open(file(deep)) }
    }

    @Test func textIsNotWeights() {
        let error = #expect(throws: WeightsError.self) { try open(Array("Dear diary, today".utf8)) }
        #expect(error?.description.contains("it looks like text") == true)
    }

    @Test func aMissingFileIsSaid() {
        #expect(throws: WeightsError.cannotOpen(path: "/no/such", reason: "No such file or directory")) {
            try TensorFile.open("/no/such")
        }
    }

    @Test func theBuiltInWeightsAreAModel() throws {
        let file = try TensorFile.embedded()
        let model = ModelDescription(file)
        #expect(model.model?.contains("lite0") == true)
        #expect(model.classCount == 90)
        #expect(model.mean == [0.5, 0.5, 0.5])
        #expect(model.imageSize == 320)
        #expect(try file.floats("backbone.conv_stem.weight", shape: [32, 3, 3, 3]).count == 864)
        #expect(
            throws: WeightsError.wrongShape(
                tensor: "backbone.conv_stem.weight", expected: [40, 3, 3, 3], found: [32, 3, 3, 3])
        ) {
            try file.floats("backbone.conv_stem.weight", shape: [40, 3, 3, 3])
        }
    }
}
