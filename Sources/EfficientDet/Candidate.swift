import Frames
import Glibc

/// A class logit worth looking at.
public struct Candidate: Sendable, Hashable {
    public var logit: Float
    public var anchor: Int
    public var classIndex: Int

    public init(logit: Float, anchor: Int, classIndex: Int) {
        self.logit = logit
        self.anchor = anchor
        self.classIndex = classIndex
    }

    /// The total order of candidates: logit descending, then anchor, then class ascending.
    static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
        if a.logit != b.logit { return a.logit > b.logit }
        return a.anchor != b.anchor ? a.anchor < b.anchor : a.classIndex < b.classIndex
    }
}

/// Something found, in the network's pixels.
public struct NetworkDetection: Sendable, Hashable {
    public var box: NetworkBox
    /// 0...1.
    public var score: Float
    public var classIndex: Int
    public var anchor: Int

    public init(box: NetworkBox, score: Float, classIndex: Int, anchor: Int) {
        self.box = box
        self.score = score
        self.classIndex = classIndex
        self.anchor = anchor
    }
}

/// Score of a logit.
public func sigmoid(_ logit: Float) -> Float { 1 / (1 + exp(-logit)) }

/// Logit of a score: minus infinity for 0, infinity for 1.
public func logit(ofScore score: Float) -> Float {
    if score <= 0 { return -.infinity }
    return score >= 1 ? .infinity : log(score / (1 - score))
}
