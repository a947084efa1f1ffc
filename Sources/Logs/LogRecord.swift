import JSON

/// Any record of a log.
public enum LogRecord: Sendable, Hashable {
    case run(RunRecord)
    case frame(FrameRecord)
    case gap(GapRecord)
    case end(EndRecord)
    /// Of a type that this version does not know; a reader passes over it.
    case other(JSONObject)

    /// The record's line with its newline.
    public var line: [UInt8] {
        var text = JSONText()
        switch self {
        case .run(let record): record.write(to: &text)
        case .frame(let record): record.write(to: &text)
        case .gap(let record): record.write(to: &text)
        case .end(let record): record.write(to: &text)
        case .other(let object): text.members(of: object)
        }
        return text.bytes + [UInt8(ascii: "\n")]
    }
}
