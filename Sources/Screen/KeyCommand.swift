/// What a key means.
enum KeyCommand: Sendable, Hashable, CaseIterable {
    case quit, pause, step, raiseScore, lowerScore, help, leaveHelp, panel, picture, colors, boxes, redraw

    /// `key`: a character's code, as typed. Nil: means nothing.
    init?(key: Int32) {
        guard let value = UInt8(exactly: key) else { return nil }
        switch Unicode.Scalar(value) {
        case "q", "Q", "\u{03}": self = .quit
        case " ": self = .pause
        case ".": self = .step
        case "+", "=": self = .raiseScore
        case "-", "_": self = .lowerScore
        case "?", "h": self = .help
        case "\u{1B}": self = .leaveHelp
        case "p": self = .panel
        case "m": self = .picture
        case "c": self = .colors
        case "b": self = .boxes
        case "\u{0C}": self = .redraw
        default: return nil
        }
    }

    /// Key and what it does, for the help.
    static let descriptions: [(keys: String, text: String)] = [
        ("q", "quit"), ("space", "pause, go on"), (".", "one frame on, when paused"),
        ("+  -", "score threshold ± 0.05"), ("b", "boxes: full, corners, labels, off"),
        ("p", "panel"), ("m", "picture: half blocks, letters"),
        ("c", "colours: 24 bit, 256, 16, 8, mono"), ("Ctrl-L", "draw everything again"),
        ("Ctrl-Z", "suspend"), ("?", "this help"),
    ]
}
