import Foundation
import JSON
import Testing

@testable import vedette

/// `vedette models` as a user types it, with a store of its own.
struct ModelsCommandTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
    }

    private func models(_ words: String...) throws -> Program.Ended {
        try Program.run(["models"] + words, environment: ["XDG_DATA_HOME": folder.root])
    }

    private var stored: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path("vedette/models"))) ?? []).sorted()
    }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(filePath: folder.path(name)))
        return folder.path(name)
    }

    private static let builtIn = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Assets/models/efficientdet-lite0.safetensors").path()

    @Test func infoSaysWhatTheNetworkIs() throws {
        let ended = try models("info", "d0")
        #expect(ended.code == 0 && ended.errors.isEmpty)
        for words in [
            "512x512", "EfficientNet-B0", "BiFPN, 64 channels, 3 cells, fusion fast", "49104", "3880067",
        ] {
            #expect(ended.output.contains(words), "\(words)")
        }
    }

    @Test func infoIsJSONForPrograms() throws {
        let ended = try models("info", "lite0", "--json", "--fusion", "softmax")
        let value = try JSONParser.parse(Array(ended.output.utf8)).object
        #expect(value?["anchors"]?.integer == 19206)
        #expect(value?["fusion"]?.string == "softmax")
        // The table's sum and two or three weights for each of the 24 nodes.
        #expect(value?["count"]?.object?["parameters"]?.integer == 3_243_470 + 3 * 19)
        #expect(value?["weights"] == .null)
    }

    @Test func aModelIsImportedUsedVerifiedAndRemoved() throws {
        let imported = try models("import", Self.builtIn, "--name", "mine")
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(stored == ["mine.safetensors"])
        #expect(try models("list").output.contains("mine"))
        #expect(try models("verify").output == "mine  ok\n")
        let info = try models("info", "mine")
        #expect(info.output.hasPrefix("efficientdet-lite0\n") && info.output.contains(Self.builtIn))
        #expect(try models("import", Self.builtIn, "--name", "mine").code == 2)
        #expect(try models("import", Self.builtIn, "--name", "mine", "--force").code == 0)
        let path = folder.path("vedette/models/mine.safetensors")
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        bytes[bytes.count - 100] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        let damaged = try models("verify", "mine")
        #expect(damaged.code == 1 && damaged.output.contains("DAMAGED"))
        #expect(try models("remove", "mine", "none").code == 5)
        #expect(stored == ["mine.safetensors"], "a misspelt name removes nothing")
        #expect(try models("remove", "mine").code == 0)
        #expect(stored.isEmpty)
    }

    @Test func aCalibratedCopyRunsAsBytes() throws {
        // A model that nobody calibrated: the key has another name.
        var bytes = Array(try Data(contentsOf: URL(filePath: Self.builtIn)))
        let key = Array("\"calibration\"".utf8)
        let at = try #require(bytes.indices.first { bytes[$0...].starts(with: key) })
        bytes[at + 1] = UInt8(ascii: "C")
        let plain = folder.path("plain.safetensors")
        try Data(bytes).write(to: URL(filePath: plain))
        let photos = Fixtures.path("photos")
        let detect = ["detect", photos, "--quiet", "--precision", "int8", "--model"]
        let refused = try Program.run(detect + [plain])
        #expect(refused.code == 2 && refused.errors.contains("models quantize"))

        let copy = folder.path("copy.safetensors")
        let words = ["quantize", plain, "--calibrate", photos, "--output", copy]
        let made = try Program.run(["models"] + words)
        #expect(made.code == 0 && made.output.contains("calibrated on 1 pictures"), "\(made.errors)")
        #expect(try Program.run(["models"] + words).code == 2, "it replaces nothing unasked")
        #expect(try Program.run(["models"] + words + ["--force"]).code == 0)
        let found = try Program.run(detect + [copy])
        #expect(found.code == 0 && found.output.contains("\"label\":\"person\""), "\(found.errors)")
        #expect(found.output.contains("\"precision\":\"int8\""))

        // The ranges travel into the store.
        #expect(try models("import", copy, "--name", "mine").code == 0)
        let stored = try Program.run(detect + ["mine"], environment: ["XDG_DATA_HOME": folder.root])
        #expect(stored.code == 0 && stored.output.contains("person"), "\(stored.errors)")

        let absent = folder.path("absent/copy.safetensors")
        let homeless = try Program.run("models", "quantize", plain, "--calibrate", photos, "--output", absent)
        let said = "cannot write the weights \(absent): No such file or directory\n"
        #expect(homeless.code == 4 && homeless.errors.hasSuffix(said), "\(homeless.errors)")

        try FileManager.default.createDirectory(
            atPath: folder.path("empty"), withIntermediateDirectories: true)
        let nothing = folder.path("nothing.safetensors")
        let empty = try Program.run(
            "models", "quantize", plain, "--calibrate", folder.path("empty"), "--output", nothing)
        #expect(empty.code == 3, "\(empty.errors)")
        #expect(!FileManager.default.fileExists(atPath: nothing))
    }

    @Test(arguments: [
        ("models", 2, "models needs a verb: list, info, import, pull, quantize, verify, remove"),
        ("models lst", 2, "models cannot 'lst' (did you mean list?); see vedette models --help"),
        (
            "models list --force", 2,
            "--force is an option of models import, models pull, models quantize, not of models list"
        ),
        ("models quantize d0", 2, "models quantize needs the option --calibrate SOURCE"),
        ("models info", 2, "models info needs an argument: vedette models info NAME|FILE"),
        ("models pull", 2, "models pull needs an argument: vedette models pull NAME|URL"),
        (
            "models pull d9", 2,
            "there is no model 'd9' (did you mean d0?); vedette models list shows what there is"
        ),
        (
            "models pull http://example.org/d0.pth", 2,
            "http://example.org/d0.pth is refused: weights are fetched over https only"
        ),
        (
            "models pull d0 --sha256 xyz", 2, "--sha256: 'xyz' is not 8 to 64 hexadecimal digits"
        ),
        (
            "models remove nothing", 5,
            "the store has no model 'nothing'; vedette models list shows what it has"
        ),
        ("models info d0 lite0", 2, "models info does not know what to do with the argument 'lite0'"),
    ])
    func wrongWordsGetOneSentence(line: String, code: Int32, sentence: String) throws {
        let ended = try Program.run(
            line.split(separator: " ").map(String.init), environment: ["XDG_DATA_HOME": folder.root])
        #expect(ended.code == code)
        #expect(ended.errors == "vedette: \(sentence)\n")
        #expect(stored.isEmpty)
    }

    @Test(arguments: ["../evil", "a/b", "..", "a\u{1B}[2Jb"])
    func aNameCannotLeaveTheStore(name: String) throws {
        let ended = try models("import", Self.builtIn, "--name", name)
        #expect(ended.code == 2)
        #expect(!ended.errors.contains("\u{1B}"))
        #expect(stored.isEmpty)
    }

    @Test func whatIsNoWeightFileIsSaid() throws {
        let text = try folder.write("notes.txt", "buy milk\n")
        let cut = try file(
            "cut.safetensors", Array(try Data(contentsOf: URL(filePath: Self.builtIn)).prefix(5000)))
        for path in [text, cut, folder.path("none.pth"), folder.root] {
            let ended = try models("import", path, "--name", "x")
            #expect(ended.code == 5, "\(path): \(ended.errors)")
            #expect(ended.errors.hasPrefix("vedette: ") && ended.errors.count { $0 == "\n" } == 1)
        }
        #expect(stored.isEmpty)
    }

    @Test func aStoreThatCannotBeWrittenIsAnOutputThatFailed() throws {
        _ = try folder.write("vedette", "a file in the way")
        let ended = try models("import", Self.builtIn, "--name", "x")
        #expect(ended.code == 4)
        #expect(ended.errors.contains("cannot write the model store"))
    }

    @Test func aFullDiskLeavesNothing() throws {
        // Files may have 1 MB at most, which a write then reports like a full disk.
        let script =
            "trap '' XFSZ; ulimit -f 1024; exec '\(try Program.path)' models import '\(Self.builtIn)' --name x"
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", script]
        process.environment = ProcessInfo.processInfo.environment.merging(["XDG_DATA_HOME": folder.root]) {
            $1
        }
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(Program.code(of: process) == 4)
        #expect(stored.isEmpty)
    }

    @Test func aServerThatIsAwayIsSaid() throws {
        // Port 1 belongs to a service that nobody runs.
        let ended = try models("pull", "https://127.0.0.1:1/x.pth", "--name", "x")
        #expect(ended.code == 5)
        #expect(ended.errors.contains("is this machine online?"))
        #expect(try models("list").code == 0)
    }

    @Test func ablationComparesTheDesignPoints() throws {
        let ended = try Program.run("bench", "--ablation", "--runs", "1", "--json", "--model", "d0")
        let value = try JSONParser.parse(Array(ended.output.utf8)).object
        let tables = value?["tables"]?.array?.compactMap { $0.object?["rows"]?.array } ?? []
        #expect(tables.map(\.count) == [8, 4, 7])
        let names = tables[0].compactMap { $0.object?["name"]?.string }
        #expect(names.prefix(2) == ["repeated top-down FPN", "repeated FPN+PANet"])
        let weighted = tables[0].first { $0.object?["name"]?.string == "BiFPN with weights" }
        #expect(weighted?.object?["parameters"]?.integer == 3_880_067)
    }
}
