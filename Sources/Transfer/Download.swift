import CCurl

/// A file to fetch.
public struct Download: Sendable {
    public var url: String
    /// The SHA-256 in hexadecimal, or its first digits; nil where nobody published it.
    public var digest: String?
    /// More bytes than this are refused.
    public var limit = 4 << 30
    /// Told the bytes so far and of all (nil where the server does not say), several times a second.
    public var progress: (@Sendable (_ received: Int, _ whole: Int?) -> Void)?
    /// Protocols besides https, and certificates to trust: for servers of tests.
    var protocols = "https"
    var authorities: String?
    var stallSeconds = 30

    public init(url: String, digest: String? = nil) {
        self.url = url
        self.digest = digest?.lowercased()
    }

    /// Fetches the file to `path`. What an earlier try left there is taken up again where the digest can
    /// tell that both parts belong together; after a cut, what came is kept for the next try.
    /// - Throws: `TransferError`; a wrong file is removed.
    public func run(to path: String) throws(TransferError) {
        guard url.lowercased().hasPrefix("https://") || protocols != "https" else {
            throw .insecure(url: url)
        }
        let part = try PartFile(path)
        let kept = digest == nil ? 0 : part.size
        if kept == 0 { try part.empty() }
        do {
            try transfer(into: part, from: kept)
            try check(part)
        } catch .wrongDigest where kept > 0 {
            // The file on the server may be another than the one begun: once more, from the start.
            try again(part)
        } catch .status(416, _) where kept > 0 {
            // All of it was here already, or more than there is.
            do throws(TransferError) { try check(part) } catch { try again(part) }
        }
    }

    private func again(_ part: PartFile) throws(TransferError) {
        try part.empty()
        try transfer(into: part, from: 0)
        try check(part)
    }

    private func check(_ part: PartFile) throws(TransferError) {
        guard let digest else { return }
        let found = try part.digest()
        guard found.hasPrefix(digest) else {
            try part.empty()
            throw .wrongDigest(
                url: url, expected: digest, found: String(found.prefix(digest.utf8.count)))
        }
    }

    private func transfer(into part: PartFile, from kept: Int) throws(TransferError) {
        let receiver = Receiver(part: part, limit: limit, progress: progress)
        var answer = get(receiver, from: kept)
        if answer.code == CCURL_NO_RANGE.rawValue, kept > 0 {
            // This server cannot go on in the middle.
            try part.empty()
            answer = get(receiver, from: 0)
        }
        if receiver.isTooLarge {
            try part.empty()
            throw .tooLarge(url: url, limit: limit)
        }
        if let problem = receiver.problem { throw .cannotWrite(path: part.path, reason: problem) }
        try judge(answer, received: part.size)
    }

    private func judge(_ answer: Answer, received: Int) throws(TransferError) {
        switch answer.code {
        case 0: return
        case CCURL_UNAVAILABLE.rawValue: throw .unavailable(reason: answer.reason)
        case CCURL_NO_HOST.rawValue, CCURL_NO_PROXY.rawValue, CCURL_NO_CONNECTION.rawValue:
            throw .unreachable(url: url, reason: answer.reason)
        case CCURL_HTTP_ERROR.rawValue: throw .status(answer.status, url: url)
        case _ where received > 0: throw .cut(url: url, received: received, reason: answer.reason)
        default: throw .failed(url: url, reason: answer.reason)
        }
    }

    private struct Answer {
        var code: Int32
        var status: Int
        var reason: String
    }

    private func get(_ receiver: Receiver, from kept: Int) -> Answer {
        var request = ccurl_request()
        request.resume_from = Int64(kept)
        request.connect_seconds = 20
        request.stall_seconds = stallSeconds
        request.take = { bytes, count, context in
            Receiver.at(context)?.take(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }
        request.progress = { context, now, whole in
            Receiver.at(context)?.tell(Int(now), of: Int(whole))
            return 0
        }
        receiver.start = kept
        var result = ccurl_result()
        let words = [url, "vedette", protocols, authorities ?? ""].map { Array($0.utf8CString) }
        words[0].withUnsafeBufferPointer { url in
            words[1].withUnsafeBufferPointer { agent in
                words[2].withUnsafeBufferPointer { protocols in
                    words[3].withUnsafeBufferPointer { authorities in
                        request.url = url.baseAddress
                        request.agent = agent.baseAddress
                        request.protocols = protocols.baseAddress
                        request.authorities = self.authorities == nil ? nil : authorities.baseAddress
                        // Lives until the call returns: this function holds it.
                        request.context = Unmanaged.passUnretained(receiver).toOpaque()
                        withExtendedLifetime(receiver) { ccurl_get(&request, &result) }
                    }
                }
            }
        }
        let reason = withUnsafeBytes(of: result.reason) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Answer(code: Int32(result.code), status: Int(result.status), reason: reason)
    }
}

/// What libcurl's callbacks write to.
private final class Receiver {
    let part: PartFile
    let limit: Int
    let progress: (@Sendable (Int, Int?) -> Void)?
    /// Where in the file this transfer began.
    var start = 0
    private(set) var problem: String?
    private(set) var isTooLarge = false

    init(part: PartFile, limit: Int, progress: (@Sendable (Int, Int?) -> Void)?) {
        self.part = part
        self.limit = limit
        self.progress = progress
    }

    static func at(_ context: UnsafeMutableRawPointer?) -> Receiver? {
        context.map { Unmanaged<Receiver>.fromOpaque($0).takeUnretainedValue() }
    }

    /// - Returns: how many bytes it took; fewer than `bytes` end the transfer.
    func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard part.size + bytes.count <= limit else {
            isTooLarge = true
            return 0
        }
        do throws(TransferError) {
            try part.append(bytes)
            return bytes.count
        } catch {
            if case .cannotWrite(_, let reason) = error { problem = reason }
            return 0
        }
    }

    func tell(_ now: Int, of whole: Int) { progress?(start + now, whole > 0 ? start + whole : nil) }
}
