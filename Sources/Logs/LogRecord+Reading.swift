import Frames
import JSON

/// Why a line of JSON is no record of a log.
public struct RecordError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key that is missing or holds something else than it should.
    public var key: String

    public var description: String { "\"\(key)\" is missing or wrong" }
}

extension LogRecord {
    /// Reads what `line` wrote. Unknown keys are passed over.
    public init(_ value: JSONValue) throws(RecordError) {
        guard let object = value.object else { throw RecordError(key: "type") }
        let fields = Fields(object)
        switch try fields.string("type") {
        case "run": self = .run(try RunRecord(fields))
        case "frame": self = .frame(try FrameRecord(fields))
        case "gap": self = .gap(try GapRecord(fields))
        case "end": self = .end(try EndRecord(fields))
        default: self = .other(object)
        }
    }
}

/// Typed access to an object's members.
private struct Fields {
    private let object: JSONObject

    init(_ object: JSONObject) {
        self.object = object
    }

    /// Nil where the key is missing; an error where it holds something else.
    private func optional<T>(_ key: String, _ read: (JSONValue) -> T?) throws(RecordError) -> T? {
        guard let value = object[key] else { return nil }
        guard let result = read(value) else { throw RecordError(key: key) }
        return result
    }

    private func required<T>(_ key: String, _ read: (JSONValue) -> T?) throws(RecordError) -> T {
        guard let value = object[key], let result = read(value) else { throw RecordError(key: key) }
        return result
    }

    func string(_ key: String) throws(RecordError) -> String { try required(key) { $0.string } }
    func stringIfAny(_ key: String) throws(RecordError) -> String? { try optional(key) { $0.string } }
    func integer(_ key: String) throws(RecordError) -> Int { try required(key) { $0.integer } }
    func integerIfAny(_ key: String) throws(RecordError) -> Int? { try optional(key) { $0.integer } }
    func double(_ key: String) throws(RecordError) -> Double { try required(key) { $0.double } }
    func has(_ key: String) -> Bool { object[key] != nil }
    func object(_ key: String) throws(RecordError) -> JSONObject { try required(key) { $0.object } }
    func array(_ key: String) throws(RecordError) -> [JSONValue] { try required(key) { $0.array } }

    func fields(_ key: String) throws(RecordError) -> Fields { Fields(try object(key)) }

    func count(_ key: String) throws(RecordError) -> Int {
        try required(key) { $0.integer.flatMap { $0 >= 0 ? $0 : nil } }
    }

    func counts(_ key: String) throws(RecordError) -> [String: Int] {
        var counts: [String: Int] = [:]
        for member in try object(key).members {
            guard let count = member.value.integer, count >= 0 else { throw RecordError(key: key) }
            counts[member.key] = count
        }
        return counts
    }

    func doubles(_ key: String, count: Int) throws(RecordError) -> [Double] {
        let values = try array(key).compactMap { $0.double }
        guard values.count == count, try array(key).count == count else { throw RecordError(key: key) }
        return values
    }

    func wallTimeIfAny(_ key: String) throws(RecordError) -> WallTime? {
        try optional(key) { $0.string.flatMap { WallTime($0) } }
    }

    func time(_ key: String) throws(RecordError) -> Timestamp {
        try required(key) { $0.double.flatMap { Timestamp(seconds: $0) } }
    }
}

extension Timestamp {
    /// Nearest microsecond, the log's unit; nil where it does not fit.
    fileprivate init?(seconds: Double) {
        let microseconds = (seconds * 1e6).rounded()
        guard microseconds.magnitude < 9e15 else { return nil }
        self.init(nanoseconds: Int64(microseconds) * 1000)
    }
}

extension RunRecord {
    fileprivate init(_ fields: Fields) throws(RecordError) {
        guard try fields.integer("schema") == Self.schema else { throw RecordError(key: "schema") }
        let source = try fields.fields("source")
        let model = try fields.fields("model")
        let input = try model.doubles("input", count: 2).compactMap { Int(exactly: $0) }
        guard input.count == 2 else { throw RecordError(key: "input") }
        self.init(
            vedette: try fields.string("vedette"), run: try fields.stringIfAny("run"),
            src: try fields.string("src"), started: try fields.wallTimeIfAny("started"),
            source: Source(
                kind: try source.string("kind"), spec: try source.string("spec"),
                width: try source.count("width"), height: try source.count("height"),
                rate: try source.stringIfAny("rate"), timebase: try source.stringIfAny("timebase")),
            model: Model(
                name: try model.string("name"), sha256: try model.string("sha256"),
                inputWidth: input[0], inputHeight: input[1], precision: try model.string("precision"),
                labels: try model.string("labels")),
            kernels: try fields.string("kernels"), options: try fields.object("options"))
    }
}

extension FrameRecord {
    fileprivate init(_ fields: Fields) throws(RecordError) {
        var detections: [DetectionRecord] = []
        for value in try fields.array("det") {
            guard let object = value.object else { throw RecordError(key: "det") }
            detections.append(try DetectionRecord(Fields(object)))
        }
        var milliseconds: Milliseconds?
        if fields.has("ms") {
            let ms = try fields.fields("ms")
            milliseconds = Milliseconds(
                wait: try ms.double("wait"), prepare: try ms.double("prep"), network: try ms.double("net"),
                post: try ms.double("post"))
        }
        let position: Position =
            if let file = try fields.stringIfAny("file") { .file(file) } else { .time(try fields.time("t")) }
        self.init(
            src: try fields.string("src"), n: try fields.integer("n"),
            position: position,
            pts: try fields.integerIfAny("pts").map { Int64($0) }, detections: detections,
            omitted: try fields.count("omitted"), dropped: try fields.count("drop"),
            milliseconds: milliseconds)
    }
}

extension DetectionRecord {
    fileprivate init(_ fields: Fields) throws(RecordError) {
        let box = try fields.doubles("box", count: 4).map { Float($0) }
        let relative = try fields.doubles("rel", count: 4)
        self.init(
            label: try fields.string("label"), classID: try fields.integer("class"),
            score: try fields.double("score"),
            box: Box(x1: box[0], y1: box[1], x2: box[2], y2: box[3]),
            relative: Relative(x1: relative[0], y1: relative[1], x2: relative[2], y2: relative[3]))
    }
}

extension GapRecord {
    fileprivate init(_ fields: Fields) throws(RecordError) {
        guard let reason = Gap.Reason(rawValue: try fields.string("reason")) else {
            throw RecordError(key: "reason")
        }
        var lost: ClosedRange<Int>?
        if fields.has("n") {
            let ends = try fields.array("n").compactMap { $0.integer }
            guard ends.count == 2, ends[0] <= ends[1] else { throw RecordError(key: "n") }
            lost = ends[0]...ends[1]
        }
        var times: [Timestamp?] = [nil, nil]
        if fields.has("t") {
            times = []
            for value in try fields.array("t") {
                let time = value.double.flatMap { Timestamp(seconds: $0) }
                guard time != nil || value == .null else { throw RecordError(key: "t") }
                times.append(time)
            }
            guard times.count == 2 else { throw RecordError(key: "t") }
        }
        let gap = Gap(
            reason: reason, lost: lost, from: times[0], to: times[1],
            detail: try fields.stringIfAny("detail") ?? "")
        self.init(src: try fields.string("src"), gap: gap, at: try fields.wallTimeIfAny("at"))
    }
}

extension EndRecord {
    fileprivate init(_ fields: Fields) throws(RecordError) {
        guard let reason = EndReason(rawValue: try fields.string("reason")) else {
            throw RecordError(key: "reason")
        }
        var latency: Latency?
        if fields.has("ms") {
            let ms = try fields.fields("ms")
            latency = Latency(p50: try ms.double("p50"), p95: try ms.double("p95"))
        }
        self.init(
            src: try fields.string("src"), reason: reason, captured: try fields.count("captured"),
            inferred: try fields.count("inferred"), skipped: try fields.counts("skipped"),
            dropped: try fields.counts("dropped"), seconds: try fields.double("seconds"),
            detections: try fields.count("detections"), classes: try fields.counts("classes"),
            milliseconds: latency, digest: try fields.string("digest"))
    }
}
