/// The commands that a user can type.
enum CommandName: String, CaseIterable, Sendable {
    case watch, detect, eval, bench, parity, models, help
}

/// What stands after an option's name.
enum ValueKind: Sendable {
    /// Nothing; `--no-NAME` takes it back.
    case flag
    /// Anything; the name for the help text.
    case text(String)
    case choice([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// `250ms 10s 5m 2h`, or a time in a video: `90`, `1:30`, `0:01:30.5`.
    case time
    /// `WIDTHxHEIGHT`.
    case size
    /// `all`, `nonempty`, `none` or `every=N`.
    case logFrames
    /// Words separated by commas.
    case list(String)

    /// The placeholder in the help text; nil for a flag.
    var placeholder: String? {
        switch self {
        case .flag: nil
        case .text(let name), .list(let name): name
        case .choice(let words): words.joined(separator: "|")
        case .integer: "N"
        case .number: "X"
        case .time: "T"
        case .size: "WxH"
        case .logFrames: "all|nonempty|every=N|none"
        }
    }
}

/// One row of the option table, from which parsing and help are derived.
struct OptionSpecification: Sendable {
    enum Group: String, CaseIterable, Sendable {
        case model = "Model"
        case detections = "Detections"
        case source = "Source"
        case log = "Log"
        case screen = "Screen"
        case measuring = "Measuring"
        case general = "General"
    }

    let name: String
    let short: Character?
    let kind: ValueKind
    let commands: Set<CommandName>
    let group: Group
    /// As the help text names it; empty where there is none.
    let defaultText: String
    let help: String
    /// Of `models`: the verbs that take it; nil: all.
    let verbs: Set<ModelsVerb>?

    init(
        _ name: String, _ short: Character? = nil, _ kind: ValueKind, _ commands: Set<CommandName>,
        _ group: Group, default defaultText: String = "", _ help: String,
        verbs: Set<ModelsVerb>? = nil
    ) {
        self.name = name
        self.short = short
        self.kind = kind
        self.commands = commands
        self.group = group
        self.defaultText = defaultText
        self.help = help
        self.verbs = verbs
    }
}
