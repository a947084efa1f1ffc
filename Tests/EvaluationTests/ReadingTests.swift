import Foundation
import Frames
import Testing

@testable import Evaluation

@Suite struct ReadingTests {
    private static func instances(
        images: String = #"{"id":1}"#, categories: String = #"{"id":1,"name":"person"}"#,
        annotations: String = ""
    ) -> [UInt8] {
        Array(#"{"images":[\#(images)],"categories":[\#(categories)],"annotations":[\#(annotations)]}"#.utf8)
    }

    @Test func absentAreaCrowdAndIDHaveDefaults() throws {
        let read = try Annotations.parse(
            Self.instances(annotations: #"{"image_id":1.0,"category_id":1,"bbox":[1,2,3.5,4]}"#))
        let box = COCOBox(x: 1, y: 2, width: 3.5, height: 4)
        #expect(read.objects == [.init(id: 1, imageID: 1, classID: 1, box: box, area: 14, isCrowd: false)])
        #expect(read.images == [.init(id: 1, fileName: "")])
    }

    @Test(
        arguments: [
            (#"{"image_id":1,"category_id":1}"#, "annotations[0].bbox"),
            (#"{"image_id":1,"category_id":1,"bbox":[1,2,3]}"#, "annotations[0].bbox"),
            (#"{"image_id":1,"category_id":1,"bbox":[1,2,3,4,5]}"#, "annotations[0].bbox"),
            (#"{"image_id":1,"category_id":1,"bbox":[1,2,3,4,"5"]}"#, "annotations[0].bbox"),
            (#"{"image_id":1,"category_id":1,"bbox":[1,2,1e300,4]}"#, "annotations[0].bbox"),
            (#"{"image_id":1,"category_id":"person","bbox":[1,2,3,4]}"#, "annotations[0].category_id"),
            (#"{"image_id":1.5,"category_id":1,"bbox":[1,2,3,4]}"#, "annotations[0].image_id"),
            (#"{"image_id":1,"category_id":1e40,"bbox":[1,2,3,4]}"#, "annotations[0].category_id"),
            (#"7"#, "annotations[0]"),
        ])
    func whatDoesNotFitIsNamed(annotation: String, place: String) {
        let error = #expect(throws: EvaluationError.self) {
            try Annotations.parse(Self.instances(annotations: annotation), path: "a.json")
        }
        guard case .malformed("a.json", place, _) = error else {
            Issue.record("\(String(describing: error)) does not name \(place)")
            return
        }
    }

    @Test func doubledIDsAreRefused() {
        #expect(throws: EvaluationError.duplicate(path: "a", kind: "images", id: 1)) {
            try Annotations.parse(Self.instances(images: #"{"id":1},{"id":1}"#), path: "a")
        }
        let twice = #"{"id":5,"image_id":1,"category_id":1,"bbox":[1,2,3,4]}"#
        #expect(throws: EvaluationError.duplicate(path: "a", kind: "annotations", id: 5)) {
            try Annotations.parse(Self.instances(annotations: "\(twice),\(twice)"), path: "a")
        }
    }

    @Test func annotationsOfAnUnlistedImageAreRefused() {
        let stray = #"{"image_id":9,"category_id":1,"bbox":[1,2,3,4]}"#
        #expect(throws: EvaluationError.unknownImage(path: "a", place: "annotations[0]", id: 9)) {
            try Annotations.parse(Self.instances(annotations: stray), path: "a")
        }
    }

    @Test(arguments: ["", "[", "null", "{}", "[1]", #"{"images":{}}"#, #"[{"score":1}]"#, "\u{feff}[]"])
    func otherDocumentsAreRefused(text: String) {
        #expect(throws: EvaluationError.self) { try Annotations.parse(Array(text.utf8)) }
        #expect(throws: EvaluationError.self) { try DetectionResult.parse(Array(text.utf8)) }
    }

    /// Any damage is an error or another document, never a crash.
    @Test(arguments: [UInt64(11), 12, 13])
    func damagedBytesNeverCrash(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let box = COCOBox(x: 1, y: 2, width: 3, height: 4)
        let whole = DetectionResult.json([.init(imageID: 1, classID: 2, box: box, score: 0.25)])
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0..<4, using: &generator))
            _ = try? DetectionResult.parse(bytes)
        }
    }

    @Test func resultsReadBackAsWritten() throws {
        var generator = SplitMix(seed: 4)
        let results = (0..<50).map { k in
            DetectionResult(
                imageID: k, classID: k % 7,
                box: COCOBox(
                    x: .random(in: -5...600, using: &generator), y: 0, width: 1e-7, height: .pi * Double(k)),
                score: .random(in: 0...1, using: &generator))
        }
        #expect(try DetectionResult.parse(DetectionResult.json(results)) == results)
        #expect(try DetectionResult.parse(DetectionResult.json([])).isEmpty)
    }

    @Test func aDetectionBecomesACOCOResult() {
        let detection = Detection(box: Box(x1: 1, y1: 2, x2: 4, y2: 6.5), score: 0.5, classIndex: 89)
        let result = DetectionResult(imageID: 3, detection: detection, labels: .coco)
        #expect(
            result
                == DetectionResult(
                    imageID: 3, classID: 90, box: COCOBox(x: 1, y: 2, width: 3, height: 4.5), score: 0.5))
    }

    @Test(arguments: ["/nonexistent/a.json", "/dev/zero", "/tmp", ""])
    func whatIsNoFileIsRefusedAtOnce(path: String) {
        #expect(throws: EvaluationError.cannotRead(path: path)) { try Annotations.load(path) }
    }

    @Test func aFileIsReadAlsoThroughALink() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "evaluation-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "results.json")
        try Data("[]".utf8).write(to: file)
        let link = folder.appending(path: "link.json")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "results.json")
        #expect(try DetectionResult.load(file.path).isEmpty)
        #expect(try DetectionResult.load(link.path).isEmpty)
    }
}
