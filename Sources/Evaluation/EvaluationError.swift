import JSON
import Logs

/// Why annotations or results could not be used.
public enum EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No such file, no right to read it, or not a regular file.
    case cannotRead(path: String)
    case tooLarge(path: String, bytes: Int, limit: Int)
    case notJSON(path: String, error: JSONError)
    /// The value at `place` (`annotations[3].bbox`) is not what the format has there.
    case malformed(path: String, place: String, expected: String)
    case duplicate(path: String, kind: String, id: Int)
    /// A result or annotation names an image that the annotations do not list.
    case unknownImage(path: String, place: String, id: Int)

    public var description: String {
        switch self {
        case .cannotRead(let path):
            "cannot read \(path): it is not a readable regular file"
        case .tooLarge(let path, let bytes, let limit):
            "\(path) has \(bytes) bytes; at most \(limit) are read"
        case .notJSON(let path, let error):
            "\(path) is not JSON: \(error)"
        case .malformed(let path, let place, let expected):
            "\(path): \(place) must be \(expected)"
        case .duplicate(let path, let kind, let id):
            "\(path): two \(kind) have the id \(id)"
        case .unknownImage(let path, let place, let id):
            "\(path): \(place) belongs to image \(id), which the annotations do not list"
        }
    }
}
