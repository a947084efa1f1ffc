/// How many colours the terminal is trusted with.
public enum ColorDepth: String, Sendable, Hashable, CaseIterable {
    case full = "24bit"
    case indexed256 = "256"
    case basic16 = "16"
    case basic8 = "8"
    /// Brightness by glyph alone.
    case mono

    /// The next of the cycle, for a key.
    var next: ColorDepth {
        switch self {
        case .full: .indexed256
        case .indexed256: .basic16
        case .basic16: .basic8
        case .basic8: .mono
        case .mono: .full
        }
    }
}
