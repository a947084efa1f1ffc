import Foundation
import JSON
import Testing

private let photo = Fixtures.path("photos/skier.jpg")

struct WatchCommandTests {
    @Test func withoutATerminalThereAreLines() throws {
        let ended = try Program.run("watch", photo)
        #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
        #expect(ended.output == "00:00:00.000 skier person 1\n")
        let object = try #require(
            try JSONParser.parse(Array(try Program.run("watch", photo, "--json").output.utf8)).object)
        #expect(object["classes"]?.object?["person"]?.integer == 1)
    }

    @Test func theLogHoldsWhatWasAskedForWhateverTheScreenNeeds() throws {
        let folder = try Folder()
        let log = folder.path("log.jsonl")
        #expect(try Program.run("watch", photo, "--log", log, "--score", "0.6").code == 0)
        let detect = folder.path("detect.jsonl")
        #expect(try Program.run("detect", photo, "--log", detect, "--score", "0.6").code == 0)
        func detections(_ path: String) throws -> [JSONValue] {
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            return try lines.compactMap { try JSONParser.parse(Array($0.utf8)).object?["det"] }
        }
        #expect(try detections(log) == (try detections(detect)))
        #expect(try detections(log).first?.array?.count == 1)
    }

    @Test(arguments: [
        (["watch", "a", "b"], 2, "vedette: watch does not know what to do with the argument 'b'"),
        (["watch", "/absent/clip.mp4"], 3, "vedette: /absent/clip.mp4: no such file"),
        (
            ["watch", "testsrc:size=1x1"], 2,
            "vedette: testsrc:size=1x1: size is WIDTHxHEIGHT, each 16 to 4096"
        ),
    ])
    func badInputGetsOneSentenceAndItsCode(words: [String], code: Int32, sentence: String) throws {
        let ended = try Program.run(words)
        #expect(ended.code == code && ended.errors == sentence + "\n", "\(ended.errors)")
    }

    @Test func standardOutputBelongsToTheLogWhereItIsAskedFor() throws {
        let ended = try Program.run("watch", photo, "--log", "-")
        #expect(ended.code == 0)
        #expect(ended.lines.allSatisfy { $0.hasPrefix("{\"type\":") } && ended.lines.count == 3)
    }
}

/// The program in a real terminal emulator.
@Suite(
    .enabled(if: Tool.path("tmux") != nil && Tool.path("python3") != nil, "tmux or python3 is not installed"),
    .serialized)
struct WatchInTerminalTests {
    @Test(arguments: ["q", "C-c"])
    func aKeyEndsItAndTheTerminalIsAsBefore(key: String) throws {
        let terminal = try TmuxTerminal(columns: 80, rows: 24)
        // The trap keeps the script going when Ctrl-C ends the program.
        try terminal.write(
            "go",
            """
            trap : INT
            stty -a > before
            '\(try Program.path)' watch testsrc:live
            echo "ended $?"
            stty -a > after
            echo finished
            """)
        try terminal.type("bash go")
        try terminal.wait { $0.contains("? keys") && $0.contains("testsrc") }
        #expect(try terminal.screen().contains("cap "))
        try terminal.press(key)
        try terminal.wait { $0.contains("finished") }
        let screen = try terminal.screen()
        // Ctrl-C is the signal's end for a shell, q is a good one.
        #expect(screen.contains(key == "q" ? "ended 0" : "ended 130"), "\(screen)")
        #expect(screen.contains("frames ="), "the ledger stays: \(screen)")
        #expect(try terminal.file("before") == (try terminal.file("after")))
    }

    @Test func aTerminalTooSmallGetsLines() throws {
        let terminal = try TmuxTerminal(columns: 15, rows: 5)
        let program = try Program.path
        try terminal.type("'\(program)' watch '\(photo)' > out 2> err; echo $? > code")
        try terminal.waitForFile("code") { $0 == "0\n" }
        #expect(try terminal.file("out").contains("person 1"))
    }
}

/// A tmux server of its own with one window.
private final class TmuxTerminal {
    private let folder: Folder
    private let socket: String

    init(columns: Int, rows: Int) throws {
        folder = try Folder()
        socket = folder.path("tmux")
        try tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-c", folder.root,
            "sh")
    }

    deinit { _ = try? tmux("kill-server") }

    /// The server that tmux leaves behind must inherit neither what Foundation waits on for the child's end
    /// nor the signals that a test's threads block: it ends itself by one of them.
    @discardableResult
    private func tmux(_ arguments: String...) throws -> String {
        let start = """
            import os, signal, sys
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.closerange(3, 256)
            os.execvp("tmux", ["tmux", *sys.argv[1:]])
            """
        return try Tool.run("python3", ["-c", start, "-S", socket] + arguments)
    }

    func write(_ name: String, _ text: String) throws { _ = try folder.write(name, text) }
    func type(_ line: String) throws { try tmux("send-keys", line, "Enter") }
    func press(_ key: String) throws { try tmux("send-keys", key) }
    func screen() throws -> String { try tmux("capture-pane", "-p", "-J") }
    func file(_ name: String) throws -> String {
        try String(contentsOfFile: folder.path(name), encoding: .utf8)
    }

    /// Looks again and again until it is so, or a minute has passed.
    func wait(_ isSo: (String) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var shown = try screen()
        while !isSo(shown) {
            try #require(ContinuousClock.now < deadline, "the screen stays: \(shown)")
            shown = try screen()
        }
    }

    func waitForFile(_ name: String, _ isSo: (String) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try !FileManager.default.fileExists(atPath: folder.path(name)) || !isSo(file(name)) {
            try #require(ContinuousClock.now < deadline, "\(name) does not come")
            usleep(20_000)
        }
    }
}
