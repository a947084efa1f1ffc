import Frames
import JSON
import Logs

/// One box that a detector found, as COCO's results format has it.
public struct DetectionResult: Sendable, Hashable {
    public var imageID: Int
    public var classID: Int
    public var box: COCOBox
    public var score: Double

    public init(imageID: Int, classID: Int, box: COCOBox, score: Double) {
        self.imageID = imageID
        self.classID = classID
        self.box = box
        self.score = score
    }

    public init(imageID: Int, detection: Detection, labels: LabelSet) {
        let box = detection.box
        self.init(
            imageID: imageID, classID: labels.id(of: detection.classIndex),
            box: COCOBox(
                x: Double(box.x1), y: Double(box.y1), width: Double(box.x2) - Double(box.x1),
                height: Double(box.y2) - Double(box.y1)),
            score: Double(detection.score))
    }

    /// Reads a COCO results file: a list of `image_id`, `category_id`, `bbox`, `score`.
    public static func load(_ path: String) throws(EvaluationError) -> [DetectionResult] {
        try read(JSONFile(path: path))
    }

    /// The same from bytes already at hand; `path` is for messages.
    public static func parse(_ bytes: [UInt8], path: String = "results") throws(EvaluationError)
        -> [DetectionResult]
    {
        try read(JSONFile(path: path, bytes: bytes))
    }

    private static func read(_ file: JSONFile) throws(EvaluationError) -> [DetectionResult] {
        guard let list = file.root.array else { throw file.malformed("the document", "a list of results") }
        var results: [DetectionResult] = []
        results.reserveCapacity(list.count)
        for (index, object) in try file.objects(of: list, "results").enumerated() {
            guard let score = object["score"]?.double else {
                throw file.malformed("results[\(index)].score", "a number")
            }
            results.append(
                DetectionResult(
                    imageID: try file.integer(object, "image_id", "results[\(index)]"),
                    classID: try file.integer(object, "category_id", "results[\(index)]"),
                    box: try file.box(object, "results[\(index)]"), score: score))
        }
        return results
    }

    /// A COCO results file, one result a line; numbers read back exactly.
    public static func json(_ results: [DetectionResult]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, result) in results.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: result.json)
        }
        bytes.append(contentsOf: "\n]\n".utf8)
        return bytes
    }

    private var json: [UInt8] {
        var text = JSONText()
        text.object { text in
            text.key("image_id")
            text.integer(imageID)
            text.key("category_id")
            text.integer(classID)
            text.key("bbox")
            text.array { text in
                for side in [box.x, box.y, box.width, box.height] { text.number(side) }
            }
            text.key("score")
            text.number(score)
        }
        return text.bytes
    }
}
