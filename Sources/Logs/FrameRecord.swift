import Frames
import JSON

/// One inferred frame.
public struct FrameRecord: Sendable, Hashable {
    /// When in its source the frame was, or which picture of a folder it is.
    public enum Position: Sendable, Hashable {
        case time(Timestamp)
        case file(String)
    }

    /// Milliseconds, one decimal.
    public struct Milliseconds: Sendable, Hashable {
        /// From arrival to the start of preparation.
        public var wait: Double
        public var prepare: Double
        public var network: Double
        /// Selection, decoding, suppression.
        public var post: Double

        public init(wait: Double, prepare: Double, network: Double, post: Double) {
            self.wait = wait
            self.prepare = prepare
            self.network = network
            self.post = post
        }
    }

    public var src: String
    /// Sequence number in the source, from 0.
    public var n: Int
    public var position: Position
    /// The container's own stamp; nil where it had none.
    public var pts: Int64?
    public var detections: [DetectionRecord]
    /// Inferred frames without a record since the previous record.
    public var omitted: Int
    /// Frames dropped as `slow` since the previous record.
    public var dropped: Int
    /// Nil in a reproducible log.
    public var milliseconds: Milliseconds?

    public init(
        src: String, n: Int, position: Position, pts: Int64?, detections: [DetectionRecord], omitted: Int,
        dropped: Int, milliseconds: Milliseconds?
    ) {
        self.src = src
        self.n = n
        self.position = position
        self.pts = pts
        self.detections = detections
        self.omitted = omitted
        self.dropped = dropped
        self.milliseconds = milliseconds
    }

    public func write(to text: inout JSONText) {
        text.object {
            $0.member("type", "frame")
            $0.member("src", src)
            $0.key("n")
            $0.integer(n)
            switch position {
            case .time(let time):
                $0.key("t")
                $0.seconds(time)
            case .file(let file): $0.member("file", file)
            }
            if let pts {
                $0.key("pts")
                $0.integer(pts)
            }
            $0.key("det")
            $0.array { for detection in detections { detection.write(to: &$0) } }
            $0.key("omitted")
            $0.integer(omitted)
            $0.key("drop")
            $0.integer(dropped)
            if let milliseconds {
                $0.key("ms")
                $0.milliseconds([
                    ("wait", milliseconds.wait), ("prep", milliseconds.prepare),
                    ("net", milliseconds.network), ("post", milliseconds.post),
                ])
            }
        }
    }
}

extension JSONText {
    /// An object of times with one decimal.
    mutating func milliseconds(_ times: [(String, Double)]) {
        object {
            for (name, time) in times {
                $0.key(name)
                $0.decimal(time, places: 1)
            }
        }
    }
}
