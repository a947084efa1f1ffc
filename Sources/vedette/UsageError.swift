/// What a user can type wrongly. Nothing has been opened when it is thrown.
enum UsageError: Error, Equatable, CustomStringConvertible {
    case unknownCommand(String, nearest: String?)
    case missingVerb(command: String)
    case unknownVerb(String, command: String, nearest: String?)
    case unknownOption(String, command: String, nearest: String?)
    /// Known, but another command's.
    case foreignOption(String, command: String, belongsTo: [String])
    case missingValue(String, placeholder: String)
    case unwantedValue(String)
    case badValue(option: String, value: String, wanted: String)
    case missingArgument(command: String, placeholder: String)
    case missingOption(String, command: String)
    case unwantedArgument(String, command: String)
    case unknownLabel(String, option: String, nearest: String?)
    case unknownModel(String, nearest: String?)
    case conflict(String, String)

    var description: String {
        switch self {
        case .unknownCommand(let word, let nearest):
            "there is no command '\(word)'\(Self.hint(nearest)); see vedette --help"
        case .missingVerb(let command):
            "\(command) needs a verb: \(ModelsVerb.allCases.map(\.rawValue).joined(separator: ", "))"
        case .unknownVerb(let word, let command, let nearest):
            "\(command) cannot '\(word)'\(Self.hint(nearest)); see vedette \(command) --help"
        case .unknownOption(let word, let command, let nearest):
            "there is no option \(word)\(Self.hint(nearest)); see vedette \(command) --help"
        case .foreignOption(let word, let command, let commands):
            "\(word) is an option of \(commands.joined(separator: ", ")), not of \(command)"
        case .missingValue(let option, let placeholder): "\(option) needs a value: \(option) \(placeholder)"
        case .unwantedValue(let option): "\(option) takes no value"
        case .badValue(let option, let value, let wanted): "\(option): '\(value)' is not \(wanted)"
        case .missingArgument(let command, let placeholder):
            "\(command) needs an argument: vedette \(command) \(placeholder)"
        case .missingOption(let option, let command): "\(command) needs the option \(option)"
        case .unwantedArgument(let word, let command):
            "\(command) does not know what to do with the argument '\(word)'"
        case .unknownLabel(let word, let option, let nearest):
            "\(option): the model knows no '\(word)'\(Self.hint(nearest))"
        case .unknownModel(let word, let nearest):
            "there is no model '\(word)'\(Self.hint(nearest)); vedette models list shows what there is"
        case .conflict(let one, let other): "\(one) and \(other) exclude each other"
        }
    }

    private static func hint(_ nearest: String?) -> String {
        nearest.map { " (did you mean \($0)?)" } ?? ""
    }
}

/// The word of `candidates` that `word` is most likely a misspelling of; nil where none is close.
func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, min(3, word.count / 3))
    var best: (word: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(word.lowercased(), candidate.lowercased())
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
}

/// Levenshtein's distance over characters, with neighbours swapped counting as one edit.
private func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    guard abs(a.count - b.count) <= 3 else { return .max }
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
            row.append(cost)
        }
        before = last
        last = row
    }
    return last[b.count]
}
