/// What the environment says about the terminal.
public struct TerminalTraits: Sendable, Hashable {
    /// `TERM`.
    public var name: String
    /// `COLORTERM`.
    public var colorTerm: String
    /// `NO_COLOR` is set and not empty.
    public var refusesColor: Bool
    /// The first of `LC_ALL`, `LC_CTYPE`, `LANG` that is not empty names UTF-8.
    public var isUTF8: Bool

    public init(variable: (String) -> String?) {
        name = variable("TERM") ?? ""
        colorTerm = variable("COLORTERM") ?? ""
        refusesColor = variable("NO_COLOR").map { !$0.isEmpty } ?? false
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(variable).first { !$0.isEmpty } ?? ""
        let folded = locale.lowercased()
        isUTF8 = folded.contains("utf-8") || folded.contains("utf8")
    }

    /// - Parameters:
    ///   - known: the number of colours in the terminal's description, -1 where it has none.
    ///   - hasDirectColor: the description says so (`RGB`, `Tc`).
    func colorDepth(known: Int, hasDirectColor: Bool) -> ColorDepth {
        if refusesColor { return .mono }
        if colorTerm == "truecolor" || colorTerm == "24bit" || hasDirectColor || drawsDirectColor {
            return .full
        }
        switch known {
        case 256...: return .indexed256
        case 16...: return .basic16
        case 8...: return .basic8
        default: return .mono
        }
    }

    /// Terminals whose every version that is still about has 24 bits, although not all say so over ssh.
    private var drawsDirectColor: Bool {
        name.hasSuffix("-direct")
            || ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour"].contains {
                name.hasPrefix($0)
            }
    }

    var pictureSet: PictureSet { isUTF8 ? .half : .ascii }
}
