/// What can be wrong with weights. Each case renders one sentence.
public enum WeightsError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing(tensor: String, shape: [Int])
    case wrongShape(tensor: String, expected: [Int], found: [Int])

    public var description: String {
        switch self {
        case .missing(let tensor, let shape): "the weights lack the tensor \(tensor) \(shape)"
        case .wrongShape(let tensor, let expected, let found):
            "the tensor \(tensor) has shape \(found), the network needs \(expected)"
        }
    }
}
