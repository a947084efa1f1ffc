import Foundation
import Testing

@testable import Screen

// The screen in a real terminal emulator: tmux runs the stage (made-up frames), types, resizes, kills, and
// is asked what it shows.

private let hasTmux = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

/// A terminal of its own for one stage, and a shell around it that notes the terminal's settings.
private final class Pane {
    let folder: URL
    private let socket: String

    /// - Parameters:
    ///   - arguments: of the stage.
    ///   - monitors: the shell has jobs, and continues a stopped one at Enter.
    init(
        _ arguments: String, columns: Int = 80, rows: Int = 24,
        monitors: Bool = false, environment: String = "LANG=C.UTF-8 COLORTERM=truecolor"
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vedette-stage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        socket = "vedette-\(UUID().uuidString)"
        let stage = Bundle.module(named: "ScreenStage")
        let words = arguments.split(separator: " ", maxSplits: 1)
        let script = """
            cd '\(folder.path())'
            unset NO_COLOR; export SWIFT_BACKTRACE=enable=no \(environment)
            \(monitors ? "set -m" : "")
            stty -a > before
            '\(stage.path())' \(words[0]) journal \(words.count > 1 ? words[1] : "")
            code=$?
            if [ $code = 147 ]; then echo "stopped once"; read; fg; code=$?; fi
            echo "ended with $code"
            stty -a > after
            exec cat
            """
        try Data(script.utf8).write(to: folder.appending(path: "script"))
        try tmux(
            "-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "\(columns)", "-y", "\(rows)",
            "bash --norc '\(folder.appending(path: "script").path())'", ";", "set", "-g", "status", "off")
    }

    deinit {
        _ = try? tmux("kill-server")
        try? FileManager.default.removeItem(at: folder)
    }

    @discardableResult
    func tmux(_ arguments: String...) throws -> String {
        let output = folder.appending(path: "output").path()
        // Neither pipes nor Foundation's Process: the server that tmux leaves behind would inherit and hold
        // what they wait for.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        // Threads of a test block signals; the stage must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = (["tmux", "-L", socket] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        try #require(posix_spawnp(&process, "tmux", &actions, &attributes, &words, environ) == 0)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return try String(contentsOfFile: output, encoding: .utf8)
    }

    func type(_ keys: String...) throws { for key in keys { try tmux("send-keys", "-t", "t", key) } }

    var text: String { get throws { try tmux("capture-pane", "-p", "-t", "t") } }

    /// Looks until `condition` holds of what is shown; nil: it never did.
    func shown(_ condition: (String) throws -> Bool) throws -> String? {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let text = try text
            if try condition(text) { return text }
            usleep(50_000)
        }
        return nil
    }

    func contents(of name: String) -> String? {
        try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Process id of the stage.
    func stage() throws -> Int32 {
        let shell = try tmux("display", "-p", "-t", "t", "#{pane_pid}").trimmingCharacters(in: .newlines)
        let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
        return try #require(Int32(children.split(separator: " ").first ?? ""))
    }

    /// The terminal is as the shell left it: own screen, cursor, keys, settings.
    func isRestored() throws -> Bool {
        let state = try tmux(
            "display", "-p", "-t", "t", "#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{keypad_flag}")
        return state == "0 1 0 0\n" && contents(of: "before") == contents(of: "after")
    }

    /// Waits for the end and says how it ended.
    func ending() throws -> String? {
        let text = try shown { $0.contains("ended with") && contents(of: "after")?.isEmpty == false }
        return text?.split(separator: "\n").first { $0.contains("ended with") }.map(String.init)
    }
}

extension Bundle {
    /// A product beside the tests.
    fileprivate static func module(named name: String) -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
            folder = bundle.bundleURL.deletingLastPathComponent()
        }
        while folder.path() != "/" {
            let file = folder.appending(path: name)
            if FileManager.default.isExecutableFile(atPath: file.path()) { return file }
            folder = folder.deletingLastPathComponent()
        }
        return folder
    }
}

@Suite(.enabled(if: hasTmux, "tmux is not installed"), .serialized)
struct TerminalTests {
    @Test func theScreenComesUpAndQuitsByKey() throws {
        let pane = try Pane("play")
        // All of it may not be there at the first look: a terminal is read while it is written.
        let text = try #require(
            try pane.shown { $0.contains("┏ person 90 ") && $0.contains("┗") && $0.contains("? keys") })
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix(" stage"))
        #expect(text.contains("┏ person 90 ") && text.contains("┗") && text.contains("▀"))
        #expect(try !pane.isRestored())
        try pane.type("q")
        let ending = try pane.ending()
        #expect(ending == "ended with 0")
        #expect(try pane.isRestored())
        #expect(pane.contents(of: "journal") == "quit\n")
        #expect(try pane.text.contains("stage: the end"))
    }

    @Test func keysActAtOnce() throws {
        let pane = try Pane("play")
        #expect(try pane.shown { $0.contains("score ≥ 0.40") && !$0.contains("car 30") } != nil)
        try pane.type("-", "-")
        #expect(try pane.shown { $0.contains("score ≥ 0.30") && $0.contains("car 30") } != nil)
        try pane.type("?")
        #expect(try pane.shown { $0.contains("one frame on, when paused") } != nil)
        try pane.type("Escape", "Space")
        #expect(try pane.shown { $0.contains("paused") && !$0.contains("one frame on") } != nil)
        try pane.type(".", "Space", "q")
        let ending = try pane.ending()
        #expect(ending == "ended with 0")
        #expect(pane.contents(of: "journal") == "pause\nstep\nresume\nquit\n")
    }

    @Test func aNewSizeIsDrawnWhole() throws {
        let pane = try Pane("play live")
        #expect(try pane.shown { $0.contains("? keys") } != nil)
        try pane.tmux("resize-window", "-t", "t", "-x", "130", "-y", "40")
        // All of it may not be there at the first look: a terminal is read while it is written.
        let large = try pane.shown { text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return text.contains("capture→screen") && text.contains("per second") && lines.count >= 40
                && lines[39].contains("? keys")
        }
        #expect(large != nil)
        try pane.tmux("resize-window", "-t", "t", "-x", "18", "-y", "5")
        #expect(try pane.shown { $0.hasPrefix("1 person\n\n") } != nil, "only counts")
        try pane.tmux("resize-window", "-t", "t", "-x", "80", "-y", "24")
        #expect(try pane.shown { $0.contains("? keys") && $0.contains("person 90") } != nil)
        try pane.type("q")
        let ending = try pane.ending()
        #expect(ending == "ended with 0")
        #expect(try pane.isRestored())
    }

    @Test(arguments: [
        ("error", nil, "ended with 0"), ("trap", nil, "ended with 13"), ("segv", nil, "ended with 139"),
        ("play", SIGTERM, "ended with 143"), ("play", SIGINT, "ended with 130"),
        ("play", SIGHUP, "ended with 129"),
        ("play", SIGQUIT, "ended with 131"), ("play", SIGUSR1, "ended with 138"),
        ("play", SIGABRT, "ended with 134"),
        ("play", SIGBUS, "ended with 135"), ("play", 40, "ended with 168"),
    ])
    func theTerminalComesBackWhateverHappens(ending: String, signal: Int32?, code: String) throws {
        let pane = try Pane(ending)
        if let signal {
            #expect(try pane.shown { $0.contains("person 90") } != nil)
            kill(try pane.stage(), signal)
        }
        let said = try pane.ending()
        #expect(said?.hasPrefix(code) == true, "\(said ?? "nothing")")
        #expect(try pane.isRestored())
        // What was said on standard error meanwhile is said now.
        let text = try pane.tmux("capture-pane", "-p", "-S", "-", "-t", "t")
        #expect(text.contains("the stage complains") && !text.contains("┏"))
        if ending == "trap" { #expect(text.contains("the stage falls down")) }
    }

    @Test func suspendedAndContinuedItIsTheSameScreen() throws {
        let pane = try Pane("play", monitors: true)
        #expect(try pane.shown { $0.contains("person 90") && $0.contains("? keys") } != nil)
        try pane.type("C-z")
        #expect(try pane.shown { $0.contains("stopped once") } != nil)
        let state = try pane.tmux("display", "-p", "-t", "t", "#{alternate_on} #{cursor_flag}")
        #expect(state == "0 1\n")
        try pane.type("Enter")
        #expect(try pane.shown { $0.contains("person 90") && $0.contains("? keys") } != nil)
        try pane.type("q")
        let ending = try pane.ending()
        #expect(ending == "ended with 0")
        #expect(try pane.isRestored())
    }

    @Test func aTerminalThatIsTooSmallIsNamed() throws {
        let pane = try Pane("play", columns: 19, rows: 24)
        let ending = try pane.ending()
        #expect(ending == "ended with 3")
        #expect(try pane.isRestored())
        #expect(try pane.text.replacing("\n", with: "").contains("19×24 cells; the screen needs 20×6"))
    }

    @Test func anUnknownTerminalIsNamed() throws {
        let pane = try Pane("play", environment: "TERM=nothing-known LANG=C.UTF-8")
        let ending = try pane.ending()
        #expect(ending == "ended with 3")
        #expect(try pane.text.contains("nothing-known"))
    }

    @Test func withoutUTF8EverythingIsSevenBits() throws {
        let pane = try Pane("play", environment: "LC_ALL= LC_CTYPE= LANG=C COLORTERM= TERM=screen")
        let text = try #require(try pane.shown { $0.contains("person 90") && $0.contains("? keys") })
        let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII }
        #expect(isPlain)
        try pane.type("q")
        let ending = try pane.ending()
        #expect(ending == "ended with 0")
    }
}
