import Foundation
import JSON
import Testing

private func records(_ text: String) throws -> [JSONObject] {
    try text.split(separator: "\n").map { try #require(try JSONParser.parse(Array($0.utf8)).object) }
}

private func records(ofFile path: String) throws -> [JSONObject] {
    try records(try String(contentsOfFile: path, encoding: .utf8))
}

private func frames(_ records: [JSONObject]) -> [JSONObject] {
    records.filter { $0["type"]?.string == "frame" }
}

private let photo = Fixtures.path("photos/skier.jpg")

@Suite(.enabled(if: Tool.areAvailable, Tool.missing))
struct DetectCommandTests {
    /// Variable rate, B-frames, a start that is not zero: what ffprobe says of each frame is what the log says.
    @Test(arguments: [
        (
            "b.mp4",
            "-f lavfi -i testsrc2=size=192x108:rate=25:duration=1.2 -c:v libx264 -bf 2 -pix_fmt yuv420p"
        ),
        (
            "v.mkv",
            "-f lavfi -i testsrc2=size=160x120:rate=30:duration=1 -vf select=not(mod(n\\,3))+not(mod(n\\,7)) -fps_mode vfr -c:v libx264"
        ),
        (
            "o.ts",
            "-f lavfi -i testsrc2=size=160x120:rate=15:duration=1 -output_ts_offset 12.5 -c:v mpeg2video"
        ),
    ])
    func everyFrameIsLoggedAtItsTime(name: String, arguments: String) throws {
        let folder = try Folder()
        let clip = try folder.clip(name, arguments)
        let ended = try Program.run("detect", clip)
        #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
        let all = try records(ended.output)
        let stamps = try Tool.run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-show_entries",
                "frame=best_effort_timestamp,best_effort_timestamp_time",
                "-of", "csv=p=0", clip,
            ]
        ).split(separator: "\n").map { $0.split(separator: ",") }
        let found = frames(all)
        #expect(found.count == stamps.count && found.count > 10)
        let first = try #require(stamps.first.flatMap { Double($0[1]) })
        for (number, (record, stamp)) in zip(found, stamps).enumerated() {
            #expect(record["n"]?.integer == number)
            #expect(record["pts"]?.integer == Int(stamp[0]))
            let time = try #require(record["t"]?.double)
            #expect(abs(time - (try #require(Double(stamp[1])) - first)) < 2e-6)
        }
        let end = try #require(all.last)
        #expect(end["type"]?.string == "end" && end["reason"]?.string == "end")
        #expect(end["captured"]?.integer == stamps.count && end["inferred"]?.integer == stamps.count)
    }

    @Test func aPersonIsFoundWhereSheIs() throws {
        let all = try records(try Program.run("detect", photo).output)
        let detections = try #require(frames(all).first?["det"]?.array).compactMap(\.object)
        let best = try #require(detections.first)
        #expect(best["label"]?.string == "person" && best["class"]?.integer == 1)
        // As people drew it: 280,44 to 499,387 of 640 x 425, scaled to the photo's 448 x 298.
        let drawn = [196, 31, 349, 271]
        let box = try #require(best["box"]?.array).compactMap(\.double)
        #expect(zip(box, drawn).allSatisfy { abs($0 - Double($1)) < 40 }, "\(box)")
    }

    @Test func resultsAreTheSameForAnyNumberOfThreads() throws {
        let lines = try [1, 2, 3, 5].map { threads in
            let ended = try Program.run("detect", photo, "--threads", "\(threads)", "--score", "0.05")
            return frames(try records(ended.output)).map { record in
                var text = JSONText()
                text.members(of: JSONObject(record.members.filter { $0.key != "ms" }))
                return String(decoding: text.bytes, as: UTF8.self)
            }
        }
        #expect(lines[0].joined().count > 300)
        #expect(Set(lines).count == 1)
    }

    @Test func stretchesAndStridesAreAccountedFor() throws {
        let folder = try Folder()
        let clip = try folder.clip(
            "c.mp4", "-f lavfi -i testsrc2=size=160x90:rate=10:duration=4 -c:v libx264 -g 7")
        let all = try records(
            try Program.run("detect", clip, "--start", "1", "--duration", "2s", "--stride", "4").output)
        #expect(frames(all).compactMap { $0["t"]?.double } == [1, 1.4, 1.8, 2.2, 2.6])
        let end = try #require(all.last)
        #expect(end["reason"]?.string == "limit")
        let skipped = try #require(end["skipped"]?.object)
        #expect(skipped["stride"]?.integer == 15)
        let outside = try #require(skipped["outside"]?.integer)
        #expect(end["captured"]?.integer == 5 + 15 + outside && outside >= 1)
        let limited = try records(try Program.run("detect", clip, "--frames", "3").output)
        #expect(frames(limited).count == 3 && limited.last?["reason"]?.string == "limit")
    }

    @Test func oneFailedInputLeavesTheOthersAlone() throws {
        let folder = try Folder()
        let text = try folder.write("notes.mp4", String(repeating: "not a video at all\n", count: 100))
        let log = folder.path("log.jsonl")
        let ended = try Program.run("detect", text, photo, folder.path("absent.mp4"), photo, "--log", log)
        #expect(ended.code == 3)
        #expect(ended.errors.split(separator: "\n").count == 2, "\(ended.errors)")
        #expect(ended.errors.contains("notes.mp4: not a video or picture"))
        #expect(ended.errors.contains("absent.mp4: no such file"))
        let ends = try records(ofFile: log).filter { $0["type"]?.string == "end" }
        #expect(ends.map { $0["src"]?.string } == ["notes", "skier", "absent", "skier-2"])
        #expect(ends.map { $0["reason"]?.string } == ["error", "end", "error", "end"])
    }

    @Test func aCutRecordingIsReadToItsLastGoodFrame() throws {
        let folder = try Folder()
        let clip = try folder.clip(
            "c.mkv", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -c:v libx264 -g 5")
        let data = try Data(contentsOf: URL(filePath: clip))
        try data.prefix(data.count * 6 / 10).write(to: URL(filePath: clip))
        let ended = try Program.run("detect", clip)
        #expect(ended.code == 0, "\(ended.errors)")
        let all = try records(ended.output)
        #expect((15..<50).contains(frames(all).count))
        let headless = folder.path("h.mp4")
        _ = try folder.clip("h.mp4", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -c:v libx264")
        try Data(contentsOf: URL(filePath: headless)).prefix(3000).write(to: URL(filePath: headless))
        let cut = try Program.run("detect", headless)
        #expect(cut.code == 3)
        #expect(
            cut.errors.hasSuffix("the recording was cut off before its index was written\n"), "\(cut.errors)")
    }
}

struct DetectErrorTests {
    @Test(arguments: [
        (["detect"], 2, "vedette: detect needs an argument: vedette detect INPUT…"),
        (
            ["detect", "x", "--class", "persn"], 2,
            "vedette: --class: the model knows no 'persn' (did you mean person?)"
        ),
        (["detect", "x", "--exclude", "12"], 2, "vedette: --exclude: the model knows no '12'"),
        (["detect", "x", "--append", "--force"], 2, "vedette: --append and --force exclude each other"),
        (
            ["detect", "x", "--model", "d0"], 5,
            "vedette: there are no weights for 'efficientdet-d0' here: fetch some with vedette models pull efficientdet-d0, name a weight file, or use efficientdet-lite0, which is built in"
        ),
        (
            ["detect", "x", "--model", "nonsense"], 5,
            "vedette: 'nonsense' is neither a model known here nor a file: vedette models list shows what there is"
        ),
        (
            ["detect", "x", "--model", "efficientdet-lit1"], 5,
            "vedette: 'efficientdet-lit1' is neither a model known here nor a file: vedette models list shows what there is (did you mean efficientdet-lite1?)"
        ),
        (
            ["detect", "x", "--model", "efficientdet_d0"], 5,
            "vedette: effdet's efficientdet_d0 pads its maps as PyTorch does, which vedette does not: use tf_efficientdet_d0 (d0 for short)"
        ),
        (
            ["detect", "x", "--model", "/absent/w.pth"], 5,
            "vedette: cannot read the weights /absent/w.pth: No such file or directory"
        ),
        (["detect", "camera:nothing-like-this"], 3, "vedette: no camera"),
        (
            ["detect", "gopher://x/y"], 2,
            "vedette: gopher://x/y: protocol gopher is not supported; rtsp, rtsps, rtmp, srt, udp, rtp, http and https are"
        ),
        (
            ["detect", "x", "-l", "/absent/log"], 4,
            "vedette: cannot open the log /absent/log: No such file or directory"
        ),
        (["parity", "x"], 2, "vedette: parity needs the option --weights FILE"),
        (["bench", "x"], 2, "vedette: bench does not know what to do with the argument 'x'"),
    ])
    func badInputGetsOneSentenceAndItsCode(words: [String], code: Int32, sentence: String) throws {
        let ended = try Program.run(words)
        #expect(ended.code == code)
        #expect(ended.errors.hasPrefix(sentence), "\(ended.errors)")
        #expect(ended.errors.split(separator: "\n").count == 1)
    }

    @Test func anExistingLogIsLeftAlone() throws {
        let folder = try Folder()
        let log = try folder.write("log.jsonl", "{\"type\":\"other\"}\n{\"unfinished\":")
        let refused = try Program.run("detect", photo, "--log", log)
        #expect(refused.code == 2)
        #expect(
            refused.errors
                == "vedette: the log \(log) exists; add to it with --append or replace it with --force\n")
        #expect(try Program.run("detect", photo, "--log", log, "--append").code == 0)
        #expect(try records(ofFile: log).map { $0["type"]?.string } == ["other", "run", "frame", "end"])
        #expect(try Program.run("detect", photo, "--log", log, "--force").code == 0)
        #expect(try records(ofFile: log).count == 3)
    }

    @Test func aReproducibleLogHasTheSameBytesWithAnyNumberOfThreads() throws {
        let logs = try ["1", "2", "3"].map {
            try Program.run(
                "detect", photo, "testsrc:size=320x240", "--frames", "3", "--score", "0.05", "--threads", $0,
                "--reproducible"
            ).output
        }
        #expect(logs[0].contains("\"det\":[{"), "something must have been found")
        #expect(logs[1] == logs[0] && logs[2] == logs[0])
        #expect(
            try !records(logs[0]).contains { $0["ms"] != nil || $0["run"] != nil || $0["started"] != nil }
        )
    }

    @Test func aFullDiskEndsTheRunWithItsCode() throws {
        let ended = try Program.run("detect", photo, "--log", "/dev/full")
        #expect(ended.code == 4)
        #expect(ended.errors.hasPrefix("vedette: no space for the log /dev/full"), "\(ended.errors)")
    }

    @Test func aReaderThatGoesAwayEndsTheRunQuietly() throws {
        let pipe = Pipe()
        let folder = try Folder()
        _ = try folder.write("errors", "")
        let process = try Program.start(
            ["detect", "testsrc:size=64x64", "--log-flush", "0"], output: pipe,
            errors: try #require(FileHandle(forWritingAtPath: folder.path("errors"))))
        _ = try #require(try pipe.fileHandleForReading.read(upToCount: 10))
        try pipe.fileHandleForReading.close()
        process.waitUntilExit()
        #expect(Program.code(of: process) == 128 + SIGPIPE)
        #expect(try String(contentsOfFile: folder.path("errors"), encoding: .utf8).isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsTheLogInOrder(signal: Int32) throws {
        let pipe = Pipe()
        let process = try Program.start(
            ["detect", "testsrc:size=64x64", "--log-flush", "0"], output: pipe, errors: FileHandle.nullDevice)
        var text = try #require(try pipe.fileHandleForReading.read(upToCount: 2000))
        kill(process.processIdentifier, signal)
        text += try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(Program.code(of: process) == 128 + signal)
        let all = try records(String(decoding: text, as: UTF8.self))
        let end = try #require(all.last)
        #expect(end["reason"]?.string == "signal")
        #expect(end["captured"]?.integer == end["inferred"]?.integer)
        #expect(frames(all).count == end["inferred"]?.integer)
    }

    @Test func labelsAreReplacedOrRefused() throws {
        let folder = try Folder()
        let many = try folder.write(
            "labels.txt", (0..<90).map { $0 == 0 ? "skier" : "c\($0)" }.joined(separator: "\r\n"))
        let all = try records(try Program.run("detect", photo, "--labels", many).output)
        #expect(frames(all).first?["det"]?.array?.first?.object?["label"]?.string == "skier")
        let few = try folder.write("few.txt", "a\nb\n")
        let ended = try Program.run("detect", photo, "--labels", few)
        #expect(ended.code == 2 && ended.errors.contains("has 2 labels, the model has 90 classes"))
    }

    @Test func wrongWeightsSayWhatIsWrong() throws {
        let folder = try Folder()
        let text = try folder.write("w.safetensors", "hello, these are no weights\n")
        let ended = try Program.run("detect", photo, "--model", text)
        #expect(ended.code == 5)
        #expect(ended.errors.contains("it looks like text"), "\(ended.errors)")
    }
}
