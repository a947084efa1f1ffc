import EfficientDet
import Engine
import Frames

/// Looks at a model's maps while it sees pictures, letterboxed as a detector does it.
public final class ModelCalibrator {
    private let calibrator: Calibrator
    private let letterbox: Letterbox
    private let canvas: PixelCanvas

    /// - Throws: `WeightsError` for a tensor that is missing or has the wrong shape, `EngineError`.
    public init(_ model: Model, workers: Int) throws {
        let configuration = model.configuration
        let kernels = try KernelSet.chosen()
        calibrator = try Calibrator(
            graph: GraphBuilder.graph(of: configuration), weights: model.weights,
            normalization: InputNormalization(mean: configuration.mean, std: configuration.std),
            workers: workers, kernels: kernels)
        letterbox = Letterbox(fill: configuration.fill, resampling: .antialiased, kernels: kernels)
        canvas = PixelCanvas(width: configuration.inputWidth, height: configuration.inputHeight)
    }

    public func look(at frame: Frame) {
        _ = letterbox.draw(frame.pixels, on: canvas)
        calibrator.look(at: canvas)
    }

    public var pictureCount: Int { calibrator.pictureCount }
    public var calibration: Calibration { calibrator.calibration }
}
