import Capture
import Detector
import EfficientDet
import Engine
import Evaluation
import Glibc
import JSON
import Logs
import Models
import Pipeline
import Transfer
import Weights

/// What a user is told when something fails, and what the process ends with. The only place that knows
/// which error means which exit code.
struct Failure: Error, Equatable {
    let sentence: String
    let code: ExitCode

    init(_ sentence: String, _ code: ExitCode) {
        self.sentence = sentence
        self.code = code
    }

    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as UsageError: self.init(error.description, .usage)
        case let error as CaptureError:
            let advice = error.suggestion.map { "; \($0)" } ?? ""
            self.init(error.description + advice, error.isUsage ? .usage : .input)
        case let error as LogError: self.init(error.description, error.isUsage ? .usage : .output)
        case ModelError.unknown(let word, let stored):
            let known =
                Configuration.family.flatMap { [$0.shortName, $0.name] } + PublicModel.all.map(\.name)
            let near = nearest(to: word, among: known + stored).map { " (did you mean \($0)?)" } ?? ""
            self.init(ModelError.unknown(word, stored: stored).description + near, .model)
        case let error as ModelError: self.init(error.description, error.isUsage ? .usage : .model)
        case WeightsError.cannotWrite(let path, let reason):
            self.init(WeightsError.cannotWrite(path: path, reason: reason).description, .output)
        case let error as WeightsError: self.init(error.description, .model)
        case let error as StoreError: self.init(error.description, error.code)
        case let error as TransferError: self.init(error.description, error.code)
        case let error as EvaluationError: self.init(error.description, .input)
        case let error as EngineError: self.init(error.description, .usage)
        case let error as RunFailure: self.init(error)
        default: self.init("\(error); this is a defect in vedette, please report it", .defect)
        }
    }

    private init(_ failure: RunFailure) {
        switch failure {
        case .source(let error), .detector(let error), .sink(let error): self.init(error)
        case .unbalanced: self.init(failure.description, .defect)
        }
    }
}

extension CaptureError {
    /// The words on the command line are wrong, whatever there is to open.
    fileprivate var isUsage: Bool {
        switch self {
        case .badSpec, .unsupportedProtocol: true
        default: false
        }
    }
}

extension LogError {
    fileprivate var isUsage: Bool {
        switch self {
        case .exists, .isBeingWritten, .isSymbolicLink: true
        case .diskFull, .readerGone, .cannotOpen, .cannotWrite, .cannotRead, .isClosed: false
        }
    }
}

extension ModelError {
    fileprivate var isUsage: Bool {
        switch self {
        case .labelCount, .cannotReadLabels: true
        case .noWeights, .unknown, .otherPadding, .unrecognised, .differs, .notFinite, .unknownName,
            .wrongClassCount, .goldenLacks,
            .goldenDiffers:
            false
        }
    }
}

extension StoreError {
    fileprivate var code: ExitCode {
        switch self {
        case .badName, .exists, .nowhere: .usage
        case .noModel, .cannotRead: .model
        case .cannotWrite: .output
        }
    }
}

extension TransferError {
    fileprivate var code: ExitCode {
        switch self {
        case .insecure: .usage
        case .cannotWrite, .isBusy: .output
        case .unavailable, .unreachable, .status, .cut, .failed, .wrongDigest, .tooLarge: .model
        }
    }
}

/// How the process ends.
enum Outcome: Equatable {
    case exit(ExitCode)
    /// By the signal that asked for it, so that a shell sees why.
    case signal(Int32)

    /// A reader that went away ends the program as the signal would have.
    static let readerGone = Outcome.signal(SIGPIPE)
}
