import Glibc
import JSON

/// One line of a log as it was found.
public struct LogLine: Sendable {
    public enum Content: Sendable {
        case record(LogRecord)
        /// Not JSON.
        case malformed(JSONError)
        /// JSON, but no record.
        case unreadable(RecordError)
        /// Longer than `JSONLinesReader.longestLine`; its text is passed over.
        case tooLong
        /// The last line has no newline: the writer was cut off.
        case unfinished
    }

    /// From 1.
    public var number: Int
    /// Byte of the file where it begins.
    public var offset: Int
    /// With its newline; empty where it is too long.
    public var bytes: [UInt8]
    public var content: Content
}

/// Reads a log line by line, whatever the file holds: a bad line is told and passed over, and memory
/// stays below a few times `longestLine`.
public struct JSONLinesReader: ~Copyable {
    /// A frame record of 100 detections has about 20 kB.
    public static let longestLine = 1 << 22

    private let path: String
    private let descriptor: Int32
    private var block = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0
    private var at = 0
    private var number = 0
    private var offset = 0

    /// - Throws: `LogError.cannotOpen`.
    public init(path: String) throws(LogError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// The next line; nil at the end of the file.
    /// - Throws: `LogError.cannotRead`.
    public mutating func next() throws(LogError) -> LogLine? {
        var line: [UInt8] = []
        var length = 0
        while true {
            if at == filled, try !fill() { break }
            let newline = block[at..<filled].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline.map { $0 + 1 } ?? filled
            length += end - at
            if length <= Self.longestLine { line.append(contentsOf: block[at..<end]) }
            at = end
            if newline != nil { return finish(line, length: length, isWhole: true) }
        }
        return length == 0 ? nil : finish(line, length: length, isWhole: false)
    }

    private mutating func finish(_ bytes: [UInt8], length: Int, isWhole: Bool) -> LogLine {
        number += 1
        defer { offset += length }
        let isTooLong = length > Self.longestLine
        return LogLine(
            number: number, offset: offset, bytes: isTooLong ? [] : bytes,
            content: isTooLong ? .tooLong : isWhole ? LogLine.content(of: bytes) : .unfinished)
    }

    private mutating func fill() throws(LogError) -> Bool {
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .cannotRead(path: path, code: errno) }
            at = 0
            filled = count
            return count > 0
        }
    }
}

extension LogLine {
    static func content(of bytes: [UInt8]) -> Content {
        do {
            return .record(try LogRecord(try JSONParser.parse(bytes)))
        } catch let error as JSONError {
            return .malformed(error)
        } catch let error as RecordError {
            return .unreadable(error)
        } catch {
            preconditionFailure("reading a line throws JSONError and RecordError only")
        }
    }
}
