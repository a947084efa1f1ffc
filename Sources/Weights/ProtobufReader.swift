/// Walks the fields of one protocol buffer message (wire format of proto3) inside a file.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        /// A text or an inner message: where it lies.
        case bytes(Range<Int>)
    }

    private let reader: ByteReader
    private var at: Int
    private let end: Int

    /// The message in `range`.
    init(_ reader: ByteReader, _ range: Range<Int>) {
        self.reader = reader
        at = range.lowerBound
        end = range.upperBound
    }

    /// The next field's number and value; nil at the end.
    mutating func next() throws(WeightsError) -> (field: UInt64, value: Value)? {
        guard at < end else { return nil }
        let key = try reader.varint(at: &at, end: end)
        switch key & 7 {
        case 0: return (key >> 3, .varint(try reader.varint(at: &at, end: end)))
        case 1:
            guard end - at >= 8 else { break }
            at += 8
            return (key >> 3, .fixed64(try reader.integer(at: at - 8)))
        case 5:
            guard end - at >= 4 else { break }
            at += 4
            return (key >> 3, .fixed32(try reader.integer(at: at - 4)))
        case 2:
            let length = try reader.varint(at: &at, end: end)
            guard length <= UInt64(end - at) else { break }
            let start = at
            at += Int(length)
            return (key >> 3, .bytes(start..<at))
        default: break
        }
        throw .damaged(path: reader.path, offset: at, reason: "a message has a field that cannot be read")
    }
}

extension ByteReader {
    /// A base-128 number; moves `offset` past it.
    func varint(at offset: inout Int, end: Int) throws(WeightsError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard offset < end else { break }
            let byte = try integer(UInt8.self, at: offset)
            offset += 1
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
        }
        throw .damaged(path: path, offset: offset, reason: "a number does not end")
    }
}
