/// A LevelDB table (`table_format.md` of LevelDB): texts in ascending order, each with a value, in blocks
/// with a checksum. The index of a TensorFlow checkpoint is one.
struct StringTable {
    static let magic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
    private static let footer = 48
    /// The largest model's checkpoint has 6,000 keys of up to 100 bytes.
    private static let mostEntries = 100_000
    private static let longestKey = 1024

    struct Entry {
        var key: String
        /// Where the value lies.
        var value: Range<Int>
    }

    static func recognises(_ reader: ByteReader) -> Bool {
        reader.starts(with: magic, at: reader.count - magic.count)
    }

    /// All entries in their order.
    /// - Parameter checksums: False only where a test wants damage to reach what stands behind them.
    static func read(_ reader: ByteReader, checksums: Bool = true) throws(WeightsError) -> [Entry] {
        guard reader.count >= footer, recognises(reader) else {
            throw .damaged(path: reader.path, offset: reader.count, reason: "the table has no footer")
        }
        var at = reader.count - footer
        let end = reader.count - magic.count
        // The meta-index, which holds nothing that matters here, then the index.
        _ = try handle(reader, &at, end)
        let index = try handle(reader, &at, end)
        var found: [Entry] = []
        for block in try entries(reader, block: index, limit: mostEntries, checksums) {
            var at = block.value.lowerBound
            let data = try handle(reader, &at, block.value.upperBound)
            found += try entries(reader, block: data, limit: mostEntries - found.count, checksums)
        }
        return found
    }

    private static func handle(_ reader: ByteReader, _ at: inout Int, _ end: Int) throws(WeightsError)
        -> Range<Int>
    {
        let start = at
        let offset = try reader.varint(at: &at, end: end)
        let size = try reader.varint(at: &at, end: end)
        guard offset <= UInt64(reader.count), size <= UInt64(reader.count) - offset else {
            throw .damaged(
                path: reader.path, offset: start, reason: "a block of the table lies outside the file")
        }
        return Int(offset)..<Int(offset) + Int(size)
    }

    /// The entries of one block: each key says how much it shares with the one before it.
    private static func entries(
        _ reader: ByteReader, block: Range<Int>, limit: Int, _ checksums: Bool
    ) throws(WeightsError) -> [Entry] {
        func damaged(_ offset: Int, _ reason: String) -> WeightsError {
            .damaged(path: reader.path, offset: offset, reason: reason)
        }
        let compression = try reader.integer(UInt8.self, at: block.upperBound)
        let crc = try reader.integer(UInt32.self, at: block.upperBound + 1)
        let sum = checksums ? try CRC32C.masked(reader, at: block.lowerBound, count: block.count + 1) : crc
        guard sum == crc else {
            throw damaged(block.lowerBound, "a block of the table has a wrong checksum")
        }
        guard compression == 0 else {
            throw damaged(
                block.upperBound, "the table is compressed (\(compression)), as TensorFlow never does")
        }
        guard block.count >= 4 else { throw damaged(block.lowerBound, "a block of the table is too short") }
        let restarts = Int(try reader.integer(UInt32.self, at: block.upperBound - 4))
        guard restarts <= (block.count - 4) / 4 else {
            throw damaged(block.upperBound - 4, "a block of the table has \(restarts) restarts")
        }
        let end = block.upperBound - 4 - 4 * restarts
        var found: [Entry] = []
        var key: [UInt8] = []
        var at = block.lowerBound
        while at < end {
            let start = at
            let shared = try reader.varint(at: &at, end: end)
            let unshared = try reader.varint(at: &at, end: end)
            let length = try reader.varint(at: &at, end: end)
            guard shared <= UInt64(key.count), unshared <= UInt64(longestKey), length <= UInt64(end - at),
                unshared + length <= UInt64(end - at), shared + unshared <= UInt64(longestKey),
                found.count < limit
            else { throw damaged(start, "an entry of the table cannot be") }
            key = key.prefix(Int(shared)) + (try reader.array(at: at, count: Int(unshared)))
            at += Int(unshared)
            found.append(Entry(key: String(decoding: key, as: UTF8.self), value: at..<at + Int(length)))
            at += Int(length)
        }
        return found
    }
}
