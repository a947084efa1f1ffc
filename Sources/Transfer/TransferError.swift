/// Why a file could not be fetched. Each case renders one sentence.
public enum TransferError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system has no library for transfers.
    case unavailable(reason: String)
    /// Something other than HTTPS.
    case insecure(url: String)
    /// No network, or the server is away.
    case unreachable(url: String, reason: String)
    /// The server's answer.
    case status(Int, url: String)
    /// The transfer broke off; `received` bytes are kept for the next try.
    case cut(url: String, received: Int, reason: String)
    case failed(url: String, reason: String)
    case wrongDigest(url: String, expected: String, found: String)
    case tooLarge(url: String, limit: Int)
    case cannotWrite(path: String, reason: String)
    /// Another process fetches the same file.
    case isBusy(path: String)

    public var description: String {
        switch self {
        case .unavailable(let reason): "nothing can be fetched: \(reason)"
        case .insecure(let url): "\(url) is refused: weights are fetched over https only"
        case .unreachable(let url, let reason):
            "cannot reach the server of \(url) (\(reason)): is this machine online?"
        case .status(let status, let url):
            "the server has no file for \(url): it answers \(status)"
        case .cut(let url, let received, let reason):
            "\(url) broke off after \(received) bytes (\(reason)); the same command goes on from there"
        case .failed(let url, let reason): "cannot fetch \(url): \(reason)"
        case .wrongDigest(let url, let expected, let found):
            "\(url) is not the file it should be: its SHA-256 begins with \(found), expected \(expected); "
                + "nothing was kept"
        case .tooLarge(let url, let limit): "\(url) is refused: it has more than \(limit) bytes"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .isBusy(let path): "another process is fetching into \(path)"
        }
    }
}

extension TransferError {
    /// Whether what came so far is worth keeping for another try.
    public var keepsPart: Bool {
        switch self {
        case .cut, .unreachable, .unavailable, .isBusy, .cannotWrite: true
        case .insecure, .status, .failed, .wrongDigest, .tooLarge: false
        }
    }
}
