import EfficientDet
import Graph
import Weights

extension Model {
    /// Checks that the weight file holds every tensor of the network in its shape, and none besides.
    /// - Throws: `ModelError.differs`, naming the first that is missing, misshapen or too many.
    public func check() throws(ModelError) {
        guard let file else { return }
        let found = ModelRecognition(file, among: [Self.candidate(configuration)])
        if let difference = found.difference {
            throw .differs(path: file.path, model: name, difference: difference.description)
        }
    }

    /// The configuration whose tensors are those of `file`, for files that do not say what they are. Where
    /// several share their tensors (D6 and D7; AdvProp's), the file's name decides, else the first.
    static func recognised(_ file: TensorFile, classCount: Int?) throws(ModelError) -> Configuration {
        let family = Configuration.family.map { one in
            var one = one
            one.classCount = classCount ?? one.classCount
            return one
        }
        let found = ModelRecognition(file, among: family.map(candidate))
        guard let first = found.matches.first else {
            throw .unrecognised(
                path: file.path, nearest: found.nearest ?? "", difference: found.difference?.description ?? ""
            )
        }
        let stem = file.path.split(separator: "/").last ?? ""
        let words = stem.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
        let named = found.matches.first { name in
            words.contains(String(name.dropFirst("efficientdet-".count)))
        }
        let name = named ?? first
        let chosen = words.contains("ap") ? Configuration.named("\(name)-ap") : nil
        return chosen ?? Configuration.named(name) ?? family[0]
    }

    private static func candidate(_ configuration: Configuration) -> ModelRecognition.Candidate {
        ModelRecognition.Candidate(
            name: configuration.name,
            parameters: GraphBuilder.graph(of: configuration).parameters.map { ($0.name, $0.shape) })
    }
}
