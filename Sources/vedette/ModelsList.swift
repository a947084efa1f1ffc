import Detector
import EfficientDet
import JSON
import Models
import Weights

/// What `vedette models list` shows.
struct ModelsList {
    private struct Row {
        var name: String
        /// `built in`, `store`, `damaged`, `pull`.
        var place: String
        var model: String
        var input: String
        var size: Int?
        var note: String
    }

    private let rows: [Row]
    private let folder: String

    init(_ store: ModelStore) throws {
        folder = store.folder
        rows =
            [Self.builtIn] + (try store.names()).map { Self.stored($0, store) }
            + PublicModel.all.map(Self.pullable)
    }

    private static var builtIn: Row {
        do {
            let model = try Model.load()
            return row(Model.builtInName, "built in", model, note: "the default")
        } catch {
            return Row(
                name: Model.builtInName, place: "damaged", model: "", input: "", note: Failure(error).sentence
            )
        }
    }

    private static func stored(_ name: String, _ store: ModelStore) -> Row {
        do {
            let model = try Model(try TensorFile.open(try store.path(of: name)))
            let source = model.file.map { ModelDescription($0).source ?? "" } ?? ""
            return row(name, "store", model, note: Printable.text(source))
        } catch {
            return Row(name: name, place: "damaged", model: "", input: "", note: Failure(error).sentence)
        }
    }

    private static func row(_ name: String, _ place: String, _ model: Model, note: String) -> Row {
        let configuration = model.configuration
        return Row(
            name: name, place: place, model: model.name,
            input: "\(configuration.inputWidth)x\(configuration.inputHeight)",
            size: model.file?.reader.count, note: note)
    }

    private static func pullable(_ one: PublicModel) -> Row {
        let configuration = Configuration.named(one.model)
        let input = configuration.map { "\($0.inputWidth)x\($0.inputHeight)" } ?? ""
        return Row(
            name: one.name, place: "pull", model: configuration?.name ?? one.model, input: input,
            size: one.size, note: "\(one.licence), \(one.origin)")
    }

    func text(isJSON: Bool) -> String {
        guard !isJSON else {
            return JSONOutput.line([
                "store": .string(folder),
                "models": .array(
                    rows.map { row in
                        .object([
                            "name": .string(row.name), "place": .string(row.place),
                            "model": .string(row.model), "input": .string(row.input),
                            "bytes": row.size.map { .integer($0) } ?? .null, "note": .string(row.note),
                        ])
                    }),
            ])
        }
        return "store: \(Printable.text(folder))\n\n"
            + TextTable.text(
                [["name", "place", "model", "input", "size"]]
                    + rows.map { [$0.name, $0.place, $0.model, $0.input, Self.size($0)] },
                last: ["note"] + rows.map(\.note))
            + "\npull: vedette models pull NAME fetches it\n"
    }

    private static func size(_ row: Row) -> String {
        row.size.map { "\(row.place == "pull" ? "~" : "")\(Megabytes.text($0))" } ?? "-"
    }
}

enum Megabytes {
    static func text(_ bytes: Int) -> String { "\(Rounded.tenths(Double(bytes) / 1e6)) MB" }
}
