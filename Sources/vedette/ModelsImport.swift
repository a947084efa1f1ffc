import Detector
import EfficientDet
import Logs
import Models
import Synchronization
import Weights

/// `vedette models import` and `pull`: new models for the store.
struct ModelsImport {
    private let command: ModelsCommand
    private var arguments: Arguments { command.arguments }

    init(_ command: ModelsCommand) {
        self.command = command
    }

    func importFile(_ path: String) throws -> Outcome {
        let name = arguments.text("name") ?? ModelImporter.name(of: path)
        return tell(try importer().run(path, as: name))
    }

    func pull(_ word: String) throws -> Outcome {
        var target = try target(word)
        if let name = arguments.text("name") { target.name = name }
        let importer = try importer()
        try importer.store.check(target.name, replacing: importer.replacing)
        let licence = target.licence.map { "licence \($0)" } ?? "licence unknown"
        let size = target.size.map { "about \(Megabytes.text($0))" } ?? "size unknown"
        let digest = target.digest.map { "SHA-256 \($0)\($0.utf8.count < 64 ? "…" : "")" }
        var text = "\(target.name): \(licence), \(size), \(digest ?? "no published digest")\n"
        if let origin = target.origin { text += "from \(origin)\n" }
        guard StandardStream.output.write(text + "\(Printable.text(target.url))\n") else {
            return .readerGone
        }
        let notes = command.notes
        let meter = PullMeter { notes.progress($0) }
        let pull = ModelPull(target, importer) { meter.tell($0, of: $1) }
        let result = try pull.run()
        notes.progress("")
        return tell(result)
    }

    private func target(_ word: String) throws -> ModelPull.Target {
        let digest = arguments.text("sha256")
        if let digest,
            digest.utf8.count < 8 || digest.utf8.count > 64 || digest.contains(where: { !$0.isHexDigit })
        {
            throw UsageError.badValue(option: "--sha256", value: digest, wanted: "8 to 64 hexadecimal digits")
        }
        if word.contains("://") { return ModelPull.Target(url: word, digest: digest) }
        guard let known = PublicModel.named(word) else {
            throw UsageError.unknownModel(
                word, nearest: nearest(to: word, among: PublicModel.all.map(\.name)))
        }
        var target = ModelPull.Target(known)
        target.digest = digest ?? target.digest
        return target
    }

    private func importer() throws -> ModelImporter {
        var importer = ModelImporter(store: command.store)
        importer.replacing = arguments.has("force")
        importer.model = arguments.text("as")
        if let word = importer.model, Configuration.named(word) == nil {
            throw UsageError.unknownModel(
                word, nearest: nearest(to: word, among: Configuration.family.map(\.shortName)))
        }
        if let path = arguments.text("labels") {
            importer.labels = (names: try LabelFile.names(path), path: path)
        }
        return importer
    }

    private func tell(_ result: ModelImporter.Result) -> Outcome {
        let one = result.model.configuration
        return command.tell(
            "\(result.name): \(one.name), \(one.inputWidth)x\(one.inputHeight), \(one.classCount) classes, "
                + "\(Megabytes.text(result.model.file?.reader.count ?? 0))\n"
                + "use it with --model \(result.name)\n")
    }
}

/// `12.3 of 15.7 MB  2.1 MB/s  0:02 left`.
final class PullMeter: Sendable {
    private let show: @Sendable (String) -> Void
    private let start = ContinuousClock.now
    private let state = Mutex((first: Int?.none, last: ContinuousClock.Instant?.none))

    init(_ show: @escaping @Sendable (String) -> Void) {
        self.show = show
    }

    func tell(_ received: Int, of whole: Int?) {
        let now = ContinuousClock.now
        let first = state.withLock { state -> Int? in
            if let last = state.last, now - last < .milliseconds(200) { return nil }
            state.last = now
            state.first = state.first ?? received
            return state.first
        }
        guard let first else { return }
        show(
            Self.text(received, of: whole, sinceStart: received - first, seconds: (now - start) / .seconds(1))
        )
    }

    static func text(_ received: Int, of whole: Int?, sinceStart: Int, seconds: Double) -> String {
        let rate = seconds > 0.1 ? Double(sinceStart) / seconds : 0
        var parts = [
            whole.map { "\(Rounded.tenths(Double(received) / 1e6)) of \(Megabytes.text($0))" }
                ?? Megabytes.text(received)
        ]
        if rate > 0 {
            parts.append("\(Rounded.tenths(rate / 1e6)) MB/s")
            if let whole {
                let left = Int(min(Double(whole - received) / rate, 359_999))
                parts.append("\(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left")
            }
        }
        return parts.joined(separator: "  ")
    }
}
