import Glibc

/// The folder of the user's models: one safetensors file for each, named after it. What is in it is always
/// whole: a new file takes its name only when it is complete.
public struct ModelStore: Sendable {
    public let folder: String

    public init(folder: String) {
        self.folder = folder
    }

    /// `$XDG_DATA_HOME/vedette/models`, by default `~/.local/share/vedette/models`.
    public static func standard() throws(StoreError) -> ModelStore {
        // A relative XDG_DATA_HOME is to be ignored (XDG Base Directory Specification).
        if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") {
            return ModelStore(folder: "\(data)/vedette/models")
        }
        guard let home = variable("HOME") else { throw .nowhere }
        return ModelStore(folder: "\(home)/.local/share/vedette/models")
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    static let longestName = 100
    private static let suffix = ".safetensors"

    /// Whether `name` can stand as a file name of its own on every file system and in a shell.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= longestName, isAlphanumeric(first) else {
            return false
        }
        return name.utf8.allSatisfy { isAlphanumeric($0) || "-_.=".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// The file of the model `name`, which may not be there yet.
    public func path(of name: String) throws(StoreError) -> String {
        guard Self.isName(name) else { throw .badName(name) }
        return "\(folder)/\(name)\(Self.suffix)"
    }

    /// The file of the model `name`; nil where the store has none.
    public func find(_ name: String) -> String? {
        guard Self.isName(name) else { return nil }
        let path = "\(folder)/\(name)\(Self.suffix)"
        return access(path, F_OK) == 0 ? path : nil
    }

    /// The names of all models, in byte order; none where the folder does not exist.
    public func names() throws(StoreError) -> [String] {
        guard let directory = opendir(folder) else {
            guard errno == ENOENT else { throw .cannotRead(path: folder, reason: Self.reason()) }
            return []
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let file = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let name = String(file.dropLast(Self.suffix.count))
            if file.hasSuffix(Self.suffix), Self.isName(name) { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public func remove(_ name: String) throws(StoreError) {
        let path = try path(of: name)
        guard unlink(path) == 0 else {
            guard errno == ENOENT else { throw .cannotWrite(path: path, reason: Self.reason()) }
            throw .noModel(name, nearest: nil)
        }
    }

    /// Whether `install` would refuse `name`.
    public func check(_ name: String, replacing: Bool) throws(StoreError) {
        let path = try path(of: name)
        if !replacing, access(path, F_OK) == 0 { throw .exists(name) }
    }

    /// Puts a new model under `name`: `write` makes a file at the path that it is given, which then takes the
    /// name in one step. Whatever fails, nothing is left behind.
    public func install(_ name: String, replacing: Bool, _ write: (String) throws -> Void) throws {
        try check(name, replacing: replacing)
        let path = try path(of: name)
        try makeFolder()
        let new = "\(folder)/.\(name).\(getpid()).new"
        defer { unlink(new) }
        do {
            try write(new)
        } catch WeightsError.cannotWrite(_, let reason) {
            throw StoreError.cannotWrite(path: path, reason: reason)
        }
        // link refuses an existing name, rename replaces it: both in one step.
        guard (replacing ? rename(new, path) : link(new, path)) == 0 else {
            if errno == EEXIST { throw StoreError.exists(name) }
            throw StoreError.cannotWrite(path: path, reason: Self.reason())
        }
    }

    /// Throws away what was fetched for `name`.
    public func removePart(_ name: String) { unlink("\(folder)/.\(name).part") }

    /// A place for a file that is being fetched: kept between tries, not listed.
    public func partPath(_ name: String) throws(StoreError) -> String {
        _ = try path(of: name)
        try makeFolder()
        return "\(folder)/.\(name).part"
    }

    private func makeFolder() throws(StoreError) {
        var path = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: true) {
            path += (path.isEmpty && !folder.hasPrefix("/") ? "" : "/") + part
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
                throw .cannotWrite(path: folder, reason: Self.reason())
            }
        }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .cannotWrite(path: folder, reason: String(cString: strerror(ENOTDIR)))
        }
    }

    static func reason() -> String { String(cString: strerror(errno)) }
}
