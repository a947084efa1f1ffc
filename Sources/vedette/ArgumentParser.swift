/// A command line taken apart by the option table; every value has been checked against its kind.
struct Arguments: Sendable, Equatable {
    var command: CommandName
    var positionals: [String] = []
    /// Of `models`.
    var verb: ModelsVerb?
    /// The last value given for an option.
    var values: [String: String] = [:]
    /// How often a flag was given; `--no-NAME` sets 0.
    var flags: [String: Int] = [:]

    func has(_ flag: String) -> Bool { flags[flag, default: 0] > 0 }
    func text(_ name: String) -> String? { values[name] }
    func integer(_ name: String) -> Int? { values[name].flatMap { Int($0) } }
    func number(_ name: String) -> Double? { values[name].flatMap { ValueSyntax.number($0) } }
    func seconds(_ name: String) -> Double? { values[name].flatMap(ValueSyntax.seconds) }
    func size(_ name: String) -> (width: Int, height: Int)? { values[name].flatMap(ValueSyntax.size) }
    func list(_ name: String) -> [String]? { values[name].map(ValueSyntax.list) }
}

/// GNU style: `--name VALUE`, `--name=VALUE`, bundled short flags, options and arguments in any order,
/// `--` ends options, `--no-NAME` undoes a flag. No abbreviations: they break scripts when an option is
/// added.
struct ArgumentParser {
    private var words: ArraySlice<String>
    private var result: Arguments

    /// - Parameter words: the command line without the program's name.
    /// - Throws: `UsageError`.
    static func parse(_ words: [String]) throws(UsageError) -> Arguments {
        guard let first = words.first else { return Arguments(command: .help) }
        if first == "--version" { return Arguments(command: .help, flags: ["version": 1]) }
        if first == "--help" || first == "-h" { return Arguments(command: .help) }
        guard let command = CommandName(rawValue: first) else {
            throw .unknownCommand(
                first, nearest: nearest(to: first, among: CommandName.allCases.map(\.rawValue)))
        }
        var parser = ArgumentParser(words: words.dropFirst(), result: Arguments(command: command))
        try parser.run()
        try parser.takeVerb()
        return parser.result
    }

    private mutating func run() throws(UsageError) {
        while let word = words.popFirst() {
            if word == "--" {
                result.positionals += words
                return
            } else if word.hasPrefix("--") {
                try long(word.dropFirst(2))
            } else if word.hasPrefix("-"), word.count > 1 {
                try bundle(word.dropFirst())
            } else {
                result.positionals.append(word)
            }
        }
    }

    /// The first argument of a command that has verbs; options of other verbs are refused.
    private mutating func takeVerb() throws(UsageError) {
        guard result.command == .models, !result.positionals.isEmpty else { return }
        let word = result.positionals.removeFirst()
        guard let verb = ModelsVerb(rawValue: word) else {
            throw .unknownVerb(
                word, command: "models",
                nearest: nearest(to: word, among: ModelsVerb.allCases.map(\.rawValue)))
        }
        result.verb = verb
        let given = Set(result.values.keys).union(result.flags.filter { $0.value > 0 }.keys)
        for option in OptionTable.options(of: .models) where given.contains(option.name) {
            guard let verbs = option.verbs, !verbs.contains(verb) else { continue }
            throw .foreignOption(
                "--\(option.name)", command: "models \(word)",
                belongsTo: ModelsVerb.allCases.filter(verbs.contains).map { "models \($0.rawValue)" })
        }
    }

    private mutating func long(_ word: Substring) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let inline = parts.count > 1 ? String(parts[1]) : nil
        if let option = option(named: name) {
            try take(option, spelled: "--\(name)", inline: inline)
        } else if name.hasPrefix("no-"), let option = option(named: String(name.dropFirst(3))) {
            guard inline == nil else { throw .unwantedValue("--\(name)") }
            // `--no-VALUE` of an option with a value: back to its default.
            result.values[option.name] = nil
            result.flags[option.name] = 0
        } else {
            throw unknown("--\(name)", name: name)
        }
    }

    private mutating func bundle(_ letters: Substring) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst() {
            let row = OptionTable.options(of: result.command).first { $0.short == letter }
            guard let option = row else { throw unknown("-\(letter)", name: String(letter)) }
            if case .flag = option.kind {
                try take(option, spelled: "-\(letter)", inline: nil)
            } else {
                let inline = letters.isEmpty ? nil : String(letters)
                try take(option, spelled: "-\(letter)", inline: inline)
                return
            }
        }
    }

    private mutating func take(_ option: OptionSpecification, spelled: String, inline: String?)
        throws(UsageError)
    {
        guard let placeholder = option.kind.placeholder else {
            guard inline == nil else { throw .unwantedValue(spelled) }
            result.flags[option.name, default: 0] += 1
            return
        }
        guard let value = inline ?? words.popFirst() else {
            throw .missingValue(spelled, placeholder: placeholder)
        }
        if let wanted = ValueSyntax.objection(to: value, as: option.kind) {
            throw .badValue(option: spelled, value: value, wanted: wanted)
        }
        result.values[option.name] = value
    }

    private func option(named name: String) -> OptionSpecification? {
        OptionTable.options(of: result.command).first { $0.name == name }
    }

    private func unknown(_ spelled: String, name: String) -> UsageError {
        if let row = OptionTable.all.first(where: { $0.name == name || $0.short.map(String.init) == name }) {
            let commands = CommandName.allCases.filter(row.commands.contains).map(\.rawValue)
            return .foreignOption(spelled, command: result.command.rawValue, belongsTo: commands)
        }
        let names = OptionTable.options(of: result.command).map { "--" + $0.name }
        return .unknownOption(
            spelled, command: result.command.rawValue, nearest: nearest(to: spelled, among: names))
    }
}
