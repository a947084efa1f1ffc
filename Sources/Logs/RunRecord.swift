import Frames
import JSON

/// First record of a section: what is watched, with which model and settings.
public struct RunRecord: Sendable, Hashable {
    public static let schema = 1

    public struct Source: Sendable, Hashable {
        /// `SourceDescription.Kind` in a word.
        public var kind: String
        /// Without secrets.
        public var spec: String
        public var width: Int
        public var height: Int
        /// `30/1`; nil for pictures and where nobody knows.
        public var rate: String?
        public var timebase: String?

        public init(
            kind: String, spec: String, width: Int, height: Int, rate: String?, timebase: String?
        ) {
            self.kind = kind
            self.spec = spec
            self.width = width
            self.height = height
            self.rate = rate
            self.timebase = timebase
        }

        public init(_ description: SourceDescription) {
            func text(_ base: Timebase) -> String { "\(base.numerator)/\(base.denominator)" }
            self.init(
                kind: description.kind.rawValue, spec: description.spec, width: description.width,
                height: description.height, rate: description.rate.map(text),
                timebase: description.timebase.map(text))
        }
    }

    public struct Model: Sendable, Hashable {
        public var name: String
        /// Of the weight file, 64 hexadecimal digits.
        public var sha256: String
        /// Size of the network's input in pixels.
        public var inputWidth: Int
        public var inputHeight: Int
        /// `fp32` or `int8`.
        public var precision: String
        /// Name of the label set.
        public var labels: String

        public init(
            name: String, sha256: String, inputWidth: Int, inputHeight: Int, precision: String,
            labels: String
        ) {
            self.name = name
            self.sha256 = sha256
            self.inputWidth = inputWidth
            self.inputHeight = inputHeight
            self.precision = precision
            self.labels = labels
        }
    }

    /// Version of the program.
    public var vedette: String
    /// 12 hexadecimal digits; nil in a reproducible log.
    public var run: String?
    /// Name of the source in this file.
    public var src: String
    /// Nil in a reproducible log.
    public var started: WallTime?
    public var source: Source
    public var model: Model
    /// Kernel set in a word.
    public var kernels: String
    /// Settings that shape the result.
    public var options: JSONObject

    public init(
        vedette: String, run: String?, src: String, started: WallTime?, source: Source, model: Model,
        kernels: String, options: JSONObject
    ) {
        self.vedette = vedette
        self.run = run
        self.src = src
        self.started = started
        self.source = source
        self.model = model
        self.kernels = kernels
        self.options = options
    }

    /// 12 random hexadecimal digits.
    public static func newRun() -> String {
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        return String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    public func write(to text: inout JSONText) {
        text.object {
            $0.member("type", "run")
            $0.key("schema")
            $0.integer(Self.schema)
            $0.member("vedette", vedette)
            if let run { $0.member("run", run) }
            $0.member("src", src)
            if let started { $0.member("started", started.description) }
            $0.key("source")
            source.write(to: &$0)
            $0.key("model")
            model.write(to: &$0)
            $0.member("kernels", kernels)
            $0.key("options")
            $0.members(of: options)
        }
    }
}

extension RunRecord.Source {
    fileprivate func write(to text: inout JSONText) {
        text.object {
            $0.member("kind", kind)
            $0.member("spec", spec)
            $0.key("width")
            $0.integer(width)
            $0.key("height")
            $0.integer(height)
            if let rate { $0.member("rate", rate) }
            if let timebase { $0.member("timebase", timebase) }
        }
    }
}

extension RunRecord.Model {
    fileprivate func write(to text: inout JSONText) {
        text.object {
            $0.member("name", name)
            $0.member("sha256", sha256)
            $0.key("input")
            $0.array {
                $0.integer(inputWidth)
                $0.integer(inputHeight)
            }
            $0.member("precision", precision)
            $0.member("labels", labels)
        }
    }
}

extension JSONText {
    mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }
}
