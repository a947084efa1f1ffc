/// The entries of a zip file (PKWARE APPNOTE 6.3), by its central directory; zip64 too.
struct ZipArchive {
    struct Entry: Sendable {
        var name: String
        /// 0 stored, 8 deflated.
        var method: UInt16
        var crc: UInt32
        /// In the file.
        var compressedSize: Int
        var size: Int
        fileprivate var header: Int
    }

    let reader: ByteReader
    let entries: [Entry]
    private var budget: InflationBudget

    private static let end: [UInt8] = [0x50, 0x4B, 5, 6]
    private static let locator64: [UInt8] = [0x50, 0x4B, 6, 7]
    private static let end64: [UInt8] = [0x50, 0x4B, 6, 6]
    private static let central: [UInt8] = [0x50, 0x4B, 1, 2]
    private static let local: [UInt8] = [0x50, 0x4B, 3, 4]

    static func recognises(_ reader: ByteReader) -> Bool { reader.starts(with: local) }

    init(_ reader: ByteReader) throws(WeightsError) {
        self.reader = reader
        budget = InflationBudget(fileSize: reader.count)
        let directory = try Self.directory(reader)
        var entries: [Entry] = []
        var at = directory.offset
        for _ in 0..<directory.count {
            let entry = try Self.entry(reader, at: &at)
            entries.append(entry)
        }
        self.entries = entries
    }

    private static func damaged(_ reader: ByteReader, _ offset: Int, _ reason: String) -> WeightsError {
        .damaged(path: reader.path, offset: offset, reason: reason)
    }

    /// An unsigned 64-bit number that must fit `Int`.
    private static func size(_ reader: ByteReader, at offset: Int) throws(WeightsError) -> Int {
        guard let value = Int(exactly: try reader.integer(UInt64.self, at: offset)) else {
            throw damaged(reader, offset, "an absurd size in the zip directory")
        }
        return value
    }

    private static func directory(_ reader: ByteReader) throws(WeightsError) -> (offset: Int, count: Int) {
        // The end record is the last thing but for a comment of at most 65535 bytes.
        var at = reader.count - 22
        let lowest = max(0, at - 65535)
        while at >= lowest, !reader.starts(with: end, at: at) { at -= 1 }
        guard at >= lowest else {
            throw damaged(reader, reader.count, "the zip archive has no directory; it was cut")
        }
        var count = Int(try reader.integer(UInt16.self, at: at + 10))
        var offset = Int(try reader.integer(UInt32.self, at: at + 16))
        if count == 0xFFFF || offset == 0xFFFF_FFFF, reader.starts(with: locator64, at: at - 20) {
            let record = try size(reader, at: at - 20 + 8)
            guard reader.starts(with: end64, at: record) else {
                throw damaged(reader, at - 20, "the zip64 directory is not where it should be")
            }
            count = try size(reader, at: record + 32)
            offset = try size(reader, at: record + 48)
        }
        // Every entry takes 46 bytes at least.
        guard offset <= reader.count, count <= (reader.count - offset) / 46 else {
            throw damaged(
                reader, at, "the zip directory promises \(count) entries, more than there is room for")
        }
        return (offset, count)
    }

    private static func entry(_ reader: ByteReader, at: inout Int) throws(WeightsError) -> Entry {
        guard reader.starts(with: central, at: at) else {
            throw damaged(reader, at, "the zip directory has no entry here")
        }
        let flags = try reader.integer(UInt16.self, at: at + 8)
        let nameLength = Int(try reader.integer(UInt16.self, at: at + 28))
        let extraLength = Int(try reader.integer(UInt16.self, at: at + 30))
        let commentLength = Int(try reader.integer(UInt16.self, at: at + 32))
        let name = String(decoding: try reader.array(at: at + 46, count: nameLength), as: UTF8.self)
        guard flags & 1 == 0 else { throw damaged(reader, at, "the zip entry \(name) is encrypted") }
        var entry = Entry(
            name: name, method: try reader.integer(at: at + 10), crc: try reader.integer(at: at + 16),
            compressedSize: Int(try reader.integer(UInt32.self, at: at + 20)),
            size: Int(try reader.integer(UInt32.self, at: at + 24)),
            header: Int(try reader.integer(UInt32.self, at: at + 42)))
        try extend(&entry, reader, extra: at + 46 + nameLength, end: at + 46 + nameLength + extraLength)
        at += 46 + nameLength + extraLength + commentLength
        return entry
    }

    /// The zip64 field holds, in this order, the sizes and the offset that did not fit.
    private static func extend(_ entry: inout Entry, _ reader: ByteReader, extra: Int, end: Int)
        throws(WeightsError)
    {
        var at = extra
        while at + 4 <= end {
            let id = try reader.integer(UInt16.self, at: at)
            let length = Int(try reader.integer(UInt16.self, at: at + 2))
            defer { at += 4 + length }
            guard id == 1 else { continue }
            var field = at + 4
            let fieldEnd = min(field + length, end)
            for path in [\Entry.size, \Entry.compressedSize, \Entry.header]
            where entry[keyPath: path] == 0xFFFF_FFFF && field + 8 <= fieldEnd {
                entry[keyPath: path] = try size(reader, at: field)
                field += 8
            }
        }
    }

    /// An entry's bytes: in the file itself where they are stored, else inflated. Their CRC-32 is checked,
    /// unless it is 0 (PyTorch can be told to save time).
    mutating func contents(of entry: Entry) throws(WeightsError) -> (reader: ByteReader, offset: Int) {
        guard reader.starts(with: Self.local, at: entry.header) else {
            throw Self.damaged(reader, entry.header, "the zip entry \(entry.name) has no header here")
        }
        let nameLength = Int(try reader.integer(UInt16.self, at: entry.header + 26))
        let extraLength = Int(try reader.integer(UInt16.self, at: entry.header + 28))
        let offset = entry.header + 30 + nameLength + extraLength
        try reader.check(offset, entry.compressedSize)
        let found: (reader: ByteReader, offset: Int)
        switch entry.method {
        case 0:
            guard entry.size == entry.compressedSize else {
                throw Self.damaged(reader, entry.header, "the stored zip entry \(entry.name) has two sizes")
            }
            found = (reader, offset)
        case 8: found = (try inflated(entry, at: offset), 0)
        default:
            throw Self.damaged(
                reader, entry.header, "the zip entry \(entry.name) is packed by method \(entry.method)")
        }
        let crc = entry.crc == 0 ? 0 : try found.reader.crc32(at: found.offset, count: entry.size)
        guard crc == entry.crc else {
            throw Self.damaged(reader, offset, "the zip entry \(entry.name) has a wrong checksum")
        }
        return found
    }

    private mutating func inflated(_ entry: Entry, at offset: Int) throws(WeightsError) -> ByteReader {
        var bytes: [UInt8] = []
        try Inflater.inflate(
            reader, at: offset, count: entry.compressedSize, wrapper: .none, budget: &budget
        ) { piece throws(WeightsError) in
            guard piece.count <= entry.size - bytes.count else {
                throw Self.damaged(
                    reader, offset, "the zip entry \(entry.name) inflates to more than it says")
            }
            bytes.append(contentsOf: piece)
        }
        guard bytes.count == entry.size else {
            throw Self.damaged(
                reader, offset, "the zip entry \(entry.name) has \(bytes.count) of \(entry.size) bytes")
        }
        return ByteReader(name: "\(reader.path) (\(entry.name))", bytes: bytes)
    }
}
