import Evaluation
import Testing

@Suite struct AveragePrecisionTests {
    /// The reference's own rounding differs in the last bits only.
    private static let tolerance = 1e-12

    @Test func thereAreFixtures() throws {
        #expect(try Fixture.names().count >= 13)
    }

    @Test(arguments: try Fixture.names())
    func numbersEqualPycocotools(name: String) throws {
        let fixture = try Fixture(name)
        let report = try AveragePrecision.evaluate(
            annotations: fixture.annotations, results: fixture.results)
        #expect(fixture.stats.count == COCOMetric.allCases.count)
        for (metric, expected) in zip(COCOMetric.allCases, fixture.stats) {
            let value = report[metric] ?? -1
            #expect(abs(value - expected) <= Self.tolerance, "\(metric.rawValue): \(value), not \(expected)")
        }
        #expect(report.classes.map(\.id) == fixture.classes.keys.sorted())
        for row in report.classes {
            let expected = try #require(fixture.classes[row.id])
            #expect(abs((row.averagePrecision ?? -1) - (expected?[0] ?? -1)) <= Self.tolerance)
            #expect(abs((row.at50 ?? -1) - (expected?[1] ?? -1)) <= Self.tolerance)
        }
    }

    /// Ties aside, the order of a results file means nothing.
    @Test(arguments: [UInt64(1), 2, 3])
    func orderOfDistinctScoresMeansNothing(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let fixture = try Fixture("generated_1.json")
        let distinct = fixture.results.enumerated().map { index, result in
            var result = result
            result.score += Double(index) * 1e-9
            return result
        }
        let first = try AveragePrecision.evaluate(annotations: fixture.annotations, results: distinct)
        let second = try AveragePrecision.evaluate(
            annotations: fixture.annotations, results: distinct.shuffled(using: &generator))
        #expect(first == second, "seed \(seed)")
    }

    @Test func withoutResultsEverythingDefinedIsZero() throws {
        let fixture = try Fixture("generated_2.json")
        let report = try AveragePrecision.evaluate(annotations: fixture.annotations, results: [])
        #expect(report[.averagePrecision] == 0)
        #expect(report[.recall100] == 0)
        #expect(report.reliability.score(atPrecision: 0.1) == nil)
    }

    @Test func withoutObjectsNothingIsDefined() throws {
        let annotations = Annotations(
            images: [.init(id: 1, fileName: "")], categories: [.init(id: 1, name: "person")], objects: [])
        let box = COCOBox(x: 0, y: 0, width: 5, height: 5)
        let report = try AveragePrecision.evaluate(
            annotations: annotations, results: [.init(imageID: 1, classID: 1, box: box, score: 0.5)])
        #expect(report.metrics.isEmpty)
        #expect(report.precisions.isEmpty)
        #expect(report.description.contains("AP         -"))
    }

    @Test func resultsOfAnUnknownImageAreRefused() throws {
        let annotations = Annotations(images: [.init(id: 1, fileName: "")], categories: [], objects: [])
        let box = COCOBox(x: 0, y: 0, width: 5, height: 5)
        #expect(throws: EvaluationError.unknownImage(path: "The results", place: "results[0]", id: 2)) {
            try AveragePrecision.evaluate(
                annotations: annotations, results: [.init(imageID: 2, classID: 1, box: box, score: 0.5)])
        }
    }
}

/// A small generator whose seed a failing test can name.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
