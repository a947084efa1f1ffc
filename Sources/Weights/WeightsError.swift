/// What can be wrong with weights. Each case renders one sentence.
public enum WeightsError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    /// No format that is known; `hint` names what it looks like.
    case unknownFormat(path: String, hint: String)
    /// The file ends before what it promises.
    case truncated(path: String, offset: Int, wanted: Int, size: Int)
    case damaged(path: String, offset: Int, reason: String)
    /// A pickle refers to a program's function or class that has nothing to do with weights.
    case refused(path: String, offset: Int, name: String)
    case cannotWrite(path: String, reason: String)
    case missing(tensor: String, shape: [Int])
    case wrongShape(tensor: String, expected: [Int], found: [Int])
    case wrongType(tensor: String, type: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot read the weights \(path): \(reason)"
        case .unknownFormat(let path, let hint):
            "\(path) holds no weights that vedette knows (\(hint)); it reads \(TensorFile.Format.list)"
        case .truncated(let path, let offset, let wanted, let size):
            "\(path) is cut: \(wanted) bytes are wanted at offset \(offset), the file has \(size)"
        case .damaged(let path, let offset, let reason): "\(path) is damaged at offset \(offset): \(reason)"
        case .refused(let path, let offset, let name):
            "\(path) is refused: at offset \(offset) its pickle wants \(name), and weights need no program "
                + "(save the model's state_dict alone)"
        case .cannotWrite(let path, let reason): "cannot write the weights \(path): \(reason)"
        case .missing(let tensor, let shape): "the weights lack the tensor \(tensor) \(shape)"
        case .wrongShape(let tensor, let expected, let found):
            "the tensor \(tensor) has shape \(found), the network needs \(expected)"
        case .wrongType(let tensor, let type): "the tensor \(tensor) has the type \(type), which is no number"
        }
    }
}
