/// Why a network cannot be planned. Each case renders one sentence.
public enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `VEDETTE_KERNELS` names a set that is not in this binary.
    case unknownKernels(String, known: [String])
    case unsupportedKernels(String)
    /// Bytes without the range of a map (by its node).
    case notCalibrated(String)

    public var description: String {
        switch self {
        case .unknownKernels(let name, let known):
            "VEDETTE_KERNELS: there is no kernel set '\(name)', only \(known.joined(separator: ", "))"
        case .unsupportedKernels(let name):
            "VEDETTE_KERNELS: this processor cannot run the kernel set '\(name)'"
        case .notCalibrated:
            "these weights hold no calibration, which int8 needs: "
                + "make a calibrated copy with vedette models quantize FILE --calibrate SOURCE"
        }
    }
}
