import Foundation
import Testing

/// Makes tiny clips with the ffmpeg command and asks ffprobe for the truth about them.
struct Clips: ~Copyable {
    let folder: String

    static let areAvailable = tool("ffmpeg") != nil && tool("ffprobe") != nil
    static let missing: Comment = "the ffmpeg and ffprobe commands are not installed"

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/vedette-capture-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    /// Runs ffmpeg with `arguments`, split at spaces, and the output's path after them.
    @discardableResult
    func make(_ name: String, _ arguments: String) throws -> String {
        let path = path(name)
        let words = arguments.split(separator: " ").map(String.init)
        _ = try Self.run("ffmpeg", ["-v", "error", "-nostdin", "-y"] + words + [path])
        return path
    }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// Keeps the first `fraction` of a file.
    func cut(_ name: String, to fraction: Double) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path(name)))
        try data.prefix(Int(Double(data.count) * fraction)).write(to: URL(fileURLWithPath: path(name)))
    }

    struct Probe: Equatable {
        var width: Int
        var height: Int
        /// Of each frame in the order shown; nil for N/A.
        var stamps: [Int64?]
    }

    /// What ffprobe decodes of the first video stream.
    func probe(_ name: String) throws -> Probe {
        let text = try Self.run(
            "ffprobe",
            [
                "-v", "quiet", "-select_streams", "v:0", "-show_entries",
                "frame=best_effort_timestamp,width,height", "-of", "default=nk=0:nw=0", path(name),
            ])
        var stamps: [Int64?] = []
        var (width, height) = (0, 0)
        for line in text.split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1)
            switch pair.first {
            case "width" where width == 0: width = Int(pair[1]) ?? 0
            case "height" where height == 0: height = Int(pair[1]) ?? 0
            case "best_effort_timestamp": stamps.append(Int64(pair[1]))
            default: break
            }
        }
        return Probe(width: width, height: height, stamps: stamps)
    }

    static func tool(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        String(decoding: try output(name, arguments), as: UTF8.self)
    }

    static func output(_ name: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(tool(name)))
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data
    }
}
