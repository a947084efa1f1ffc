import Frames
import Testing

@testable import EfficientDet

struct AnchorsTests {
    @Test(arguments: [
        ("d0", 49_104), ("d1", 76_725), ("d4", 196_416), ("d5", 306_900), ("lite0", 19_206), ("d7x", 442_260),
    ])
    func countsAreThePublishedOnes(name: String, count: Int) throws {
        #expect(Anchors(try #require(Configuration.named(name))).count == count)
    }

    @Test func firstAndLastAnchorAreThoseOfTheFormula() throws {
        let anchors = Anchors(try #require(Configuration.named("lite0")))
        // Level 3: stride 8, scale 3: side 24 around (4, 4).
        #expect(anchors[0] == Anchor(centreX: 4, centreY: 4, width: 24, height: 24))
        #expect(anchors[1] == Anchor(centreX: 4, centreY: 4, width: 33.6, height: 16.8))
        // The second octave is wider by the cube root of two; the next place follows after nine anchors.
        #expect(abs(anchors[3].width - 24 * 1.259921) < 1e-4)
        #expect(anchors[9].centreX == 12)
        // Level 7 has 3 cells of 106.67 pixels: stride is not a power of two.
        let last = anchors[anchors.count - 1]
        #expect(abs(last.centreX - 2.5 * 320 / 3) < 1e-3)
        #expect(abs(last.width - 320 * 1.587401 * 0.7) < 1e-2)
        #expect(abs(last.height - 320 * 1.587401 * 1.4) < 1e-2)
    }

    @Test func decodingFollowsTheFormula() throws {
        let anchor = Anchor(centreX: 100, centreY: 50, width: 20, height: 10)
        let box = try #require(anchor.box(BoxCode(ty: 0.5, tx: -0.25, th: 0, tw: 0.6931472)))
        #expect(
            abs(box.x1 - 75) < 1e-3 && abs(box.x2 - 115) < 1e-3 && abs(box.y1 - 50) < 1e-3
                && abs(box.y2 - 60) < 1e-3)
    }

    @Test func hostileCodesGiveNoInfinity() throws {
        let anchor = Anchor(centreX: 100, centreY: 50, width: 20, height: 10)
        #expect(anchor.box(BoxCode(ty: .nan, tx: 0, th: 0, tw: 0)) == nil)
        #expect(anchor.box(BoxCode(ty: 0, tx: .infinity, th: 0, tw: 0)) == nil)
        #expect(anchor.box(BoxCode(ty: 0, tx: 0, th: 0, tw: .nan)) == nil)
        let huge = try #require(anchor.box(BoxCode(ty: 0, tx: 0, th: 3e38, tw: 3e38)))
        #expect(huge.clipped(width: 64, height: 64) == NetworkBox(x1: 0, y1: 0, x2: 64, y2: 64))
    }
}
