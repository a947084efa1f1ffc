import Detector
import EfficientDet
import Graph

/// The paper's design choices as options: how maps are fused, and which maps meet.
enum DesignPoint {
    static let fusions = Fusion.Mode.allCases.map(\.rawValue)
    static let networks = FeatureNetwork.allCases.map(\.rawValue)

    static func isAsked(_ arguments: Arguments) -> Bool {
        arguments.text("fusion") != nil || arguments.text("network") != nil
    }

    static func apply(_ arguments: Arguments, to configuration: inout Configuration) throws(UsageError) {
        if let mode = arguments.text("fusion").flatMap({ Fusion.Mode(rawValue: $0) }) {
            configuration.fusion = mode
        }
        guard let network = arguments.text("network").flatMap({ FeatureNetwork(rawValue: $0) }) else {
            return
        }
        guard network != .quad || configuration.levels == 3...7 else {
            throw .conflict("--network quad (levels 3 to 7)", configuration.name)
        }
        configuration.featureNetwork = network
    }
}

extension Model {
    /// A model whose weights are not at hand gets random ones: shape and speed are the same.
    static func orRandom(_ word: String?) throws -> Model {
        do {
            return try load(word)
        } catch ModelError.noWeights {
            guard let configuration = word.flatMap(Configuration.named) else {
                throw ModelError.noWeights(word ?? "", builtIn: builtInName)
            }
            return Model(random: configuration)
        }
    }
}
