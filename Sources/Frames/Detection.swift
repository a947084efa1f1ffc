/// One thing found in a frame.
public struct Detection: Sendable, Hashable {
    /// In pixels of the upright source frame, clipped to it.
    public var box: Box
    /// 0...1, the sigmoid of the class logit.
    public var score: Float
    /// 0-based index into the model's `LabelSet`.
    public var classIndex: Int

    public init(box: Box, score: Float, classIndex: Int) {
        self.box = box
        self.score = score
        self.classIndex = classIndex
    }
}
