import FoundationEssentials

/// A file that a command writes whole at its end: refused at the beginning where it is there.
struct ResultsFile {
    private let path: String

    init(_ path: String, replaces: Bool) throws {
        self.path = path
        try Self.check(path, replaces: replaces)
    }

    /// - Throws: `Failure` where the file is there and must not be replaced.
    static func check(_ path: String, replaces: Bool) throws {
        guard !replaces, FileManager.default.fileExists(atPath: path) else { return }
        throw Failure("\(path) exists; choose another file, or replace it with --force", .usage)
    }

    func write(_ bytes: [UInt8]) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure("cannot write \(path): \(Self.reason(error))", .output)
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileWriteOutOfSpace: "no space is left"
        case .fileWriteNoPermission: "it is not permitted"
        case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such folder"
        default: "\(error)"
        }
    }
}
