/// Help text, derived from the command and option tables.
enum Help {
    static let version = "1.0.0"

    static func overview() -> String {
        var lines = [
            "vedette \(version): sees in a terminal what a camera sees", "",
            "usage: vedette COMMAND [OPTION…] [ARGUMENT…]", "",
        ]
        for command in CommandName.allCases {
            lines.append("  " + padded("\(command.rawValue) \(command.arguments)", 20) + command.summary)
        }
        lines += [
            "", "sources: camera:, 0, /dev/video2, a file, a folder, 'glob*.jpg', rtsp:// and other URLs,",
            "         -, testsrc:, each also as NAME=SOURCE; @FILE holds a source on its first line", "",
            "vedette COMMAND --help shows the options of a command.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    static func text(of command: CommandName) -> String {
        let usage = ["usage: vedette \(command.rawValue) [OPTION…]", command.arguments]
            .filter { !$0.isEmpty }.joined(separator: " ")
        var lines = [usage, "", "\(command.rawValue) \(command.summary).", ""]
        if command == .models {
            for verb in ModelsVerb.allCases {
                lines.append("  " + padded("\(verb.rawValue) \(verb.arguments)", 20) + verb.summary)
            }
            lines.append("")
        }
        let options = OptionTable.options(of: command)
        for group in OptionSpecification.Group.allCases {
            let rows = options.filter { $0.group == group }
            guard !rows.isEmpty else { continue }
            lines.append("\(group.rawValue):")
            lines += rows.map { line($0, of: command) }
            lines.append("")
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }

    private static func line(_ option: OptionSpecification, of command: CommandName) -> String {
        let short = option.short.map { "-\($0), " } ?? "    "
        let name = ["--\(option.name)", option.kind.placeholder].compactMap { $0 }.joined(separator: " ")
        let note = option.defaultText.isEmpty ? "" : " (default: \(option.defaultText))"
        let verbs = option.verbs.map { verbs in
            ModelsVerb.allCases.filter(verbs.contains).map(\.rawValue).joined(separator: ", ") + ": "
        }
        let left = "  " + short + name
        let column = 30
        var right = wrapped((command == .models ? verbs ?? "" : "") + option.help + note, 80 - column)
        var lines: [String] = []
        if left.count < column - 1 {
            lines.append(padded(left, column) + right.removeFirst())
        } else {
            lines.append(left)
        }
        lines += right.map { padded("", column) + $0 }
        return lines.joined(separator: "\n")
    }

    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = String(word)
            } else if lines[last].count + 1 + word.count <= width {
                lines[last] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
