import Foundation
import Testing

/// The built program, run as a user runs it.
enum Program {
    struct Ended {
        var output: String
        var errors: String
        /// Exit code, or 128 + the signal.
        var code: Int32
        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// Stands beside the tests.
    static var path: String {
        get throws {
            let folder = URL(
                filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            )
            .deletingLastPathComponent()
            let path = folder.appending(path: "vedette").path()
            try #require(FileManager.default.isExecutableFile(atPath: path), "no program at \(path)")
            return path
        }
    }

    static func start(_ arguments: [String], output: Any, errors: Any, environment: [String: String] = [:])
        throws
        -> Process
    {
        let process = Process()
        process.executableURL = URL(filePath: try path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        // The store of whoever runs the tests must not matter.
        process.environment = ProcessInfo.processInfo.environment
            .merging(["XDG_DATA_HOME": "/nonexistent"]) { $1 }.merging(environment) { $1 }
        try process.run()
        return process
    }

    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Ended {
        try run(arguments, environment: environment)
    }

    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Ended {
        // Files, not pipes: nobody has to read while it runs.
        let folder = try Folder()
        let (output, errors) = (try folder.write("output", ""), try folder.write("errors", ""))
        let process = try start(
            arguments, output: try #require(FileHandle(forWritingAtPath: output)),
            errors: try #require(FileHandle(forWritingAtPath: errors)), environment: environment)
        process.waitUntilExit()
        return Ended(
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8), code: code(of: process))
    }

    static func code(of process: Process) -> Int32 {
        process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
    }
}

/// A folder that goes with its owner.
final class Folder {
    let root: String

    init() throws {
        root = FileManager.default.temporaryDirectory.path + "/vedette-command-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
        return path(name)
    }

    /// A clip made by the ffmpeg command.
    func clip(_ name: String, _ arguments: String) throws -> String {
        try Tool.run(
            "ffmpeg",
            "-v error -nostdin -y \(arguments)".split(separator: " ").map(String.init) + [path(name)])
        return path(name)
    }
}

/// Programs of others, for the truth.
enum Tool {
    static let areAvailable = ["ffmpeg", "ffprobe"].allSatisfy { path($0) != nil }
    static let missing: Comment = "the ffmpeg and ffprobe commands are not installed"

    static func path(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try #require(path(name)))
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        // A file, not a pipe: a server that the program leaves behind would keep a pipe open.
        let folder = try Folder()
        let output = try folder.write("output", "")
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name) \(arguments) failed")
        return try String(contentsOfFile: output, encoding: .utf8)
    }
}

enum Fixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures").path()

    static func path(_ name: String) -> String { root + "/" + name }
}
