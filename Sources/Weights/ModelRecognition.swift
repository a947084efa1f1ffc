/// Tells which of several networks a file's tensors belong to, by names and shapes alone. The networks come
/// as data: this module does not know what they compute.
public struct ModelRecognition: Sendable {
    /// A network that a file may be for.
    public struct Candidate: Sendable {
        public var name: String
        /// Every tensor that it needs, and its shape.
        public var parameters: [(name: String, shape: [Int])]

        public init(name: String, parameters: [(name: String, shape: [Int])]) {
            self.name = name
            self.parameters = parameters
        }
    }

    /// How a file differs from a candidate.
    public enum Difference: Sendable, Equatable, CustomStringConvertible {
        case missing(tensor: String, shape: [Int])
        case wrongShape(tensor: String, expected: [Int], found: [Int])
        case extra(tensor: String, shape: [Int])

        public var description: String {
            switch self {
            case .missing(let tensor, let shape): "the tensor \(tensor) \(shape) is missing"
            case .wrongShape(let tensor, let expected, let found):
                "the tensor \(tensor) has shape \(found) instead of \(expected)"
            case .extra(let tensor, let shape): "the tensor \(tensor) \(shape) is too many"
            }
        }
    }

    /// The candidates that fit exactly, in the order given: networks may share their tensors.
    public var matches: [String]
    /// The candidate with the fewest differences, the first of equals.
    public var nearest: String?
    /// What the nearest differs in first: missing or wrongly shaped tensors in the network's order, then
    /// tensors too many in the order of their names. Nil where it fits.
    public var difference: Difference?

    /// - Parameter ignored: Tensors of the file that may be there or not, such as anchors.
    public init(
        _ file: TensorFile, among candidates: [Candidate], ignored: (String) -> Bool = { _ in false }
    ) {
        let found = file.names.filter { !ignored($0) }
        matches = []
        var least = Int.max
        for candidate in candidates {
            var count = 0
            var first: Difference?
            for (name, shape) in candidate.parameters {
                let difference: Difference
                if let actual = file.shape(of: name) {
                    guard actual != shape else { continue }
                    difference = .wrongShape(tensor: name, expected: shape, found: actual)
                } else {
                    difference = .missing(tensor: name, shape: shape)
                }
                first = first ?? difference
                count += 1
            }
            let needed = Set(candidate.parameters.map(\.name))
            let extra = found.filter { !needed.contains($0) }
            if let name = extra.first {
                first = first ?? .extra(tensor: name, shape: file.shape(of: name) ?? [])
            }
            count += extra.count
            if count == 0 { matches.append(candidate.name) }
            if count < least {
                least = count
                nearest = candidate.name
                difference = first
            }
        }
    }
}
