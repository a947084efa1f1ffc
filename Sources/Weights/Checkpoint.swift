/// A TensorFlow checkpoint ("tensor bundle", `tensor_bundle.proto` of TensorFlow): a table of names, and the
/// tensors' bytes in one or more shards beside it.
enum Checkpoint {
    /// Where an index and its shards come from.
    struct Files {
        var index: ByteReader
        /// The file with this ending in place of `.index`.
        var shard: (String) throws(WeightsError) -> ByteReader
    }

    private struct Entry {
        var type: UInt64 = 0
        var shape: [Int] = []
        var shard = 0
        var offset = 0
        var size = 0
        var crc: UInt32?
        var isSliced = false
    }

    private static let average = "/ExponentialMovingAverage"

    /// - Parameter checksums: False only where a test wants damage to reach what stands behind them.
    static func read(_ files: Files, checksums: Bool = true) throws(WeightsError) -> FileContents {
        let reader = files.index
        var shards = 0
        var entries: [String: (entry: Entry, at: Int)] = [:]
        for found in try StringTable.read(reader, checksums: checksums) {
            if found.key.isEmpty {
                shards = try header(reader, found.value)
            } else if found.key == "_CHECKPOINTABLE_OBJECT_GRAPH" {
                throw .unknownFormat(
                    path: reader.path,
                    hint: "it is an object-based TensorFlow 2 checkpoint; vedette reads name-based ones, "
                        + "as google/automl publishes them")
            } else if !isBeside(found.key) {
                entries[found.key] = (try entry(reader, found.value), found.value.lowerBound)
            }
        }
        guard (1...10_000).contains(shards) else {
            throw .damaged(path: reader.path, offset: 0, reason: "a checkpoint of \(shards) shards")
        }
        var readers: [Int: ByteReader] = [:]
        var contents = FileContents()
        for (name, found) in entries {
            // The averaged value is the one that the authors evaluate with.
            if entries[name + average] != nil { continue }
            let number = found.entry.shard
            guard (0..<shards).contains(number) else {
                throw .damaged(path: reader.path, offset: found.at, reason: "\(name) lies in no shard")
            }
            if readers[number] == nil {
                readers[number] = try files.shard(".data-\(padded(number))-of-\(padded(shards))")
            }
            guard let shard = readers[number] else { continue }
            let bare = name.hasSuffix(average) ? String(name.dropLast(average.utf8.count)) : name
            contents.tensors[bare] = try tensor(
                bare, found.entry, shard, index: reader, at: found.at, checksums: checksums)
        }
        return contents
    }

    /// What training leaves beside the weights.
    private static func isBeside(_ key: String) -> Bool {
        let last = key.split(separator: "/").last ?? ""
        return ["Momentum", "RMSProp", "Adam"].contains { last.hasPrefix($0) }
            || ["global_step", "learning_rate", "save_counter"].contains(key) || key.contains("/head/")
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
    }

    private static func header(_ reader: ByteReader, _ range: Range<Int>) throws(WeightsError) -> Int {
        var fields = ProtobufReader(reader, range)
        var shards = 0
        while let (field, value) = try fields.next() {
            switch (field, value) {
            case (1, .varint(let count)): shards = Int(exactly: count) ?? 0
            case (2, .varint(1)):
                throw .damaged(
                    path: reader.path, offset: range.lowerBound, reason: "its numbers are big-endian")
            default: break
            }
        }
        return shards
    }

    private static func entry(_ reader: ByteReader, _ range: Range<Int>) throws(WeightsError) -> Entry {
        func number(_ value: UInt64) throws(WeightsError) -> Int {
            guard let number = Int(exactly: value) else {
                throw .damaged(path: reader.path, offset: range.lowerBound, reason: "an absurd number")
            }
            return number
        }
        var entry = Entry()
        var fields = ProtobufReader(reader, range)
        while let (field, value) = try fields.next() {
            switch (field, value) {
            case (1, .varint(let type)): entry.type = type
            case (2, .bytes(let inner)): entry.shape = try shape(reader, inner)
            case (3, .varint(let shard)): entry.shard = try number(shard)
            case (4, .varint(let offset)): entry.offset = try number(offset)
            case (5, .varint(let size)): entry.size = try number(size)
            case (6, .fixed32(let crc)): entry.crc = crc
            case (7, _): entry.isSliced = true
            default: break
            }
        }
        return entry
    }

    /// TensorShapeProto: field 2 repeats {1: size}.
    private static func shape(_ reader: ByteReader, _ range: Range<Int>) throws(WeightsError) -> [Int] {
        var shape: [Int] = []
        var dimensions = ProtobufReader(reader, range)
        while let (field, value) = try dimensions.next() {
            guard field == 2, case .bytes(let inner) = value else { continue }
            var side = 0
            var fields = ProtobufReader(reader, inner)
            while let (field, value) = try fields.next() {
                if field == 1, case .varint(let size) = value { side = Int(truncatingIfNeeded: size) }
            }
            shape.append(side)
        }
        return shape
    }

    private static func tensor(
        _ name: String, _ entry: Entry, _ shard: ByteReader, index: ByteReader, at: Int, checksums: Bool
    ) throws(WeightsError) -> StoredTensor {
        func damaged(_ reason: String) -> WeightsError {
            .damaged(path: index.path, offset: at, reason: "the tensor \(name) \(reason)")
        }
        let types: [UInt64: ElementType] = [
            1: .float32, 2: .float64, 3: .int32, 9: .int64, 14: .bfloat16, 19: .float16,
        ]
        guard let type = types[entry.type] else {
            throw .wrongType(tensor: name, type: "number \(entry.type) of TensorFlow")
        }
        guard !entry.isSliced else { throw damaged("is cut into slices") }
        try shard.check(entry.offset, entry.size)
        let tensor = try StoredTensor(
            name, shape: entry.shape, type: type, storage: shard, offset: entry.offset,
            end: entry.offset + entry.size)
        guard tensor.count * type.size == entry.size else {
            throw damaged("has \(entry.size) bytes, its shape needs \(tensor.count * type.size)")
        }
        if checksums, let crc = entry.crc {
            guard try CRC32C.masked(shard, at: entry.offset, count: entry.size) == crc else {
                throw .damaged(
                    path: shard.path, offset: entry.offset, reason: "the tensor \(name) has a wrong checksum")
            }
        }
        return tensor
    }
}
