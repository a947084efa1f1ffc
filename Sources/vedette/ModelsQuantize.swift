import Capture
import Detector
import Engine
import Frames
import Logs
import Models
import Weights

/// `vedette models quantize NAME|FILE --calibrate SOURCE`: a copy of a model that knows the ranges of its
/// maps, for `--precision int8`.
struct ModelsQuantize {
    private let command: ModelsCommand
    private let model: Model
    private let file: TensorFile
    private let output: String
    private let source: any FrameSource
    private let wanted: Int

    private static let usualPictures = 200

    init(_ command: ModelsCommand, _ word: String) throws {
        let arguments = command.arguments
        guard let spec = arguments.text("calibrate") else {
            throw UsageError.missingOption("--calibrate SOURCE", command: "models quantize")
        }
        self.command = command
        model = try Model.load(word)
        try model.check()
        guard let file = model.file else { throw ModelError.noWeights(word, builtIn: Model.builtInName) }
        self.file = file
        output = arguments.text("output") ?? "\(ModelImporter.name(of: word))-int8.safetensors"
        try ResultsFile.check(output, replaces: arguments.has("force"))
        var options = CaptureOptions()
        options.recursive = true
        source = try Capture.open(try SourceSpec(spec), options: options)
        wanted = arguments.integer("frames") ?? Self.usualPictures
    }

    func run() throws -> Outcome {
        let calibrator = try ModelCalibrator(
            model, workers: command.arguments.integer("threads") ?? WorkerCount.available())
        try look(calibrator)
        if let signal = command.control.signal { return .signal(signal) }
        guard calibrator.pictureCount > 0 else {
            throw CaptureError.nothingDecoded(source.description.spec, reason: "no picture in it")
        }
        try CalibratedModel.write(file, of: model, calibrator.calibration, to: output)
        return command.tell(
            "\(Printable.text(output)): \(model.name), calibrated on \(calibrator.pictureCount) pictures of "
                + "\(Printable.text(source.description.name))\n"
                + "use it with --model \(Printable.text(Self.asPath(output))) --precision int8\n")
    }

    /// As many pictures as are wanted, spread over all of the source where its length is known.
    private func look(_ calibrator: ModelCalibrator) throws {
        let stride = max(1, (source.description.frameCount ?? wanted) / max(wanted, 1))
        var number = 0
        defer { command.notes.progress("") }
        while calibrator.pictureCount < wanted, !command.control.isStopped, let event = try source.next() {
            switch event {
            case .gap(let gap): command.notes.note(Printable.text(gap.detail))
            case .frame(let frame):
                if number % stride == 0 {
                    calibrator.look(at: frame)
                    command.notes.progress("\(calibrator.pictureCount)/\(wanted) pictures")
                }
                number += 1
            }
        }
        source.cancel()
    }

    /// A word that names a file and no model of the store.
    private static func asPath(_ path: String) -> String { path.contains("/") ? path : "./\(path)" }
}
