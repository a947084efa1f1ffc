import Glibc

/// Finds a checkpoint's files: in a folder, beside its index, or in a tar archive.
extension Checkpoint.Files {
    /// The index and shards whose names begin with `prefix`.
    init(prefix: String) throws(WeightsError) {
        index = try ByteReader(path: prefix + ".index")
        shard = { ending throws(WeightsError) in try ByteReader(path: prefix + ending) }
    }

    /// The checkpoint in `folder` that its file `checkpoint` names, else the one with the highest step.
    init(folder: String) throws(WeightsError) {
        let names = try Self.names(in: folder)
        let named: String? =
            names.contains("checkpoint")
            ? Self.latest(try ByteReader(path: folder + "/checkpoint")) : nil
        guard let prefix = Self.prefix(among: names, named: named) else {
            throw .cannotOpen(path: folder, reason: "the folder holds no TensorFlow checkpoint (*.index)")
        }
        try self.init(prefix: folder + "/" + prefix)
    }

    /// From the files of an archive, by name without folders.
    init(archive path: String, _ files: [String: ByteReader]) throws(WeightsError) {
        let names = Array(files.keys)
        guard let prefix = Self.prefix(among: names, named: files["checkpoint"].flatMap(Self.latest)),
            let index = files[prefix + ".index"]
        else {
            throw .unknownFormat(path: path, hint: "it is an archive without a TensorFlow checkpoint")
        }
        self.index = index
        shard = { ending throws(WeightsError) in
            guard let shard = files[prefix + ending] else {
                throw .cannotOpen(path: path, reason: "the archive lacks \(prefix)\(ending)")
            }
            return shard
        }
    }

    /// `model.ckpt-7` for `model.ckpt-7.index` and its shards; nil for other paths.
    static func prefix(of path: String) -> String? {
        if path.hasSuffix(".index") { return String(path.dropLast(".index".utf8.count)) }
        guard let name = path.split(separator: "/", omittingEmptySubsequences: false).last,
            let tail = name.ranges(of: ".data-").last
        else { return nil }
        let ending = name[tail.lowerBound...]
        return ending.contains("-of-") ? String(path.dropLast(ending.utf8.count)) : nil
    }

    /// The prefix that the text file `checkpoint` gives as `model_checkpoint_path: "…"`, without folders.
    private static func latest(_ reader: ByteReader) -> String? {
        guard let bytes = try? reader.array(at: 0, count: min(reader.count, 4096)) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("model_checkpoint_path:") {
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
            guard parts.count >= 2 else { continue }
            return parts[1].split(separator: "/").last.map(String.init)
        }
        return nil
    }

    private static func prefix(among names: [String], named: String?) -> String? {
        if let named, names.contains(named + ".index") { return named }
        let prefixes = names.filter { $0.hasSuffix(".index") }.map {
            String($0.dropLast(".index".utf8.count))
        }
        func step(_ prefix: String) -> Int { prefix.split(separator: "-").last.flatMap { Int($0) } ?? -1 }
        return prefixes.max { (step($0), $0) < (step($1), $1) }
    }

    private static func names(in folder: String) throws(WeightsError) -> [String] {
        guard let stream = opendir(folder) else {
            throw .cannotOpen(path: folder, reason: String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }
}
