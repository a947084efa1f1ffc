import Transfer
import Weights

/// Fetches public weights into the store.
public struct ModelPull {
    /// What is fetched: one of the table, or any URL.
    public struct Target: Sendable {
        public var url: String
        public var name: String
        public var model: String?
        public var digest: String?
        public var size: Int?
        public var licence: String?
        public var origin: String?

        public init(_ one: PublicModel) {
            url = one.url
            name = one.storeName
            model = one.model
            digest = one.digest
            size = one.size
            licence = one.licence
            origin = one.origin
        }

        /// - Parameter digest: the SHA-256 that the file must have.
        public init(url: String, digest: String?) {
            self.url = url
            self.digest = digest
            let path = url.split(separator: "/", maxSplits: 2).last ?? ""
            name = ModelImporter.name(of: String(path.prefix { $0 != "?" && $0 != "#" }))
        }
    }

    public let target: Target
    public let importer: ModelImporter
    var download: Download

    /// - Parameter progress: told the bytes so far and of all, several times a second.
    public init(
        _ target: Target, _ importer: ModelImporter, progress: (@Sendable (Int, Int?) -> Void)? = nil
    ) {
        self.target = target
        var importer = importer
        importer.source = target.url
        importer.licence = target.licence
        importer.model = importer.model ?? target.model
        self.importer = importer
        download = Download(url: target.url, digest: target.digest)
        download.progress = progress
    }

    /// Fetches, checks, imports. What was fetched is kept when the transfer breaks off, and thrown away when
    /// the import has succeeded or the file turns out to be none.
    /// - Throws: `TransferError`, `StoreError`, `WeightsError`, `ModelError`.
    public func run() throws -> ModelImporter.Result {
        let store = importer.store
        try store.check(target.name, replacing: importer.replacing)
        let part = try store.partPath(target.name)
        do {
            try download.run(to: part)
        } catch {
            if !error.keepsPart { store.removePart(target.name) }
            throw error
        }
        defer { store.removePart(target.name) }
        return try importer.run(part, as: target.name)
    }
}
