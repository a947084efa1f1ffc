/// How much of the boxes is drawn.
enum BoxMode: String, Sendable, Hashable, CaseIterable {
    case full, corners, labels, off

    var next: BoxMode {
        switch self {
        case .full: .corners
        case .corners: .labels
        case .labels: .off
        case .off: .full
        }
    }
}
