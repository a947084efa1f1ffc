import Glibc

/// The files of a folder or glob in byte order of their paths; hidden ones are skipped.
enum FileListing {
    enum PathKind {
        case file, folder, fifo, missing
    }

    static func kind(of path: String) -> PathKind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing }
        return switch status.st_mode & S_IFMT {
        case S_IFDIR: .folder
        case S_IFIFO: .fifo
        default: .file
        }
    }

    static func looksLikeGlob(_ path: String) -> Bool { path.contains { "*?[".contains($0) } }

    /// Paths relative to `folder`. Links to files are followed, links to folders are not, so that no
    /// ring of links is walked for ever.
    static func files(inFolder folder: String, recursive: Bool) throws(CaptureError) -> [String] {
        var found: [String] = []
        try collect(folder, prefix: "", recursive: recursive, into: &found)
        return sorted(found)
    }

    /// Paths as the pattern spells them; folders that match are skipped.
    static func files(matching pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { return [] }
        let paths = (0..<Int(result.gl_pathc)).compactMap { index in
            result.gl_pathv[index].map { String(cString: $0) }
        }
        return sorted(paths.filter { kind(of: $0) == .file })
    }

    private static func sorted(_ paths: [String]) -> [String] {
        paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func collect(
        _ folder: String, prefix: String, recursive: Bool, into found: inout [String]
    ) throws(CaptureError) {
        guard let directory = opendir(folder) else {
            throw .unreadable(Redaction.printable(folder), reason: String(cString: strerror(errno)))
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder + "/" + name
            switch kind(of: path) {
            case .file: found.append(prefix + name)
            case .folder where recursive && !isLink(path):
                try collect(path, prefix: prefix + name + "/", recursive: true, into: &found)
            case .folder, .fifo, .missing: continue
            }
        }
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
