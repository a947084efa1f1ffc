import CAssets

/// A weight file of any known format: tensors under effdet's names, and what the file says of itself.
public final class TensorFile: TensorProvider, Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case safetensors
        case pyTorch = "PyTorch"

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

    /// Opens the file at `path`; its content decides the format.
    public static func open(_ path: String) throws(WeightsError) -> TensorFile {
        try TensorFile(try ByteReader(path: path))
    }

    /// The default weights, which travel inside the binary.
    public static func embedded() throws(WeightsError) -> TensorFile {
        // The symbol is an incomplete array to Swift: its address and size come from C.
        let bytes = UnsafeRawBufferPointer(
            start: cassets_default_weights_bytes(), count: cassets_default_weights_size)
        return try TensorFile(ByteReader(name: "the built-in weights", static: bytes))
    }

    init(_ reader: ByteReader) throws(WeightsError) {
        let found: FileContents
        if ZipArchive.recognises(reader) {
            format = .pyTorch
            found = try PyTorchFile.readZip(reader)
        } else if PyTorchFile.isLegacy(reader) {
            format = .pyTorch
            found = try PyTorchFile.readLegacy(reader)
        } else if Safetensors.recognises(reader) {
            format = .safetensors
            found = try Safetensors.read(reader)
        } else {
            throw .unknownFormat(path: reader.path, hint: Self.hint(reader))
        }
        let contents = try CanonicalNames.apply(to: found)
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
        if head.starts(with: [0x1F, 0x8B]) { return "it looks like a gzip archive" }
        if head.starts(with: [0x89] + Array("HDF".utf8)) { return "it looks like Keras HDF5" }
        if head.dropFirst(4).starts(with: "TFL3".utf8) { return "it looks like TFLite" }
        if head.starts(with: [0x80]) { return "it looks like a pickle, but not one of PyTorch" }
        if head.allSatisfy({ $0 >= 9 && $0 < 127 }) { return "it looks like text" }
        return "its first bytes are of no known format"
    }
}
