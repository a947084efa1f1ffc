import CAssets
import Glibc

/// A weight file of any known format: tensors under effdet's names, and what the file says of itself.
public final class TensorFile: TensorProvider, Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case safetensors
        case pyTorch = "PyTorch"
        case checkpoint = "TensorFlow checkpoints"
        case tflite = "TFLite"

        /// For sentences: `safetensors, PyTorch and …`.
        static var list: String {
            let names = allCases.map(\.rawValue)
            return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        }
    }

    public let format: Format
    /// Strings of the file's own: `model`, `labels`, `image_size`, `mean`, `std`, …
    public let metadata: [String: String]
    private let tensors: [String: StoredTensor]
    /// The bytes themselves.
    public let reader: ByteReader

    /// Whether there is something at `path` that `open` would look at.
    public static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0 || access(path + ".index", F_OK) == 0
    }

    /// Opens the file at `path`; its content decides the format. A TensorFlow checkpoint is opened by its
    /// folder, its index, one of its shards, what their names have in common, or a tar archive of it.
    public static func open(_ path: String) throws(WeightsError) -> TensorFile {
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR {
                return try TensorFile(try Checkpoint.Files(folder: path))
            }
        } else if access(path + ".index", F_OK) == 0 {
            return try TensorFile(try Checkpoint.Files(prefix: path))
        }
        if let prefix = Checkpoint.Files.prefix(of: path), access(prefix + ".index", F_OK) == 0 {
            return try TensorFile(try Checkpoint.Files(prefix: prefix))
        }
        return try TensorFile(try ByteReader(path: path))
    }

    /// The default weights, which travel inside the binary.
    public static func embedded() throws(WeightsError) -> TensorFile {
        // The symbol is an incomplete array to Swift: its address and size come from C.
        let bytes = UnsafeRawBufferPointer(
            start: cassets_default_weights_bytes(), count: cassets_default_weights_size)
        return try TensorFile(ByteReader(name: "the built-in weights", static: bytes))
    }

    convenience init(_ reader: ByteReader) throws(WeightsError) {
        if ZipArchive.recognises(reader) {
            try self.init(.pyTorch, try PyTorchFile.readZip(reader), reader)
        } else if PyTorchFile.isLegacy(reader) {
            try self.init(.pyTorch, try PyTorchFile.readLegacy(reader), reader)
        } else if TFLiteModel.recognises(reader) {
            try self.init(.tflite, try TFLiteFile.read(reader), reader)
        } else if TarArchive.isGzip(reader) || TarArchive.isTar(reader) {
            let files = try TarArchive.files(reader) { name in
                name == "checkpoint" || name.hasSuffix(".index") || !name.ranges(of: ".data-").isEmpty
            }
            let contents = try Checkpoint.read(try Checkpoint.Files(archive: reader.path, files))
            try self.init(.checkpoint, contents, reader)
        } else if StringTable.recognises(reader) {
            throw .unknownFormat(
                path: reader.path,
                hint: "it looks like a TensorFlow checkpoint's index, whose name must end in .index")
        } else if Safetensors.recognises(reader) {
            try self.init(.safetensors, try Safetensors.read(reader), reader)
        } else {
            throw .unknownFormat(path: reader.path, hint: Self.hint(reader))
        }
    }

    convenience init(_ checkpoint: Checkpoint.Files) throws(WeightsError) {
        try self.init(.checkpoint, try Checkpoint.read(checkpoint), checkpoint.index)
    }

    init(_ format: Format, _ found: FileContents, _ reader: ByteReader) throws(WeightsError) {
        let contents = try CanonicalNames.apply(to: found, path: reader.path)
        self.format = format
        tensors = contents.tensors
        metadata = contents.metadata
        self.reader = reader
    }

    public var path: String { reader.path }
    public var names: [String] { tensors.keys.sorted() }

    public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    public func floats(_ name: String, shape: [Int]) throws(WeightsError) -> [Float] {
        guard let tensor = tensors[name] else { throw .missing(tensor: name, shape: shape) }
        guard tensor.shape == shape else {
            throw .wrongShape(tensor: name, expected: shape, found: tensor.shape)
        }
        return try tensor.floats()
    }

    /// Shape and values, whatever the shape is.
    public func floats(_ name: String) throws(WeightsError) -> (shape: [Int], values: [Float]) {
        guard let tensor = tensors[name] else { throw .missing(tensor: name, shape: []) }
        return (tensor.shape, try tensor.floats())
    }

    /// Shape and values of a tensor of bytes.
    public func bytes(_ name: String) throws(WeightsError) -> (shape: [Int], values: [UInt8]) {
        guard let tensor = tensors[name] else { throw .missing(tensor: name, shape: []) }
        guard tensor.type == .uint8 else { throw .wrongType(tensor: name, type: tensor.type.rawValue) }
        return (tensor.shape, try tensor.floats().map { UInt8($0) })
    }

    /// What an unreadable file looks like, from its first bytes.
    private static func hint(_ reader: ByteReader) -> String {
        let head = (try? reader.array(at: 0, count: min(16, reader.count))) ?? []
        if head.starts(with: [0x89] + Array("HDF".utf8)) { return "it looks like Keras HDF5" }
        if head.starts(with: [0x80]) { return "it looks like a pickle, but not one of PyTorch" }
        if head.allSatisfy({ $0 >= 9 && $0 < 127 }) { return "it looks like text" }
        return "its first bytes are of no known format"
    }
}
