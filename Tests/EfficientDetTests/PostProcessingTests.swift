import Frames
import Testing

@testable import EfficientDet

struct PostProcessingTests {
    /// Boxes at given places through codes: anchors of a 64-pixel lite0.
    private func run(
        _ boxes: [(x1: Float, y1: Float, x2: Float, y2: Float, logit: Float, label: Int)],
        _ change: (inout PostProcessing) -> Void = { _ in }
    ) throws -> [NetworkDetection] {
        var configuration = try #require(Configuration.named("lite0"))
        (configuration.inputHeight, configuration.inputWidth) = (64, 64)
        let anchors = Anchors(configuration)
        let candidates = boxes.enumerated().map {
            Candidate(logit: $1.logit, anchor: $0, classIndex: $1.label)
        }
        let codes = boxes.enumerated().map { index, box in
            let anchor = anchors[index]
            let (w, h) = (box.x2 - box.x1, box.y2 - box.y1)
            return BoxCode(
                ty: ((box.y1 + box.y2) / 2 - anchor.centreY) / anchor.height,
                tx: ((box.x1 + box.x2) / 2 - anchor.centreX) / anchor.width,
                th: logOf(h / anchor.height), tw: logOf(w / anchor.width))
        }
        var post = PostProcessing()
        change(&post)
        return post.detections(from: candidates, anchors: anchors, code: { codes[$0] }, clip: (64, 64))
    }

    private func logOf(_ value: Float) -> Float { logit(ofScore: value / (1 + value)) }

    @Test func aBetterBoxOfTheSameClassDropsItsNeighbour() throws {
        let found = try run([(0, 0, 10, 10, 1, 0), (1, 0, 11, 10, 2, 0), (40, 40, 50, 50, 0, 0)])
        #expect(found.map(\.anchor) == [1, 2])
    }

    @Test func classesDoNotDisturbEachOtherUnlessAsked() throws {
        let boxes: [(x1: Float, y1: Float, x2: Float, y2: Float, logit: Float, label: Int)] = [
            (0, 0, 10, 10, 1, 0), (0, 0, 10, 10.5, 2, 1),
        ]
        #expect(try run(boxes).count == 2)
        #expect(try run(boxes) { $0.agnosticIoU = 0.6 }.map(\.classIndex) == [1])
    }

    /// Equal boxes: 16/24 = 2/3 overlap is dropped at 0.5; exactly half is not ("more than").
    @Test func overlapMustBeMoreThanTheLimit() throws {
        #expect(
            try run([(0, 0, 8, 8, 2, 0), (0, 0, 8, 16, 1, 0)]) { $0.method = .hard(iou: 0.501) }.count == 2)
        #expect(
            try run([(0, 0, 8, 8, 2, 0), (0, 0, 8, 16, 1, 0)]) { $0.method = .hard(iou: 0.499) }.count == 1)
    }

    @Test func softSuppressionLowersScores() throws {
        let found = try run([(0, 0, 8, 8, 2, 0), (0, 0, 8, 16, 1, 0)]) {
            $0.method = .soft(sigma: 0.5, floor: 0.001)
        }
        #expect(found.count == 2)
        // exp(-0.5² / 0.5) = 0.6065 of sigmoid(1) = 0.7311.
        #expect(abs(found[1].score - 0.4434) < 1e-3)
    }

    @Test func equalLogitsKeepTheOrderOfAnchorsThenClasses() {
        let post = PostProcessing()
        let candidates = [
            Candidate(logit: 1, anchor: 5, classIndex: 1), Candidate(logit: 1, anchor: 5, classIndex: 0),
            Candidate(logit: 1, anchor: 2, classIndex: 7), Candidate(logit: .nan, anchor: 0, classIndex: 0),
        ]
        #expect(Ranking(candidates, most: post.maxCandidates).map(\.classIndex) == [7, 0, 1])
    }

    @Test func selectionIsTheExactTop() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let candidates = (0..<20_000).map {
            Candidate(logit: Float(next() % 500) / 50 - 5, anchor: $0 / 90, classIndex: $0 % 90)
        }
        let best = Array(Ranking(candidates, most: 5000))
        let reference = candidates.sorted {
            ($1.logit, $0.anchor, $0.classIndex) < ($0.logit, $1.anchor, $1.classIndex)
        }
        #expect(best == Array(reference.prefix(5000)), "seed \(seed)")
    }

    /// Whatever the order they come in, and with many equals.
    @Test func aSelectionKeepsWhatASortWouldHavePutFirst() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for round in 0..<400 {
            let (count, values) = (next(40), 1 + next(30))
            var candidates = (0..<count).map {
                Candidate(logit: Float(next(values)), anchor: $0, classIndex: next(3))
            }
            let sorted = candidates.sorted {
                ($1.logit, $0.anchor, $0.classIndex) < ($0.logit, $1.anchor, $1.classIndex)
            }
            switch round % 4 {
            case 0: candidates = sorted
            case 1: candidates = sorted.reversed()
            case 2: for at in stride(from: count - 1, to: 0, by: -1) { candidates.swapAt(at, next(at + 1)) }
            default: break
            }
            let most = next(45)
            let lowest = candidates.keepBest(most)
            #expect(Set(candidates) == Set(sorted.prefix(most)), "round \(round), seed \(seed)")
            #expect(candidates.count == min(count, most) && lowest == sorted.prefix(most).last?.logit)
            #expect(Array(Ranking(candidates, most: 40)) == Array(sorted.prefix(most).prefix(40)))
        }
    }

    @Test func noMoreThanAskedAndNothingFromNothing() throws {
        let many = (0..<50).map {
            (x1: Float($0), y1: Float(0), x2: Float($0) + 1, y2: Float(1), logit: Float(1), label: 0)
        }
        #expect(try run(many) { $0.maxDetections = 7 }.count == 7)
        #expect(try run([]).isEmpty)
    }

    @Test func boxesWithoutAreaDisturbNothing() throws {
        let found = try run([(70, 70, 80, 80, 2, 0), (75, 75, 90, 90, 1, 0)])
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.box.area == 0 })
    }
}
