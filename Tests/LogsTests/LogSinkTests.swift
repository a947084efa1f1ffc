import Checksums
import Frames
import Testing

@testable import Logs

@Suite struct LogSinkTests {
    private func lines(
        _ frames: LoggedFrames, isReproducible: Bool = false, isLive: Bool = true,
        _ body: (LogSink) throws -> Void
    ) throws -> [LogLine] {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file, interval: .zero)
        let sink = LogSink(
            writer: writer, src: "door", labels: .coco, frames: frames, isLive: isLive,
            isReproducible: isReproducible, wallTime: { WallTime(milliseconds: 0) })
        try body(sink)
        try writer.close()
        var reader = try JSONLinesReader(path: folder.file)
        var lines: [LogLine] = []
        while let line = try reader.next() { lines.append(line) }
        return lines
    }

    private func frames(_ lines: [LogLine]) -> [FrameRecord] {
        lines.compactMap { if case .record(.frame(let record)) = $0.content { record } else { nil } }
    }

    private func feed(_ sink: LogSink) throws {
        for n in 0..<10 {
            let detections = n % 4 == 3 ? [Sample.person] : []
            try sink.receive(Sample.result(n, detections: detections, droppedBefore: 1))
        }
    }

    @Test(arguments: [
        (LoggedFrames.all, Array(0..<10), Array(repeating: 0, count: 10)), (.nonempty, [3, 7], [3, 3]),
        (.every(4), [0, 4, 8], [0, 3, 3]), (.none, [], []),
    ])
    func omittedFramesAndDropsAreCountedInTheNextRecord(
        logged: LoggedFrames, numbers: [Int], omitted: [Int]
    ) throws {
        let records = frames(try lines(logged, feed))
        #expect(records.map(\.n) == numbers)
        #expect(records.map(\.omitted) == omitted)
        #expect(records.map(\.dropped) == omitted.map { $0 + 1 })
    }

    @Test func theEndSumsUpAllFramesAndDigestsTheLinesBefore() throws {
        var totals = LogSink.Totals()
        totals.captured = 20
        totals.inferred = 10
        totals.dropped = ["slow": 10]
        let lines = try lines(.nonempty) { sink in
            try sink.begin(Sample.run)
            try feed(sink)
            try sink.receive(Gap(reason: .disconnected))
            try sink.end(reason: .quit, totals)
        }
        var digest = Digest()
        for line in lines.dropLast() { digest.update(line.bytes) }
        guard case .record(.end(let end)) = try #require(lines.last).content else {
            Issue.record("the last line is no end")
            return
        }
        #expect(end.digest == "sha256:\(digest.hexadecimal)")
        #expect(end.detections == 2)
        #expect(end.classes == ["person": 2])
        #expect(end.dropped == ["slow": 10])
        #expect(lines.count == 5)
    }

    @Test func aReproducibleLogHoldsNoClock() throws {
        var totals = LogSink.Totals()
        totals.milliseconds = .init(p50: 1, p95: 2)
        let lines = try lines(.all, isReproducible: true) { sink in
            try sink.begin(Sample.run)
            try feed(sink)
            try sink.receive(Gap(reason: .driver, lost: 3...4))
            try sink.end(reason: .end, totals)
        }
        let text = lines.map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
        for key in ["\"ms\"", "\"started\"", "\"run\":", "\"at\""] { #expect(!text.contains(key)) }
        #expect(lines.count == 13)
    }

    @Test func onlyLiveGapsCarryTheWallTime() throws {
        for isLive in [true, false] {
            let lines = try lines(.all, isLive: isLive) { try $0.receive(Gap(reason: .decode)) }
            let text = String(decoding: try #require(lines.first).bytes, as: UTF8.self)
            #expect(text.contains(#""at":"1970-01-01T00:00:00.000Z""#) == isLive)
        }
    }

    @Test func aHostileFileNameStaysOneLine() throws {
        let name = String(
            decoding: Array("a\n{\"type\":\"end\"}\u{1b}]0;x\u{7}".utf8) + [0xff], as: UTF8.self)
        let lines = try lines(.all) { try $0.receive(Sample.result(0, file: name)) }
        #expect(lines.count == 1)
        #expect(try #require(lines.first).bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f })
        #expect(frames(lines).map(\.position) == [.file(name)])
    }
}
