import Frames

/// What the user asks of the screen.
public struct ScreenOptions: Sendable, Hashable {
    /// Nil: half blocks on a UTF-8 terminal, else letters.
    public var picture: PictureSet?
    /// Nil: as many as the terminal is known to have.
    public var colors: ColorDepth?
    /// Boxes and panel in 7-bit characters, too.
    public var ascii: Bool
    /// At most, 1...240.
    public var framesPerSecond: Int

    public init(
        picture: PictureSet? = nil, colors: ColorDepth? = nil, ascii: Bool = false, framesPerSecond: Int = 30
    ) {
        self.picture = picture
        self.colors = colors
        self.ascii = ascii
        self.framesPerSecond = min(max(framesPerSecond, 1), 240)
    }
}

/// What the screen is about, for its title and its names.
public struct ScreenSubject: Sendable, Hashable {
    public var source: SourceDescription
    public var labels: LabelSet
    /// In a few words, the most telling first: `lite0 fp32 320`.
    public var model: String
    public var threads: Int
    /// Where the log goes; nil: there is none.
    public var log: String?
    /// What the threshold starts at; results should reach the screen from 0.1 on.
    public var minimumScore: Float

    public init(
        source: SourceDescription, labels: LabelSet, model: String, threads: Int, log: String? = nil,
        minimumScore: Float = 0.4
    ) {
        self.source = source
        self.labels = labels
        self.model = model
        self.threads = threads
        self.log = log
        self.minimumScore = minimumScore
    }
}

/// What the user asks of the run with a key.
public enum ScreenAction: Sendable, Hashable {
    case quit
    case pause
    case resume
    /// One frame more of a paused file.
    case step
    /// The terminal is gone.
    case hangUp
}

/// Why there is no screen; the caller may go on in plain mode.
public enum ScreenError: Error, Sendable, Hashable, CustomStringConvertible {
    case noTerminal
    case tooSmall(columns: Int, rows: Int)
    case unknownTerminal(String)
    /// It cannot place its cursor, or not by the sequences that we send.
    case unfitTerminal(String)

    public var description: String {
        switch self {
        case .noTerminal: "standard output is not a terminal"
        case .tooSmall(let columns, let rows):
            "the terminal has \(columns)×\(rows) cells; the screen needs \(Layout.minimumColumns)×\(Layout.minimumRows)"
        case .unknownTerminal(let name):
            "the terminal type \(name.isEmpty ? "(TERM is not set)" : name) is not known here; set TERM, or use --plain"
        case .unfitTerminal(let name): "a terminal of type \(name) cannot show the screen; use --plain"
        }
    }
}
