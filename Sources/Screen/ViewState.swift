/// What keys change about the view; never the log.
struct ViewState: Sendable, Hashable {
    var threshold: Float
    var picture: PictureSet
    var depth: ColorDepth
    /// Boxes and panel in 7 bits.
    var ascii: Bool
    var boxes = BoxMode.full
    /// Nil: where there is room.
    var panel: Bool?
    var showsHelp = false
    var isPaused = false

    /// - Parameter panelIsShown: now, whoever decided it.
    /// - Returns: what the run is to do.
    mutating func apply(_ command: KeyCommand, panelIsShown: Bool) -> ScreenAction? {
        switch command {
        case .quit: return .quit
        case .pause:
            isPaused.toggle()
            return isPaused ? .pause : .resume
        case .step:
            // The first step pauses, as players do.
            guard isPaused else {
                isPaused = true
                return .pause
            }
            return .step
        case .raiseScore: moveThreshold(by: 1)
        case .lowerScore: moveThreshold(by: -1)
        case .help: showsHelp.toggle()
        case .leaveHelp: showsHelp = false
        case .panel: panel = !panelIsShown
        case .picture: picture = picture.next
        case .colors: depth = depth.next
        case .boxes: boxes = boxes.next
        case .redraw: break
        }
        return nil
    }

    /// In steps of 0.05, on its multiples, from 0.05 to 0.95.
    private mutating func moveThreshold(by step: Int) {
        let twentieths = (threshold * 20 + (step > 0 ? 0.001 : -0.001))
        let next = step > 0 ? twentieths.rounded(.down) + 1 : twentieths.rounded(.up) - 1
        threshold = min(max(next, 1), 19) / 20
    }
}
