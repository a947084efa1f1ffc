import Detector
import Foundation
import TestServer
import Testing

@testable import Models
@testable import Transfer
@testable import Weights

/// From a server into the store.
@Suite(.enabled(if: Server.python != nil, Comment(rawValue: Server.missing)))
struct ModelPullTests {
    private let folder: StoreFolder
    private let server: Server
    private let digest: String

    init() throws {
        folder = try StoreFolder()
        let path = try folder.weights("served.safetensors") { $0["model"] = nil }
        digest = try ByteReader(path: path).digest
        server = try Server(content: Array(try Data(contentsOf: URL(filePath: path))))
    }

    private func pull(_ way: String, digest: String?, _ change: (inout ModelPull.Target) -> Void = { _ in })
        -> ModelPull
    {
        var target = ModelPull.Target(url: server.url(way), digest: digest)
        target.name = "pulled"
        change(&target)
        var pull = ModelPull(target, ModelImporter(store: folder.store))
        pull.download.protocols = "http,https"
        return pull
    }

    @Test func weightsArriveInTheStore() throws {
        let result = try pull("/moved", digest: digest) { $0.licence = "Apache-2.0" }.run()
        #expect(result.model.name == "efficientdet-lite0")
        #expect(folder.files == ["pulled.safetensors"])
        let file = try TensorFile.open(result.path)
        #expect(file.metadata["source"] == server.url("/moved"))
        #expect(file.metadata["source_sha256"] == digest)
        #expect(file.metadata["licence"] == "Apache-2.0")
    }

    @Test func aCutTransferIsGoneOnWith() throws {
        let error = #expect(throws: TransferError.self) { try pull("/cut", digest: digest).run() }
        #expect(error?.keepsPart == true)
        #expect(folder.files == [".pulled.part"])
        #expect(try folder.store.names().isEmpty)
        _ = try pull("/file", digest: digest).run()
        #expect(folder.files == ["pulled.safetensors"])
    }

    @Test(arguments: ["/missing", "/other"])
    func aFailureLeavesNothing(way: String) {
        #expect(throws: TransferError.self) { try pull(way, digest: digest).run() }
        #expect(folder.files.isEmpty)
    }

    @Test func whatIsNoWeightFileLeavesNothing() {
        #expect(throws: (any Error).self) { try pull("/log", digest: nil).run() }
        #expect(throws: (any Error).self) { try pull("/other", digest: nil).run() }
        #expect(folder.files.isEmpty)
    }

    /// The tensors must be those of the model that the table names.
    @Test func weightsOfAnotherModelAreRefused() {
        #expect(throws: ModelError.self) { try pull("/file", digest: digest) { $0.model = "d0" }.run() }
        #expect(folder.files.isEmpty)
    }

    @Test func aNameThatIsTakenIsNotFetched() throws {
        _ = try pull("/file", digest: digest).run()
        #expect(throws: StoreError.exists("pulled")) { try pull("/error", digest: digest).run() }
    }
}
