import Frames
import JSON

/// One detection as the log writes it.
public struct DetectionRecord: Sendable, Hashable {
    /// A box over the frame's width and height, 0...1.
    public struct Relative: Sendable, Hashable {
        public var x1: Double
        public var y1: Double
        public var x2: Double
        public var y2: Double

        public init(x1: Double, y1: Double, x2: Double, y2: Double) {
            self.x1 = x1
            self.y1 = y1
            self.x2 = x2
            self.y2 = y2
        }
    }

    public var label: String
    /// The label set's own id (COCO: person 1).
    public var classID: Int
    public var score: Double
    /// Pixels of the upright frame, clipped to it.
    public var box: Box
    public var relative: Relative

    public init(label: String, classID: Int, score: Double, box: Box, relative: Relative) {
        self.label = label
        self.classID = classID
        self.score = score
        self.box = box
        self.relative = relative
    }

    /// `width`, `height`: of the frame, at least 1.
    public init(_ detection: Detection, labels: LabelSet, width: Int, height: Int) {
        let box = detection.box.clipped(width: Float(width), height: Float(height))
        self.init(
            label: labels.label(of: detection.classIndex), classID: labels.id(of: detection.classIndex),
            score: Double(detection.score), box: box,
            relative: Relative(
                x1: Double(box.x1) / Double(width), y1: Double(box.y1) / Double(height),
                x2: Double(box.x2) / Double(width), y2: Double(box.y2) / Double(height)))
    }

    func write(to text: inout JSONText) {
        text.object {
            $0.member("label", label)
            $0.key("class")
            $0.integer(classID)
            $0.key("score")
            $0.decimal(score, places: 4)
            $0.key("box")
            $0.array {
                for edge in [box.x1, box.y1, box.x2, box.y2] { $0.decimal(Double(edge), places: 2) }
            }
            $0.key("rel")
            $0.array {
                for edge in [relative.x1, relative.y1, relative.x2, relative.y2] {
                    $0.decimal(edge, places: 6)
                }
            }
        }
    }
}
