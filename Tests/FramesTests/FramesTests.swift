import Frames
import Testing

@Test func ofThingsThatCoverEachOtherTheBestStaysWhateverItsClass() {
    func detection(_ x1: Float, _ score: Float, _ classIndex: Int) -> Detection {
        Detection(box: Box(x1: x1, y1: 0, x2: x1 + 10, y2: 10), score: score, classIndex: classIndex)
    }
    // 10×10 boxes 2 px apart: IoU 80 / 120 = 0.667; 3 px apart: 70 / 130 = 0.538.
    let found = [detection(0, 0.9, 0), detection(2, 0.8, 1), detection(3, 0.7, 2)]
    let kept = Suppression.acrossClasses(found, iou: 0.6, box: \.box)
    #expect(kept.map(\.classIndex) == [0, 2])
}
