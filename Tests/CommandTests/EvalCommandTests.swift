import Foundation
import JSON
import Testing

private let photo = Fixtures.path("photos/skier.jpg")

/// A folder of pictures and the annotations that name them: `count` copies of a photo, each `n.jpg`.
private struct PhotoSet {
    let folder = try? Folder()
    let annotations: String
    let names: [String]

    init(count: Int) throws {
        let folder = try #require(folder)
        names = (0..<count).map { "\($0).jpg" }
        for name in names {
            try FileManager.default.copyItem(atPath: photo, toPath: folder.path(name))
        }
        let images = names.enumerated().map {
            #"{"id": \#($0 + 7), "file_name": "\#($1)", "width": 448, "height": 298}"#
        }
        let boxes = names.indices.map {
            #"{"id": \#($0 + 1), "image_id": \#($0 + 7), "category_id": 1, "bbox": [196, 31, 153, 240], "area": 36720, "iscrowd": 0}"#
        }
        annotations = try folder.write(
            "boxes.json",
            #"{"images": [\#(images.joined(separator: ","))], "annotations": [\#(boxes.joined(separator: ","))], "categories": [{"id": 1, "name": "person"}]}"#
        )
    }

    var root: String { folder?.root ?? "" }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func arguments(_ more: String...) -> [String] {
        ["eval", "--images", root, "--annotations", annotations] + more
    }
}

@Suite(.enabled(if: Tool.areAvailable, Tool.missing))
struct EvalCommandTests {
    @Test func resultsAreTheSameForAnyNumberOfWorkers() throws {
        let set = try PhotoSet(count: 4)
        // Pictures that differ in kind, size and content.
        for (name, arguments) in [
            ("1.jpg", "-pix_fmt yuvj444p"), ("2.jpg", "-vf crop=200:280:150:10 -f image2 -c:v png -update 1"),
        ] {
            let words = "-v error -nostdin -y -i \(photo) \(arguments) \(set.path(name))"
            try Tool.run("ffmpeg", words.split(separator: " ").map(String.init))
        }
        let runs = try [1, 2, 3].map { threads in
            let path = set.path("results\(threads).json")
            let ended = try Program.run(set.arguments("--threads", "\(threads)", "--results", path))
            #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
            return (try Data(contentsOf: URL(filePath: path)), ended.output)
        }
        #expect(runs.allSatisfy { $0 == runs[0] })
        let rows = try #require(try JSONParser.parse([UInt8](runs[0].0)).array).compactMap(\.object)
        let images = rows.compactMap { $0["image_id"]?.integer }
        #expect(images == images.sorted() && Set(images) == [7, 8, 9, 10], "in the annotations' order")
        #expect(runs[0].1.contains("AP50"))
    }

    /// The numbers of one worker are those of `detect`, which has all workers for one picture.
    @Test func theResultsAreThoseOfDetect() throws {
        let set = try PhotoSet(count: 1)
        let path = set.path("results.json")
        _ = try Program.run(set.arguments("--results", path, "--score", "0.3"))
        let rows = try #require(try JSONParser.parse([UInt8](Data(contentsOf: URL(filePath: path)))).array)
        let scores = rows.compactMap { $0.object?["score"]?.double }
        let log = try Program.run("detect", photo, "--score", "0.3", "--threads", "2").output
        let frame = try log.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8)).object }
            .first { $0?["type"]?.string == "frame" }
        let logged = try #require(frame??["det"]?.array).compactMap { $0.object?["score"]?.double }
        #expect(!logged.isEmpty && logged.count == scores.count)
        #expect(zip(scores, logged).allSatisfy { abs($0 - $1) <= 5e-4 }, "\(scores) \(logged)")
    }

    /// The first broken picture in the list's order is told, whichever was met first.
    @Test(arguments: ["1", "2", "3"]) func aBrokenPictureEndsItWithOneSentence(threads: String) throws {
        let set = try PhotoSet(count: 8)
        try FileManager.default.removeItem(atPath: set.path("4.jpg"))
        try Data("no picture".utf8).write(to: URL(filePath: set.path("3.jpg")))
        let results = set.path("results.json")
        let ended = try Program.run(set.arguments("--threads", threads, "--results", results))
        #expect(ended.code == 3 && ended.output.isEmpty)
        #expect(ended.errors.split(separator: "\n").count == 1 && ended.errors.contains("3.jpg"))
        #expect(!FileManager.default.fileExists(atPath: results))
    }

    /// A picture that comes through a pipe says when the work is under way; hundreds more are left.
    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsIt(signal: Int32) throws {
        let set = try PhotoSet(count: 400)
        let pipe = set.path("0.jpg")
        try FileManager.default.removeItem(atPath: pipe)
        try #require(mkfifo(pipe, 0o600) == 0)
        let results = set.path("results.json")
        let output = Pipe()
        let process = try Program.start(
            set.arguments("--threads", "2", "--results", results), output: output,
            errors: FileHandle.nullDevice)
        var writer: Int32 = -1
        while writer < 0, process.isRunning {
            writer = open(pipe, O_WRONLY | O_NONBLOCK)
            sched_yield()
        }
        try #require(writer >= 0, "it ended before it read the pipe")
        kill(process.processIdentifier, signal)
        _ = fcntl(writer, F_SETFL, 0)
        let pipeEnd = FileHandle(fileDescriptor: writer, closeOnDealloc: false)
        try pipeEnd.write(contentsOf: Data(contentsOf: URL(filePath: photo)))
        try pipeEnd.close()
        process.waitUntilExit()
        #expect(Program.code(of: process) == 128 + signal)
        #expect(try output.fileHandleForReading.readToEnd()?.isEmpty ?? true)
        #expect(!FileManager.default.fileExists(atPath: results))
    }
}
