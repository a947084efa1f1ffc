import EfficientDet
import Engine
import Frames
import Graph
import Weights

/// A network with its weights and labels, not yet planned.
public struct Model: Sendable {
    public var configuration: Configuration
    public var labels: LabelSet
    /// What 8-bit maps need; nil where nobody looked.
    public var calibration: Calibration?
    public let weights: any TensorProvider
    /// Where the weights come from; nil for random ones.
    public let file: TensorFile?

    /// Name of the weights that travel inside the binary.
    public static let builtInName = "efficientdet-lite0"

    public var name: String { configuration.name }

    /// The built-in model for nil. For a word: the model of that name in the store, else the built-in one
    /// where it is called so, else the weight file at that path; a word with a `/` is always a path.
    /// - Throws: `ModelError` (`unknown` where it is none of these), `WeightsError`, `StoreError`.
    public static func load(_ word: String? = nil) throws -> Model {
        guard let word else { return try Model(try TensorFile.embedded()) }
        guard !word.contains("/") else { return try Model(try TensorFile.open(word)) }
        let configuration = Configuration.named(word)
        let store = try ModelStore.standard()
        if let path = store.find(word) { return try Model(try TensorFile.open(path)) }
        guard let configuration else {
            guard TensorFile.exists(word) else { throw ModelError.unknown(word, stored: try store.names()) }
            return try Model(try TensorFile.open(word))
        }
        // effdet's other family: without biases in front of normalisations, and padded as PyTorch does it.
        guard !word.lowercased().hasPrefix("efficientdet_d") else { throw ModelError.otherPadding(word) }
        if let path = store.find(configuration.name) { return try Model(try TensorFile.open(path)) }
        guard configuration.name == builtInName else {
            throw ModelError.noWeights(configuration.name, builtIn: builtInName)
        }
        return try Model(try TensorFile.embedded())
    }

    /// - Parameter name: which EfficientDet it is, instead of what the file says.
    /// - Throws: `ModelError` where neither the file's metadata nor its tensors tell which one.
    public init(_ file: TensorFile, name: String? = nil) throws(ModelError) {
        let description = ModelDescription(file)
        var configuration: Configuration
        if let word = name ?? description.model {
            guard let known = Configuration.named(word) else { throw .unknownName(word, path: file.path) }
            configuration = known
        } else {
            configuration = try Self.recognised(file, classCount: description.classCount)
        }
        if let fusion = description.fusion.flatMap({ Fusion.Mode(rawValue: $0) }) {
            configuration.fusion = fusion
        }
        if let count = description.classCount { configuration.classCount = count }
        if let size = description.imageSize, size > 0 {
            (configuration.inputHeight, configuration.inputWidth) = (size, size)
        }
        if let mean = description.mean { configuration.mean = mean }
        if let std = description.std, std.allSatisfy({ $0 != 0 }) { configuration.std = std }
        if let scale = description.anchorScale, scale > 0 { configuration.anchorScale = scale }
        let ratios = (description.aspectRatios ?? []).filter { $0.count == 2 }
            .map { (width: $0[0], height: $0[1]) }
        if ratios.count == configuration.aspectRatios.count { configuration.aspectRatios = ratios }
        self.configuration = configuration
        self.weights = file
        self.file = file
        calibration = description.calibration.flatMap { Calibration(pairs: $0) }
        labels = Self.labels(description, configuration)
    }

    /// Random weights: for measuring a network without trained ones.
    public init(random configuration: Configuration) {
        self.configuration = configuration
        weights = RandomWeights()
        file = nil
        labels = Self.labels(nil, configuration)
    }

    private static func labels(_ description: ModelDescription?, _ configuration: Configuration) -> LabelSet {
        let count = configuration.classCount
        if let names = description?.labels, names.count == count {
            return names == LabelSet.coco.names
                ? .coco : LabelSet(name: description?.model ?? configuration.name, names: names)
        }
        if count == LabelSet.coco.count { return .coco }
        return LabelSet(name: configuration.name, names: Array(repeating: "", count: count))
    }

    /// Other names for the classes.
    /// - Throws: `labelCount` where they are not as many.
    public mutating func rename(_ names: [String], path: String) throws(ModelError) {
        guard names.count == labels.count else {
            throw .labelCount(path: path, found: names.count, expected: labels.count)
        }
        labels = LabelSet(name: path, names: names, firstID: labels.firstID)
    }
}
