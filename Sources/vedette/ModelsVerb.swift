/// What `vedette models` can do.
enum ModelsVerb: String, CaseIterable, Sendable {
    case list, info, `import`, pull, quantize, verify, remove

    /// Arguments as the usage line shows them.
    var arguments: String {
        switch self {
        case .list: ""
        case .info: "NAME|FILE"
        case .import: "FILE"
        case .pull: "NAME|URL"
        case .quantize: "NAME|FILE"
        case .verify: "[NAME…]"
        case .remove: "NAME…"
        }
    }

    var summary: String {
        switch self {
        case .list: "what is built in, in the store, and can be pulled"
        case .info: "shape, parameters, multiply-adds and memory of a network"
        case .import: "takes a weight file of any known format into the store"
        case .pull: "fetches public weights over https into the store"
        case .quantize: "a copy of a model for --precision int8, from pictures"
        case .verify: "checks that the store's models are whole"
        case .remove: "takes models out of the store"
        }
    }
}
