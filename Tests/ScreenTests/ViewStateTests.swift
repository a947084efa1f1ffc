import Testing

@testable import Screen

private func view() -> ViewState {
    ViewState(threshold: 0.4, picture: .half, depth: .full, ascii: false)
}

private func press(_ keys: String, _ view: inout ViewState, panelIsShown: Bool = false) -> [ScreenAction] {
    keys.unicodeScalars.compactMap { key in
        KeyCommand(key: Int32(key.value)).flatMap { view.apply($0, panelIsShown: panelIsShown) }
    }
}

@Test func keysMeanWhatTheHelpSays() {
    var view = view()
    #expect(press("q", &view) == [.quit])
    #expect(press("\u{03}", &view) == [.quit])
    #expect(press("  ", &view) == [.pause, .resume])
    #expect(press(" ..", &view) == [.pause, .step, .step])
    #expect(press(" .", &view) == [.resume, .pause], "the first step pauses")
    #expect(press("zxyt\u{7}", &view).isEmpty)
    #expect(KeyCommand(key: 410) == nil, "a function key's code is no character")
    #expect(KeyCommand(key: -1) == nil)
}

@Test func theThresholdMovesByTwentieths() {
    var view = view()
    _ = press("+", &view)
    #expect(abs(view.threshold - 0.45) < 1e-6)
    _ = press("---", &view)
    #expect(abs(view.threshold - 0.3) < 1e-6)
    _ = press(String(repeating: "-", count: 30), &view)
    #expect(abs(view.threshold - 0.05) < 1e-6)
    _ = press(String(repeating: "+", count: 30), &view)
    #expect(abs(view.threshold - 0.95) < 1e-6)
    view.threshold = 0.42
    _ = press("+", &view)
    #expect(abs(view.threshold - 0.45) < 1e-6, "to the next multiple")
    view.threshold = 0.42
    _ = press("-", &view)
    #expect(abs(view.threshold - 0.40) < 1e-6)
}

@Test func viewsCycle() {
    var view = view()
    _ = press("m", &view)
    #expect(view.picture == .ascii)
    _ = press("m", &view)
    #expect(view.picture == .half)
    _ = press("ccccc", &view)
    #expect(view.depth == .full)
    _ = press("bb", &view)
    #expect(view.boxes == .labels)
    _ = press("?", &view)
    #expect(view.showsHelp)
    _ = press("\u{1B}", &view)
    #expect(!view.showsHelp)
}

@Test func thePanelKeyTurnsWhatIsSeen() {
    var view = view()
    _ = press("p", &view, panelIsShown: true)
    #expect(view.panel == false)
    _ = press("p", &view, panelIsShown: false)
    #expect(view.panel == true)
}
