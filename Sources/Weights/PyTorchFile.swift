/// PyTorch's `.pth`: a pickle that describes tensors, and their bytes. Two containers: a zip archive
/// (PyTorch 1.6 and later), and the older file of five pickles with the bytes after them.
enum PyTorchFile {
    /// The first pickle of the older container: protocol 2, the integer 0x1950a86a20f9469cfc6c.
    private static let magic: [UInt8] =
        [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, UInt8(ascii: ".")]
    /// A checkpoint of the largest model with its optimiser's state takes about 3 MB.
    private static let largestPickle = 64 << 20

    static func isLegacy(_ reader: ByteReader) -> Bool { reader.starts(with: magic) }

    /// Where a storage's bytes lie.
    struct Extent {
        var reader: ByteReader
        var offset: Int
        var size: Int
    }

    // MARK: Zip

    static func readZip(_ reader: ByteReader) throws(WeightsError) -> FileContents {
        var archive = try ZipArchive(reader)
        var byName: [String: ZipArchive.Entry] = [:]
        for entry in archive.entries { byName[entry.name] = entry }
        // `PREFIX/data.pkl`; the prefix is the file's name when it was saved.
        let pickles = byName.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard let name = pickles.min(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }),
            let pickle = byName[name]
        else {
            throw .unknownFormat(path: reader.path, hint: "it is a zip archive without PyTorch's data.pkl")
        }
        guard pickle.size <= largestPickle else {
            throw .damaged(path: reader.path, offset: 0, reason: "\(name) has \(pickle.size) bytes")
        }
        let prefix = String(name.dropLast("data.pkl".count))
        if let order = byName[prefix + "byteorder"] {
            let text = try archive.contents(of: order)
            guard text.reader.starts(with: Array("little".utf8), at: text.offset) else {
                throw .damaged(path: reader.path, offset: text.offset, reason: "its numbers are big-endian")
            }
        }
        let place = try archive.contents(of: pickle)
        let (root, heap, _) = try Unpickler.read(
            place.reader, at: place.offset, end: place.offset + pickle.size)
        return try contents(root, heap, reader) { key throws(WeightsError) in
            guard let entry = byName["\(prefix)data/\(key)"] else {
                throw .damaged(
                    path: reader.path, offset: place.offset,
                    reason: "the archive lacks the entry \(prefix)data/\(key)")
            }
            let bytes = try archive.contents(of: entry)
            return Extent(reader: bytes.reader, offset: bytes.offset, size: entry.size)
        }
    }

    // MARK: Legacy

    static func readLegacy(_ reader: ByteReader) throws(WeightsError) -> FileContents {
        var at = magic.count
        // Protocol version and the machine that wrote it.
        at = try Unpickler.read(reader, at: at, end: reader.count).end
        let system = try Unpickler.read(reader, at: at, end: reader.count)
        if case .dictionary(let index) = system.value,
            case .bool(false) = system.heap.member("little_endian", of: index)
        {
            throw .damaged(path: reader.path, offset: at, reason: "its numbers are big-endian")
        }
        let (root, heap, end) = try Unpickler.read(reader, at: system.end, end: reader.count)
        let keys = try Unpickler.read(reader, at: end, end: reader.count)
        let extents = try legacyExtents(keys, heap, reader)
        return try contents(root, heap, reader) { key throws(WeightsError) in
            guard let extent = extents[key] else {
                throw .damaged(path: reader.path, offset: end, reason: "the file lacks the storage \(key)")
            }
            return extent
        }
    }

    /// The storages follow in the order of their keys: an element count, then the elements.
    private static func legacyExtents(
        _ keys: (value: PickleValue, heap: PickleHeap, end: Int), _ heap: PickleHeap, _ reader: ByteReader
    ) throws(WeightsError) -> [String: Extent] {
        guard case .sequence(let list) = keys.value else {
            throw .damaged(path: reader.path, offset: keys.end, reason: "there is no list of storages")
        }
        var types: [String: ElementType] = [:]
        for storage in heap.storages { types[storage.key] = storage.type }
        var extents: [String: Extent] = [:]
        var at = keys.end
        for item in keys.heap.sequences[list] {
            guard case .string(let key) = item, let type = types[key] else {
                throw .damaged(path: reader.path, offset: at, reason: "a storage that no tensor uses")
            }
            let count = try reader.integer(Int64.self, at: at)
            let (size, overflow) = Int(count).multipliedReportingOverflow(by: type.size)
            guard count >= 0, !overflow else {
                throw .damaged(path: reader.path, offset: at, reason: "a storage of \(count) numbers")
            }
            try reader.check(at + 8, size)
            extents[key] = Extent(reader: reader, offset: at + 8, size: size)
            at += 8 + size
        }
        return extents
    }

    // MARK: State dictionary

    private static func contents(
        _ root: PickleValue, _ heap: PickleHeap, _ reader: ByteReader,
        storage: (String) throws(WeightsError) -> Extent
    ) throws(WeightsError) -> FileContents {
        guard let state = StateDictionary.find(in: root, heap) else {
            throw .unknownFormat(path: reader.path, hint: "its pickle holds no state dictionary of tensors")
        }
        var extents: [String: Extent] = [:]
        var contents = FileContents()
        for (name, index) in state {
            let tensor = heap.tensors[index]
            let stored = heap.storages[tensor.storage]
            if extents[stored.key] == nil { extents[stored.key] = try storage(stored.key) }
            guard let extent = extents[stored.key] else { continue }
            let (start, overflow) = tensor.offset.multipliedReportingOverflow(by: stored.type.size)
            guard !overflow, start <= extent.size else {
                throw .damaged(
                    path: reader.path, offset: extent.offset,
                    reason: "the tensor \(name) starts behind the end of its storage")
            }
            contents.tensors[name] = try StoredTensor(
                name, shape: tensor.shape, strides: tensor.strides, type: stored.type,
                storage: extent.reader, offset: extent.offset + start, end: extent.offset + extent.size)
        }
        return contents
    }
}
