/// Why the model store could not do what it was asked. Each case renders one sentence.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    case badName(String)
    case exists(String)
    case noModel(String, nearest: String?)
    /// Neither XDG_DATA_HOME nor HOME says where the store is.
    case nowhere
    case cannotRead(path: String, reason: String)
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .badName(let name):
            "'\(name)' cannot name a model: letters, digits, '-', '_', '.' and '=', beginning with a letter "
                + "or a digit, \(ModelStore.longestName) at most"
        case .exists(let name):
            "the store has a model '\(name)' already; replace it with --force or choose another --name"
        case .noModel(let name, let nearest):
            "the store has no model '\(name)'\(nearest.map { " (did you mean \($0)?)" } ?? ""); "
                + "vedette models list shows what it has"
        case .nowhere: "there is no place for the model store: neither XDG_DATA_HOME nor HOME is set"
        case .cannotRead(let path, let reason): "cannot read the model store \(path): \(reason)"
        case .cannotWrite(let path, let reason): "cannot write the model store \(path): \(reason)"
        }
    }
}
