/// A table of a FlatBuffers file (`flatbuffers.dev/internals`), read by field number with every offset
/// checked. Tables are followed only as deep as the schema says, so cycles of offsets cannot trap a reader.
struct FlatTable {
    let reader: ByteReader
    private let position: Int
    private let fields: Int
    private let fieldBytes: Int

    /// The root table.
    init(root reader: ByteReader) throws(WeightsError) {
        try self.init(reader, at: Int(try reader.integer(UInt32.self, at: 0)))
    }

    fileprivate init(_ reader: ByteReader, at position: Int) throws(WeightsError) {
        self.reader = reader
        self.position = position
        // Fields are found through a table of 16-bit distances, which tables may share.
        fields = position - Int(try reader.integer(Int32.self, at: position))
        fieldBytes = Int(try reader.integer(UInt16.self, at: fields))
    }

    /// Where the field's value stands; nil where the table lacks it.
    private func place(_ field: Int) throws(WeightsError) -> Int? {
        guard 4 + field * 2 + 2 <= fieldBytes else { return nil }
        let distance = Int(try reader.integer(UInt16.self, at: fields + 4 + field * 2))
        return distance == 0 ? nil : position + distance
    }

    func integer<T: FixedWidthInteger>(_ field: Int, _: T.Type) throws(WeightsError) -> T? {
        guard let place = try place(field) else { return nil }
        return try reader.integer(T.self, at: place)
    }

    private func target(_ field: Int) throws(WeightsError) -> Int? {
        guard let place = try place(field) else { return nil }
        return place + Int(try reader.integer(UInt32.self, at: place))
    }

    func table(_ field: Int) throws(WeightsError) -> FlatTable? {
        guard let target = try target(field) else { return nil }
        return try FlatTable(reader, at: target)
    }

    /// A vector's first element and length, elements of `size` bytes.
    /// - Parameter limit: Vectors may share their bytes, so that a small file could ask for endless work.
    func vector(_ field: Int, size: Int, limit: Int = .max) throws(WeightsError) -> (offset: Int, count: Int)?
    {
        guard let target = try target(field) else { return nil }
        let count = Int(try reader.integer(UInt32.self, at: target))
        try reader.check(target + 4, count * size)
        guard count <= limit else {
            throw .damaged(
                path: reader.path, offset: target, reason: "a list of \(count) where \(limit) is much")
        }
        return (target + 4, count)
    }

    func integers<T: FixedWidthInteger>(_ field: Int, _: T.Type, limit: Int) throws(WeightsError) -> [T] {
        guard let (offset, count) = try vector(field, size: MemoryLayout<T>.size, limit: limit) else {
            return []
        }
        var values: [T] = []
        for index in 0..<count {
            values.append(try reader.integer(T.self, at: offset + index * MemoryLayout<T>.size))
        }
        return values
    }

    func floats(_ field: Int, limit: Int) throws(WeightsError) -> [Float] {
        try integers(field, UInt32.self, limit: limit).map { Float(bitPattern: $0) }
    }

    func string(_ field: Int) throws(WeightsError) -> String? {
        guard let (offset, count) = try vector(field, size: 1, limit: 4096) else { return nil }
        return String(decoding: try reader.array(at: offset, count: count), as: UTF8.self)
    }

    func tables(_ field: Int, limit: Int) throws(WeightsError) -> [FlatTable] {
        guard let (offset, count) = try vector(field, size: 4, limit: limit) else { return [] }
        var tables: [FlatTable] = []
        for index in 0..<count {
            let at = offset + index * 4
            tables.append(try FlatTable(reader, at: at + Int(try reader.integer(UInt32.self, at: at))))
        }
        return tables
    }
}
