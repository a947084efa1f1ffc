import Detector
import EfficientDet
import JSON
import Logs
import Models
import Weights

/// `vedette models VERB`: what models there are, and the user's store of them.
struct ModelsCommand {
    let arguments: Arguments
    let notes: Notes
    let control: RunControl
    let verb: ModelsVerb
    let store: ModelStore

    init(_ arguments: Arguments, _ notes: Notes, _ control: RunControl) throws {
        guard let verb = arguments.verb else { throw UsageError.missingVerb(command: "models") }
        self.arguments = arguments
        self.notes = notes
        self.control = control
        self.verb = verb
        store = try ModelStore.standard()
    }

    func run() throws -> Outcome {
        switch verb {
        case .list:
            try noArguments()
            return tell(try ModelsList(store).text(isJSON: arguments.has("json")))
        case .info: return try tell(ModelsInfo(try only(), arguments).text)
        case .import: return try ModelsImport(self).importFile(try only())
        case .pull: return try ModelsImport(self).pull(try only())
        case .quantize: return try ModelsQuantize(self, try only()).run()
        case .verify: return try verify()
        case .remove: return try remove()
        }
    }

    private func noArguments() throws {
        if let word = arguments.positionals.first {
            throw UsageError.unwantedArgument(word, command: "models \(verb.rawValue)")
        }
    }

    /// The one argument of this verb.
    private func only() throws -> String {
        guard let word = arguments.positionals.first else { throw missing }
        if arguments.positionals.count > 1 {
            throw UsageError.unwantedArgument(
                arguments.positionals[1], command: "models \(verb.rawValue)")
        }
        return word
    }

    private var missing: UsageError {
        .missingArgument(command: "models \(verb.rawValue)", placeholder: verb.arguments)
    }

    func tell(_ text: String) -> Outcome {
        StandardStream.output.write(text) ? .exit(.done) : .readerGone
    }

    // MARK: verify and remove

    /// Every named model, or all: whole, complete, usable.
    private func verify() throws -> Outcome {
        let names = try arguments.positionals.isEmpty ? store.names() : arguments.positionals
        guard !names.isEmpty else { return tell("the store \(store.folder) is empty\n") }
        var isFine = true
        for name in names {
            let path = try path(of: name)
            do {
                let file = try TensorFile.open(path)
                try Model(file).check()
                switch try FileSeal.isIntact(file) {
                case true?: StandardStream.output.write("\(name)  ok\n")
                case nil: StandardStream.output.write("\(name)  ok, but it carries no digest\n")
                case false?:
                    isFine = false
                    StandardStream.output.write("\(name)  DAMAGED: its digest differs\n")
                }
            } catch {
                isFine = false
                StandardStream.output.write("\(name)  DAMAGED: \(Failure(error).sentence)\n")
            }
        }
        return .exit(isFine ? .done : .no)
    }

    private func remove() throws -> Outcome {
        guard !arguments.positionals.isEmpty else { throw missing }
        // All or none: a misspelt name removes nothing.
        for name in arguments.positionals { _ = try path(of: name) }
        for name in Set(arguments.positionals).sorted() {
            try store.remove(name)
            notes.note("removed \(name)")
        }
        return .exit(.done)
    }

    private func path(of name: String) throws -> String {
        _ = try store.path(of: name)
        guard let path = store.find(name) else {
            throw StoreError.noModel(name, nearest: nearest(to: name, among: try store.names()))
        }
        return path
    }
}
