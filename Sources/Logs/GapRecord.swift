import Frames
import JSON

/// A stretch of the source that brought no frames.
public struct GapRecord: Sendable, Hashable {
    public var src: String
    public var gap: Gap
    /// Wall time after the gap, of live sources only; nil in a reproducible log.
    public var at: WallTime?

    public init(src: String, gap: Gap, at: WallTime?) {
        self.src = src
        self.gap = gap
        self.at = at
    }

    /// `t` is left out where neither end is known (one unknown end is null), `n` where no frame is known
    /// to be lost, `detail` where it is empty.
    public func write(to text: inout JSONText) {
        text.object {
            $0.member("type", "gap")
            $0.member("src", src)
            if gap.from != nil || gap.to != nil {
                $0.key("t")
                $0.array {
                    for time in [gap.from, gap.to] {
                        if let time { $0.seconds(time) } else { $0.null() }
                    }
                }
            }
            if let lost = gap.lost {
                $0.key("n")
                $0.array {
                    $0.integer(lost.lowerBound)
                    $0.integer(lost.upperBound)
                }
            }
            $0.member("reason", gap.reason.rawValue)
            if !gap.detail.isEmpty { $0.member("detail", gap.detail) }
            if let at { $0.member("at", at.description) }
        }
    }
}
