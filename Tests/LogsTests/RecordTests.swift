import Frames
import JSON
import Testing

@testable import Logs

@Suite struct RecordTests {
    private let runLine =
        #"{"type":"run","schema":1,"vedette":"1.0.0","run":"9f2c41d07a3b","src":"door","#
        + #""started":"2026-11-23T20:10:00.120Z","source":{"kind":"camera","#
        + #""spec":"/dev/v4l/by-id/usb-C920-video-index0","width":1280,"height":720,"rate":"30/1","#
        + #""timebase":"1/1000000"},"model":{"name":"efficientdet-d0","sha256":""#
        + String(repeating: "ab", count: 32)
        + #"","input":[512,512],"precision":"fp32","labels":"coco"},"kernels":"avx2","#
        + #""options":{"score":0.4,"iou":0.5,"policy":"latest"}}"# + "\n"

    private let frameLine =
        #"{"type":"frame","src":"door","n":9034,"t":304.033333,"pts":304033333,"det":[{"label":"person","#
        + #""class":1,"score":0.8731,"box":[212.25,140.00,388.00,640.50],"#
        + #""rel":[0.165820,0.194444,0.303125,0.889583]}],"omitted":0,"drop":2,"#
        + #""ms":{"wait":1.8,"prep":1.9,"net":81.0,"post":0.8}}"# + "\n"

    private let gapLine =
        #"{"type":"gap","src":"door","t":[192.066667,195.000000],"n":[5762,5763],"reason":"unplugged","#
        + #""detail":"back as /dev/video2 at attempt 2","at":"2026-11-23T20:13:15.120Z"}"# + "\n"

    private let endLine =
        #"{"type":"end","src":"door","reason":"quit","captured":9036,"inferred":3554,"skipped":{},"#
        + #""dropped":{"decode":5,"slow":5477},"seconds":304.1,"detections":7010,"#
        + #""classes":{"car":3554,"dog":16,"person":3440},"ms":{"p50":96.0,"p95":131.0},"#
        + #""digest":"sha256:00"}"# + "\n"

    private var frame: FrameRecord {
        FrameRecord(
            src: "door", n: 9034, position: .time(Timestamp(nanoseconds: 304_033_333_333)), pts: 304_033_333,
            detections: [DetectionRecord(Sample.person, labels: .coco, width: 1280, height: 720)], omitted: 0,
            dropped: 2, milliseconds: .init(wait: 1.8, prepare: 1.9, network: 81, post: 0.8))
    }

    private var gap: GapRecord {
        let gap = Gap(
            reason: .unplugged, lost: 5762...5763, from: Timestamp(nanoseconds: 192_066_666_667),
            to: Timestamp(nanoseconds: 195_000_000_000), detail: "back as /dev/video2 at attempt 2")
        return GapRecord(src: "door", gap: gap, at: WallTime(milliseconds: 1_795_464_795_120))
    }

    private var end: EndRecord {
        EndRecord(
            src: "door", reason: .quit, captured: 9036, inferred: 3554, skipped: ["stride": 0],
            dropped: ["slow": 5477, "decode": 5], seconds: 304.1, detections: 7010,
            classes: ["person": 3440, "dog": 16, "car": 3554], milliseconds: .init(p50: 96, p95: 131),
            digest: "sha256:00")
    }

    @Test func linesAreExactlyAsTheFormatSays() {
        #expect(text(.run(Sample.run)) == runLine)
        #expect(text(.frame(frame)) == frameLine)
        #expect(text(.gap(gap)) == gapLine)
        #expect(text(.end(end)) == endLine)
    }

    @Test func whatIsNotKnownIsLeftOut() {
        var run = Sample.run
        run.run = nil
        run.started = nil
        run.source.rate = nil
        run.source.timebase = nil
        #expect(text(.run(run)).contains(#""vedette":"1.0.0","src":"door","source""#))
        #expect(text(.run(run)).contains(#""height":720},"model""#))
        let picture = FrameRecord(
            src: "x", n: 3, position: .file("a/b.jpg"), pts: nil, detections: [], omitted: 4, dropped: 0,
            milliseconds: nil)
        #expect(
            text(.frame(picture))
                == #"{"type":"frame","src":"x","n":3,"file":"a/b.jpg","det":[],"omitted":4,"drop":0}"# + "\n")
        let bare = GapRecord(src: "x", gap: Gap(reason: .decode), at: nil)
        #expect(text(.gap(bare)) == #"{"type":"gap","src":"x","reason":"decode"}"# + "\n")
        let open = GapRecord(src: "x", gap: Gap(reason: .decode, from: .zero), at: nil)
        #expect(text(.gap(open)) == #"{"type":"gap","src":"x","t":[0.000000,null],"reason":"decode"}"# + "\n")
    }

    @Test func boxesAreClippedToTheFrame() {
        let wild = Detection(box: Box(x1: -5, y1: -0.1, x2: 2000, y2: 720.4), score: 1, classIndex: 89)
        let record = DetectionRecord(wild, labels: .coco, width: 1280, height: 720)
        var written = JSONText()
        record.write(to: &written)
        #expect(
            String(decoding: written.bytes, as: UTF8.self)
                == #"{"label":"toothbrush","class":90,"score":1.0000,"box":[0.00,0.00,1280.00,720.00],"#
                + #""rel":[0.000000,0.000000,1.000000,1.000000]}"#)
    }

    @Test func whatWasWrittenReadsBackToTheSameBytes() throws {
        for line in [runLine, frameLine, gapLine, endLine] {
            let record = try LogRecord(try JSONParser.parse(Array(line.utf8)))
            #expect(text(record) == line)
        }
    }

    @Test func unknownKeysAndTypesArePassedOver() throws {
        let extended = frameLine.replacing("\"n\":", with: "\"future\":[{}],\"n\":")
        #expect(text(try LogRecord(try JSONParser.parse(Array(extended.utf8)))) == frameLine)
        let event = #"{"type":"event","src":"door","event":"cross"}"# + "\n"
        #expect(text(try LogRecord(try JSONParser.parse(Array(event.utf8)))) == event)
    }

    @Test(arguments: [
        ("\"n\":9034", "\"n\":\"9034\"", "n"), ("\"n\":9034,", "", "n"),
        ("\"omitted\":0", "\"omitted\":-1", "omitted"),
        ("\"t\":304.033333", "\"t\":1e300", "t"), ("140.00,388.00,", "140.00,", "box"),
        ("[212.25", "[null", "box"), ("\"ms\":{", "\"ms\":{\"w\":{", "wait"),
        ("\"pts\":304033333", "\"pts\":0.5", "pts"),
        ("\"type\":\"frame\"", "\"type\":7", "type"),
    ])
    func aFrameWithAWrongMemberIsNamed(from: String, to: String, key: String) throws {
        var line = frameLine.replacing(from, with: to)
        if to.hasSuffix("{") { line = line.replacing("0.8}}", with: "0.8}}}") }
        let value = try JSONParser.parse(Array(line.utf8))
        let error = #expect(throws: RecordError.self) { try LogRecord(value) }
        #expect(error?.key == key)
    }

    @Test func anotherSchemaIsRefused() throws {
        let value = try JSONParser.parse(Array(runLine.replacing("\"schema\":1", with: "\"schema\":2").utf8))
        #expect(throws: RecordError(key: "schema")) { try LogRecord(value) }
    }

    @Test func runNamesAreTwelveHexadecimalDigits() {
        for _ in 0..<100 {
            let name = RunRecord.newRun()
            #expect(name.utf8.count == 12)
            #expect(name.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }
}
