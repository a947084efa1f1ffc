import Foundation

/// Tests/Fixtures/server.py, serving `content` for as long as it lives.
public final class Server {
    public struct Failure: Error {
        public let reason: String
    }

    public static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    public static let missing = "python3 is not installed"

    public let folder: String
    public let port: Int
    private let process = Process()
    private let input = Pipe()

    /// - Parameter isSecure: speaks TLS with a certificate of its own, `certificate.pem` in `folder`.
    public init(content: [UInt8], isSecure: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.path + "/vedette-server-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(content).write(to: URL(filePath: folder + "/content"))
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/server.py").path()
        var arguments = [script, folder + "/content"]
        if isSecure { arguments += try Self.certificate(folder) }
        let output = Pipe()
        process.executableURL = URL(filePath: Self.python ?? "")
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw Failure(reason: "the server did not start") }
            line += String(decoding: byte, as: UTF8.self)
        }
        guard let port = Int(line.dropLast()) else { throw Failure(reason: "no port: \(line)") }
        self.port = port
    }

    deinit {
        input.fileHandleForWriting.closeFile()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    public func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    public static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private static func certificate(_ folder: String) throws -> [String] {
        let files = [folder + "/certificate.pem", folder + "/key.pem"]
        let process = Process()
        process.executableURL = URL(filePath: openssl ?? "")
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1],
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(reason: "no certificate") }
        return files
    }
}
