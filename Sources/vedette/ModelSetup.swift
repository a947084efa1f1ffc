import Detector
import EfficientDet
import Engine
import Frames
import Glibc
import JSON
import Logs

/// From the command line to a model and a detector.
struct ModelSetup {
    let model: Model
    let workers: Int
    /// Nil: what suits the processor.
    private let precision: Precision?
    let score: Float
    let isAgnostic: Bool
    private(set) var postProcessing = PostProcessing()
    private(set) var classes: Set<Int>?

    /// From this IoU on, boxes of different classes are one thing.
    static let agnosticIoU: Float = 0.6

    /// - Parameter standard: the lowest score where none is asked for.
    /// - Throws: whatever is wrong with the model, its labels or the words about them.
    init(_ arguments: Arguments, score standard: Float = 0.4) throws {
        var model = try Model.load(arguments.text("model"))
        if let path = arguments.text("labels") {
            try model.rename(try LabelFile.names(path), path: path)
        }
        self.model = model
        workers = arguments.integer("threads") ?? WorkerCount.available()
        precision = Self.precision(arguments)
        score = arguments.number("score").map { Float($0) } ?? standard
        isAgnostic = arguments.has("agnostic-nms")
        let iou = arguments.number("iou").map { Float($0) } ?? 0.5
        postProcessing.method =
            arguments.text("nms") == "soft" ? .soft(sigma: 0.5, floor: 0.001) : .hard(iou: iou)
        postProcessing.maxDetections = arguments.integer("max-detections") ?? 100
        postProcessing.minimumScore = score
        postProcessing.agnosticIoU = isAgnostic ? Self.agnosticIoU : nil
        classes = try Self.classes(arguments, model.labels)
    }

    /// - Parameter lowestScore: what else the screen may ask for.
    func detector(lowestScore: Float = 1) throws -> NetworkDetector {
        var options = options
        options.postProcessing.minimumScore = min(score, lowestScore)
        return try NetworkDetector(model, options)
    }

    /// For many pictures at once instead of one as soon as possible.
    func team() throws -> DetectorTeam { try DetectorTeam(model, options) }

    private var options: DetectorOptions {
        var options = DetectorOptions(workers: workers)
        options.postProcessing = postProcessing
        options.classes = classes
        options.precision = precision
        return options
    }

    /// Nil for `auto`.
    static func precision(_ arguments: Arguments) -> Precision? {
        arguments.text("precision").map { Precision(name: $0) } ?? .f32
    }

    private static func classes(_ arguments: Arguments, _ labels: LabelSet) throws(UsageError) -> Set<Int>? {
        func indices(_ option: String) throws(UsageError) -> Set<Int>? {
            guard let words = arguments.list(option) else { return nil }
            var found: Set<Int> = []
            for word in words {
                guard let index = labels.index(of: word) else {
                    throw .unknownLabel(
                        word, option: "--\(option)", nearest: nearest(to: word, among: labels.names))
                }
                found.insert(index)
            }
            return found
        }
        let wanted = try indices("class")
        guard let unwanted = try indices("exclude") else { return wanted }
        return (wanted ?? Set(0..<labels.count)).subtracting(unwanted)
    }

    /// For the log's `run` record. Reads all of the weights once, for their digest.
    func record(_ detector: NetworkDetector) -> RunRecord.Model {
        RunRecord.Model(
            name: model.name, sha256: model.file?.reader.digest ?? "",
            inputWidth: model.configuration.inputWidth, inputHeight: model.configuration.inputHeight,
            precision: detector.plan.precision.name, labels: model.labels.name)
    }

    /// The settings that shape what is found.
    func settings(_ arguments: Arguments) -> JSONObject {
        var members: [JSONObject.Member] = [.init("score", .number(Self.tidy(score)))]
        switch postProcessing.method {
        case .hard(let iou):
            members += [.init("nms", .string("hard")), .init("iou", .number(Self.tidy(iou)))]
        case .soft: members.append(.init("nms", .string("soft")))
        }
        if isAgnostic { members.append(.init("agnostic-nms", .bool(true))) }
        members.append(.init("max-detections", .integer(postProcessing.maxDetections)))
        for option in ["class", "exclude"] {
            guard let words = arguments.list(option) else { continue }
            members.append(.init(option, .array(words.map { .string($0) })))
        }
        return JSONObject(members)
    }

    /// 0.4 and not 0.4000000059604645.
    private static func tidy(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
}

/// A file of labels, one a line; an empty line is an unused class.
enum LabelFile {
    private static let mostBytes = 1 << 20

    static func names(_ path: String) throws(ModelError) -> [String] {
        let text: String
        do {
            text = try TextFile.read(path, most: mostBytes)
        } catch {
            throw .cannotReadLabels(path: path, reason: error.reason)
        }
        // A line end of Windows is one character, too.
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            .map(String.init)
        if lines.last == "" { lines.removeLast() }
        guard !lines.isEmpty else { throw .cannotReadLabels(path: path, reason: "it is empty") }
        return lines
    }
}
