/// Why a model cannot be used. Each case renders one sentence; what is wrong with a weight file itself
/// comes as a `WeightsError`.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A name that is neither a file nor a model with weights at hand.
    case noWeights(String, builtIn: String)
    /// A word that is no model's name and no file; and what the store has.
    case unknown(String, stored: [String])
    /// A name of effdet's for a network that is not built here.
    case otherPadding(String)
    /// The file's tensors are those of no EfficientDet that is known.
    case unrecognised(path: String, nearest: String, difference: String)
    /// The file's tensors are not those of the model that it is said to be.
    case differs(path: String, model: String, difference: String)
    /// A weight that is infinite or not a number.
    case notFinite(path: String, tensor: String)
    case unknownName(String, path: String)
    /// A label file that does not fit.
    case labelCount(path: String, found: Int, expected: Int)
    case cannotReadLabels(path: String, reason: String)
    case wrongClassCount(path: String, outputs: Int)
    case goldenLacks(path: String, what: String)
    /// Reference tensors of a network of another shape.
    case goldenDiffers(path: String, tap: String, model: String)

    public var description: String {
        switch self {
        case .noWeights(let name, let builtIn):
            "there are no weights for '\(name)' here: fetch some with vedette models pull \(name), name a weight "
                + "file, or use \(builtIn), which is built in"
        case .unknown(let word, _):
            "'\(word)' is neither a model known here nor a file: vedette models list shows what there is"
        case .otherPadding(let name):
            "effdet's \(name) pads its maps as PyTorch does, which vedette does not: use tf_\(name) "
                + "(\(name.dropFirst("efficientdet_".count)) for short)"
        case .unrecognised(let path, let nearest, let difference):
            "\(path) fits no EfficientDet known here; nearest is \(nearest), but \(difference)"
        case .differs(let path, let model, let difference):
            "\(path) does not hold the weights of \(model): \(difference)"
        case .notFinite(let path, let tensor):
            "\(path) is unusable: the tensor \(tensor) holds a value that is no finite number"
        case .unknownName(let name, let path): "\(path) is for '\(name)', which is no EfficientDet known here"
        case .labelCount(let path, let found, let expected):
            "\(path) has \(found) labels, the model has \(expected) classes (one line each, empty for unused)"
        case .cannotReadLabels(let path, let reason): "cannot read the labels \(path): \(reason)"
        case .wrongClassCount(let path, let outputs):
            "\(path) has \(outputs) class outputs a place, which is no multiple of its anchors"
        case .goldenDiffers(let path, let tap, let model):
            "\(path) holds the reference tensor '\(tap)', which \(model) does not have"
        case .goldenLacks(let path, let what): "\(path) is no file of reference tensors: it lacks \(what)"
        }
    }
}
