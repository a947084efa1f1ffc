/// What the process ends with.
enum ExitCode: Int32 {
    case done = 0
    /// The answer is no: parity above tolerance, a damaged log.
    case no = 1
    case usage = 2
    /// An input could not be opened or was lost for good.
    case input = 3
    /// An output failed: log, full disk.
    case output = 4
    /// The model is missing, damaged or not an EfficientDet.
    case model = 5
    /// A defect in vedette.
    case defect = 70
}
