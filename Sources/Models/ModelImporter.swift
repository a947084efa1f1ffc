import Detector
import EfficientDet
import Weights

/// Brings a weight file of any known format into the store, as one safetensors file that says what it is.
public struct ModelImporter {
    public let store: ModelStore
    /// Instead of what the file says or its shapes tell: `d7`, where D6 would fit as well.
    public var model: String?
    /// Name per class instead of the file's own, and where they were read.
    public var labels: (names: [String], path: String)?
    public var replacing = false
    /// Where the file came from, when that is not its path.
    public var source: String?
    public var licence: String?

    public init(store: ModelStore) {
        self.store = store
    }

    /// What was imported.
    public struct Result: Sendable {
        public var name: String
        public var path: String
        public var model: Model
    }

    /// A name for the model in the file at `path`: the file's own, without what stands after the last point.
    public static func name(of path: String) -> String {
        var parts = path.split(separator: "/").last.map(String.init) ?? ""
        for suffix in [".tar.gz", ".tgz", ".tar", ".safetensors", ".pth", ".pt", ".tflite", ".index"]
        where parts.lowercased().hasSuffix(suffix) {
            parts = String(parts.dropLast(suffix.count))
            break
        }
        let safe = parts.unicodeScalars.map {
            $0.isASCII && ModelStore.isName("a\($0)") ? Character($0) : "-"
        }
        return String(String(safe).drop { !ModelStore.isName(String($0)) }.prefix(60))
    }

    /// - Throws: `WeightsError` and `ModelError` for the file, `StoreError` for the store; nothing is left
    ///   behind then.
    public func run(_ path: String, as name: String) throws -> Result {
        try store.check(name, replacing: replacing)
        let file = try TensorFile.open(path)
        var model = try Model(file, name: model)
        try model.check()
        if let labels { try model.rename(labels.names, path: labels.path) }
        let precision = try Self.precision(of: file)
        let metadata = metadata(of: model, file, path)
        try store.install(name, replacing: replacing) { new in
            try SafetensorsWriter.write(file, metadata: metadata, to: new, precision: precision)
            try FileSeal.close(new)
        }
        let installed = try store.path(of: name)
        return Result(name: name, path: installed, model: try Model(try TensorFile.open(installed)))
    }

    /// Half the bytes where no number needs more; a number that is none is refused.
    static func precision(of file: TensorFile) throws -> SafetensorsWriter.Precision {
        var isShort = true
        for name in file.names {
            for value in try file.floats(name).values {
                guard value.isFinite else {
                    throw ModelError.notFinite(path: file.path, tensor: name)
                }
                if value.bitPattern & 0xFFFF != 0 { isShort = false }
            }
        }
        return isShort ? .bfloat16 : .float32
    }

    private func metadata(of model: Model, _ file: TensorFile, _ path: String) -> [String: String] {
        let configuration = model.configuration
        var description = ModelDescription(file)
        description.model = configuration.name
        description.classCount = configuration.classCount
        description.imageSize = configuration.inputHeight
        description.mean = configuration.mean
        description.std = configuration.std
        description.anchorScale = configuration.anchorScale
        description.aspectRatios = configuration.aspectRatios.map { [$0.width, $0.height] }
        description.fusion = configuration.fusion.rawValue
        description.labels = model.labels.names
        description.source = source ?? path
        description.sourceDigest = file.reader.digest
        var metadata = description.metadata.merging(FileSeal.open) { $1 }
        metadata["licence"] = licence ?? file.metadata["licence"]
        return metadata
    }
}
