import Checksums
import Foundation
import TestServer
import Testing

@testable import Transfer

@Suite(.enabled(if: Server.python != nil, Comment(rawValue: Server.missing)))
struct DownloadTests {
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 251) }
    private let server: Server
    private var path: String { server.folder + "/part" }

    init() throws {
        server = try Server(content: Self.content)
    }

    private static var digest: String {
        var digest = Digest()
        digest.update(content)
        return digest.hexadecimal
    }

    private func download(_ way: String, digest: String? = Self.digest) -> Download {
        var download = Download(url: server.url(way), digest: digest)
        download.protocols = "http,https"
        return download
    }

    private func found() throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func log() throws -> String {
        let path = server.folder + "/log"
        try Download.plain(server.url("/log")).run(to: path)
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test(arguments: ["/file", "/moved", "/whole"])
    func theFileArrives(way: String) throws {
        try download(way).run(to: path)
        #expect(try found() == Self.content)
    }

    @Test func firstDigitsOfTheDigestAreEnough() throws {
        try download("/file", digest: String(Self.digest.prefix(8)).uppercased()).run(to: path)
        #expect(try found() == Self.content)
    }

    @Test func progressIsToldToTheEnd() throws {
        let told = Told()
        var download = download("/file")
        download.progress = { told.add($0, $1) }
        try download.run(to: path)
        #expect(told.last == Self.content.count)
    }

    @Test(arguments: [("/missing", 404), ("/error", 500)])
    func aRefusalNamesTheStatus(way: String, status: Int) {
        #expect(throws: TransferError.status(status, url: server.url(way))) {
            try download(way).run(to: path)
        }
    }

    @Test func anEndlessRedirectEnds() {
        #expect(throws: TransferError.self) { try download("/loop").run(to: path) }
    }

    @Test func aRedirectToAnotherProtocolIsRefused() throws {
        let error = #expect(throws: TransferError.self) { try download("/away").run(to: path) }
        guard case .failed(_, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("ftp"), "\(reason)")
    }

    @Test func aCutKeepsWhatCameAndTheNextTryGoesOn() throws {
        let error = #expect(throws: TransferError.self) { try download("/cut").run(to: path) }
        guard case .cut(_, let received, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(received == Self.content.count / 2)
        #expect(error?.keepsPart == true)
        #expect(try found() == Array(Self.content.prefix(received)))
        try download("/file").run(to: path)
        #expect(try found() == Self.content)
        #expect(try log().contains("/file bytes=\(received)-\n"))
    }

    @Test func aServerWithoutRangesIsAskedFromTheStart() throws {
        try Data(Self.content.prefix(1000)).write(to: URL(filePath: path))
        try download("/whole").run(to: path)
        #expect(try found() == Self.content)
    }

    /// The rest of another file would never have the right digest.
    @Test func aPartOfAnotherFileIsThrownAway() throws {
        try Data(repeating: 9, count: 5000).write(to: URL(filePath: path))
        try download("/file").run(to: path)
        #expect(try found() == Self.content)
        #expect(try log() == "/file bytes=5000-\n/file -\n")
    }

    @Test(arguments: [0, 17])
    func whatIsHereAlreadyIsNotFetchedAgain(excess: Int) throws {
        try Data(Self.content + Array(repeating: 1, count: excess)).write(to: URL(filePath: path))
        try download("/file").run(to: path)
        #expect(try found() == Self.content)
    }

    @Test func withoutADigestNothingIsGoneOnWith() throws {
        try Data(repeating: 9, count: 5000).write(to: URL(filePath: path))
        try download("/file", digest: nil).run(to: path)
        #expect(try found() == Self.content)
    }

    @Test func aWrongFileIsNotKept() throws {
        let error = #expect(throws: TransferError.self) { try download("/other").run(to: path) }
        guard case .wrongDigest(_, let expected, let found)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(expected == Self.digest && found != expected && found.count == 64)
        #expect(try self.found().isEmpty)
        #expect(error?.keepsPart == false)
    }

    @Test func moreThanTheLimitIsRefused() throws {
        var download = download("/file")
        download.limit = 1000
        #expect(throws: TransferError.tooLarge(url: download.url, limit: 1000)) { try download.run(to: path) }
        #expect(try found().isEmpty)
    }

    @Test(arguments: ["http://127.0.0.1/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "x", ""])
    func onlyHTTPSIsSpoken(url: String) {
        #expect(throws: TransferError.insecure(url: url)) { try Download(url: url).run(to: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aServerThatIsAwayIsSaid() throws {
        // A port that was free a moment ago.
        let port = try Server(content: [1]).port
        let error = #expect(throws: TransferError.self) {
            try Download(url: "https://127.0.0.1:\(port)/x").run(to: path)
        }
        guard case .unreachable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aPlaceThatCannotBeWrittenIsSaid() {
        #expect(throws: TransferError.self) { try download("/file").run(to: server.folder + "/content/x") }
    }

    @Test func twoProcessesDoNotWriteOneFile() throws {
        let part = try PartFile(path)
        let download = download("/file")
        #expect(throws: TransferError.isBusy(path: path)) { try download.run(to: path) }
        #expect(part.size == 0)
    }

    @Test(.enabled(if: Server.openssl != nil, "openssl is not installed"))
    func aCertificateOfNobodyIsRefused() throws {
        let secure = try Server(content: Self.content, isSecure: true)
        let url = "https://127.0.0.1:\(secure.port)/file"
        let error = #expect(throws: TransferError.self) { try Download(url: url).run(to: path) }
        guard case .failed(_, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.lowercased().contains("certificate"), "\(reason)")
        var trusting = Download(url: url, digest: Self.digest)
        trusting.authorities = secure.folder + "/certificate.pem"
        try trusting.run(to: path)
        #expect(try found() == Self.content)
    }
}

extension Download {
    fileprivate static func plain(_ url: String) -> Download {
        var download = Download(url: url)
        download.protocols = "http,https"
        return download
    }
}

/// What a download told last.
private final class Told: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0
    var last: Int { lock.withLock { value } }
    func add(_ received: Int, _ whole: Int?) { lock.withLock { value = max(value, received) } }
}
