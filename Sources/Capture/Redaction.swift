/// What may be shown of text that came from outside.
enum Redaction {
    /// `text` without the passwords of URLs in it: `rtsp://me:secret@host` becomes `rtsp://me@host`.
    /// A user part without a name is cut as a whole. Values of query items that look like secrets go, too.
    static func withoutPasswords(_ text: String) -> String {
        var rest = Substring(text)
        var result = ""
        while let mark = rest.firstRange(of: "://") {
            result += rest[..<mark.upperBound]
            rest = rest[mark.upperBound...]
            // The authority ends at the path; a password may hold '@', so the last one counts.
            let end = rest.firstIndex { "/?# \t\n\"'".contains($0) } ?? rest.endIndex
            let authority = rest[..<end]
            if let at = authority.lastIndex(of: "@") {
                let user = authority[..<at].prefix { $0 != ":" }
                if !user.isEmpty { result += user + "@" }
                result += authority[authority.index(after: at)...]
            } else {
                result += authority
            }
            rest = rest[end...]
            if rest.first.map({ "/?#".contains($0) }) == true {
                let stop = rest.firstIndex { " \t\n\"'".contains($0) } ?? rest.endIndex
                result += withoutSecretItems(rest[..<stop])
                rest = rest[stop...]
            }
        }
        return result + rest
    }

    private static let secretItems: Set<String> = [
        "password", "passwd", "pass", "pwd", "passphrase", "token", "access_token", "auth", "key",
        "secret", "sig", "signature",
    ]

    private static func withoutSecretItems(_ path: Substring) -> String {
        guard let mark = path.firstIndex(of: "?") else { return String(path) }
        let items = path[path.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let kept = items.map { item in
            guard let equals = item.firstIndex(of: "="),
                secretItems.contains(item[..<equals].lowercased())
            else { return String(item) }
            return item[...equals] + "…"
        }
        return path[...mark] + kept.joined(separator: "&")
    }

    /// Control characters, and those that turn or hide text, replaced so that a name cannot drive the
    /// terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    /// A user's spec as titles, logs and errors show it.
    static func shown(_ spec: String) -> String { printable(withoutPasswords(spec)) }
}

extension Substring {
    /// The first place of `word`; nil if it does not occur.
    fileprivate func firstRange(of word: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(word) { return start..<index(start, offsetBy: word.count) }
            start = index(after: start)
        }
        return nil
    }
}
