import Testing

@testable import Logs

@Suite struct JSONLinesReaderTests {
    private func kinds(_ text: String) throws -> [String] {
        let folder = Folder()
        try folder.write(text, to: folder.file)
        var reader = try JSONLinesReader(path: folder.file)
        var kinds: [String] = []
        var offset = 0
        while let line = try reader.next() {
            #expect(line.offset == offset)
            #expect(line.number == kinds.count + 1)
            switch line.content {
            case .record(.run): kinds.append("run")
            case .record(.gap): kinds.append("gap")
            case .record: kinds.append("record")
            case .malformed: kinds.append("malformed")
            case .unreadable: kinds.append("unreadable")
            case .tooLong: kinds.append("too long")
            case .unfinished: kinds.append("unfinished")
            }
            if case .tooLong = line.content { break }
            offset += line.bytes.count
        }
        return kinds
    }

    private let gap = #"{"type":"gap","src":"x","reason":"decode"}"# + "\n"

    @Test func aBadLineHidesNoOther() throws {
        let run = String(decoding: LogRecord.run(Sample.run).line, as: UTF8.self)
        let text = run + "{]\n" + gap + "{\"type\":\"frame\"}\n\n" + gap + "{\"type\":\"fra"
        #expect(
            try kinds(text) == ["run", "malformed", "gap", "unreadable", "malformed", "gap", "unfinished"])
    }

    @Test func anEmptyFileHasNoLines() throws {
        #expect(try kinds("") == [])
    }

    @Test func linesAcrossBlocksStayWhole() throws {
        let padded =
            #"{"type":"gap","src":""# + String(repeating: "x", count: 50_000) + #"","reason":"disk"}"#
        #expect(try kinds(String(repeating: padded + "\n", count: 5)) == Array(repeating: "gap", count: 5))
    }

    @Test func anEndlessLineIsPassedOver() throws {
        let long = String(repeating: "x", count: JSONLinesReader.longestLine + 1)
        #expect(try kinds(gap + long + "\n") == ["gap", "too long"])
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: LogError.cannotOpen(path: "/nowhere.jsonl", code: 2)) {
            _ = try JSONLinesReader(path: "/nowhere.jsonl")
        }
    }
}
