import JSON

/// Reads `.safetensors`: an 8-byte little-endian header length, a JSON header (name → dtype, shape,
/// data_offsets; `__metadata__` maps strings to strings), the data.
enum Safetensors {
    /// The header of a thousand tensors takes about 150 KB.
    private static let largestHeader = 100 << 20

    static func recognises(_ reader: ByteReader) -> Bool {
        guard let length = try? reader.integer(UInt64.self, at: 0), length > 1, length <= largestHeader,
            let first = try? reader.array(at: 8, count: 1)
        else { return false }
        return first == [UInt8(ascii: "{")]
    }

    static func read(_ reader: ByteReader) throws(WeightsError) -> FileContents {
        let length = try reader.integer(UInt64.self, at: 0)
        guard length <= largestHeader else {
            throw .damaged(path: reader.path, offset: 0, reason: "a header of \(length) bytes")
        }
        let header: JSONValue
        do {
            header = try JSONParser.parse(try reader.array(at: 8, count: Int(length)))
        } catch let error as JSONError {
            throw .damaged(
                path: reader.path, offset: 8 + error.offset,
                reason: "the header is no JSON: \(error.reason.rawValue)")
        } catch let error as WeightsError {
            throw error
        } catch {
            throw .damaged(path: reader.path, offset: 8, reason: "\(error)")
        }
        guard let members = header.object?.members else {
            throw .damaged(path: reader.path, offset: 8, reason: "the header is no object")
        }
        var contents = FileContents()
        for member in members {
            let (key, value) = (member.key, member.value)
            if key == "__metadata__" {
                for pair in value.object?.members ?? [] { contents.metadata[pair.key] = pair.value.string }
            } else {
                contents.tensors[key] = try tensor(key, value, reader, dataStart: 8 + Int(length))
            }
        }
        return contents
    }

    private static func tensor(_ name: String, _ value: JSONValue, _ reader: ByteReader, dataStart: Int)
        throws(WeightsError) -> StoredTensor
    {
        func damaged(_ reason: String) -> WeightsError {
            .damaged(path: reader.path, offset: 8, reason: "the tensor \(name) \(reason)")
        }
        let value = value.object ?? [:]
        guard let typeName = value["dtype"]?.string else { throw damaged("has no dtype") }
        guard let type = ElementType(rawValue: typeName) else {
            throw .wrongType(tensor: name, type: typeName)
        }
        guard let shape = value["shape"]?.array?.map(\.integer), !shape.contains(nil),
            let offsets = value["data_offsets"]?.array?.map(\.integer), offsets.count == 2,
            let begin = offsets[0], let end = offsets[1], begin >= 0, end >= begin
        else { throw damaged("has no shape or no data_offsets") }
        var size = type.size
        for side in shape.compactMap({ $0 }) {
            let (product, overflow) = size.multipliedReportingOverflow(by: side)
            guard side >= 0, !overflow else { throw damaged("has an absurd shape") }
            size = product
        }
        guard size == end - begin else { throw damaged("has \(end - begin) bytes, its shape needs \(size)") }
        try reader.check(dataStart + begin, size)
        return try StoredTensor(
            name, shape: shape.compactMap { $0 }, type: type, storage: reader, offset: dataStart + begin)
    }
}
