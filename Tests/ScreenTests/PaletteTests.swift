import Testing

@testable import Screen

@Test func exactColorsOfTheCubeAreFound() {
    let palette = Palette(.indexed256)
    // xterm's cube: 16 + 36 r + 6 g + b with levels 0, 95, 135, 175, 215, 255; greys 232 + n are 8 + 10 n.
    #expect(palette.ink(Ink(RGB(0, 0, 0))) == .indexed(16))
    #expect(palette.ink(Ink(RGB(255, 255, 255))) == .indexed(231))
    #expect(palette.ink(Ink(RGB(255, 0, 0))) == .indexed(196))
    #expect(palette.ink(Ink(RGB(95, 135, 175))) == .indexed(67))
    // Grey 128 or the cube's 135: colours are told apart by their top 5 bits.
    #expect([.indexed(244), .indexed(102)].contains(palette.ink(Ink(RGB(128, 128, 128)))))
    #expect(palette.ink(.terminal) == .terminal)
}

@Test(arguments: [ColorDepth.basic8, .basic16])
func fewColorsKeepTheHue(depth: ColorDepth) {
    let palette = Palette(depth)
    func index(_ color: RGB) -> UInt8 { palette.ink(Ink(color)).index }
    #expect(index(RGB(10, 10, 10)) == 0)
    #expect([7, 15].contains(index(RGB(250, 250, 250))))
    #expect([1, 9].contains(index(RGB(230, 10, 10))))
    #expect([2, 10].contains(index(RGB(10, 220, 10))))
    #expect([4, 12].contains(index(RGB(20, 20, 240))))
    for grey in stride(from: UInt8(0), to: 255, by: 5) {
        #expect([0, 7, 8, 15].contains(index(RGB(grey, grey, grey))), "a grey is no colour: \(grey)")
    }
    if depth == .basic8 { #expect((0...255).allSatisfy { index(RGB(UInt8($0), 90, 30)) < 8 }) }
}

@Test func monochromeShowsBackgroundsInReverse() {
    let palette = Palette(.mono)
    let label = palette.cell(Cell("x", Ink(.black), on: Ink(.white)))
    #expect(label == Cell("x", style: .reverse))
    #expect(palette.cell(Cell("x", Ink(.white))) == Cell("x"))
}

@Test(arguments: [
    (["COLORTERM": "truecolor", "TERM": "xterm-256color"], 256, ColorDepth.full),
    (["COLORTERM": "24bit"], 8, .full),
    (["TERM": "foot"], 256, .full), (["TERM": "xterm-direct"], 16_777_216, .full),
    (["TERM": "xterm-256color"], 256, .indexed256), (["TERM": "xterm-16color"], 16, .basic16),
    (["TERM": "linux"], 8, .basic8), (["TERM": "vt220"], -1, .mono),
    (["COLORTERM": "truecolor", "NO_COLOR": "1"], 256, .mono),
    (["COLORTERM": "truecolor", "NO_COLOR": ""], 256, .full),
])
func theEnvironmentDecidesTheColors(environment: [String: String], known: Int, depth: ColorDepth) {
    let traits = TerminalTraits { environment[$0] }
    #expect(traits.colorDepth(known: known, hasDirectColor: false) == depth)
}

@Test(arguments: [
    (["LANG": "de_DE.UTF-8"], true), (["LANG": "C"], false), ([:], false), (["LANG": "en_US.utf8"], true),
    (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false),
    (["LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"], true),
])
func theLocaleDecidesTheGlyphs(environment: [String: String], isUTF8: Bool) {
    let traits = TerminalTraits { environment[$0] }
    #expect(traits.isUTF8 == isUTF8)
    #expect(traits.pictureSet == (isUTF8 ? .half : .ascii))
}
