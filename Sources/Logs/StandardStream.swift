import Glibc

/// The process's standard output and error as places for text: results on the one, notes on the other.
public struct StandardStream: Sendable {
    private let descriptor: Int32

    public static let output = StandardStream(descriptor: STDOUT_FILENO)
    public static let error = StandardStream(descriptor: STDERR_FILENO)

    /// Whether a person sits at the other end.
    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Of the terminal at the other end; nil where there is none, or it does not tell.
    public var columns: Int? {
        var window = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return nil }
        return Int(window.ws_col)
    }

    /// Writes all of `text`.
    /// - Returns: whether the reader is still there and the disk took it.
    @discardableResult
    public func write(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                guard errno == EINTR else { return false }
            } else {
                bytes = bytes.dropFirst(count)
            }
        }
        return true
    }
}
