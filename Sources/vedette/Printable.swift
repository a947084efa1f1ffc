/// Text of a user, a file or a server, on one line and so that it cannot drive the terminal.
enum Printable {
    static func text(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate:
                        "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
