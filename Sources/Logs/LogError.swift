import Glibc

/// Why a log could not be written or read.
public enum LogError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file is there and neither `--append` nor `--force` was given.
    case exists(path: String)
    /// Another process holds the writer's lock.
    case isBeingWritten(path: String)
    case isSymbolicLink(path: String)
    /// No room left; the file was cut at a whole line. `free` bytes are left on the file system, where
    /// it tells.
    case diskFull(path: String, free: Int?)
    /// The reader of a pipe went away.
    case readerGone(path: String)
    case cannotOpen(path: String, code: Int32)
    case cannotWrite(path: String, code: Int32)
    case cannotRead(path: String, code: Int32)
    /// A record was given after `close()`.
    case isClosed(path: String)

    public var description: String {
        switch self {
        case .exists(let path):
            "the log \(path) exists; add to it with --append or replace it with --force"
        case .isBeingWritten(let path):
            "the log \(path) is being written by another process; choose another file"
        case .isSymbolicLink(let path):
            "the log \(path) is a symbolic link; name the file itself"
        case .diskFull(let path, let free):
            "no space for the log \(path)\(free.map { ", \($0) bytes free" } ?? ""); "
                + "it ends at a whole line"
        case .readerGone(let path):
            "nobody reads the log \(path) any more"
        case .cannotOpen(let path, let code):
            "cannot open the log \(path): \(String(cString: strerror(code)))"
        case .cannotWrite(let path, let code):
            "cannot write the log \(path): \(String(cString: strerror(code)))"
        case .cannotRead(let path, let code):
            "cannot read the log \(path): \(String(cString: strerror(code)))"
        case .isClosed(let path):
            "the log \(path) is closed already"
        }
    }
}
