import Detector
import Engine
import Weights

/// A weight file with the ranges of its maps.
public enum CalibratedModel {
    /// Writes a copy of `file` that holds `calibration` to `path`, which appears only when it is complete.
    /// - Throws: `WeightsError`, `ModelError.notFinite`.
    public static func write(_ file: TensorFile, of model: Model, _ calibration: Calibration, to path: String)
        throws
    {
        var description = ModelDescription(file)
        description.model = model.configuration.name
        description.calibration = calibration.ranges.mapValues { [$0.lowerBound, $0.upperBound] }
        let metadata = file.metadata.merging(description.metadata) { $1 }.merging(FileSeal.open) { $1 }
        try SafetensorsWriter.write(
            file, metadata: metadata, to: path, precision: try ModelImporter.precision(of: file))
        try FileSeal.close(path)
    }
}
