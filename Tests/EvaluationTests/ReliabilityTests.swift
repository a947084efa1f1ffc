import JSON
import Logs
import Testing

@testable import Evaluation

@Suite struct ReliabilityTests {
    private static func reliability(_ samples: [(Double, Bool)]) -> Reliability {
        Reliability(samples.map { JudgedDetection(score: $0.0, rank: 0, found: $0.1 ? 1 : 0) })
    }

    @Test func binsHoldTheirLowerEdge() {
        let table = Self.reliability([(0, false), (0.05, true), (0.0999, false), (1, true), (0.95, true)])
        #expect(table.bins.count == 20)
        #expect(table.bins[0].count == 1)
        #expect(table.bins[1].count == 2)
        #expect(table.bins[1].precision == 0.5)
        #expect(table.bins[19].right == 2)
        #expect(table.bins[5].precision == nil)
    }

    @Test func theLowestScoreAtThePrecisionIsFound() {
        // Right of all from each score on: 0/1, 1/2, 2/3, 3/4, 4/5, 4/6.
        let table = Self.reliability([
            (0.9, false), (0.8, true), (0.7, true), (0.6, true), (0.5, true), (0.4, false),
        ])
        #expect(table.score(atPrecision: 0.8) == 0.5)
        #expect(table.score(atPrecision: 0.6) == 0.4)
        #expect(table.score(atPrecision: 0.81) == nil)
        #expect(table.counts(from: 0.6) == (3, 4))
    }

    @Test func equalScoresAreKeptTogether() {
        let table = Self.reliability([(0.9, true), (0.5, true), (0.5, false), (0.5, false)])
        #expect(table.score(atPrecision: 0.8) == 0.9)
        #expect(table.score(atPrecision: 0.5) == 0.5)
    }

    @Test func whatFoundACrowdCountsNowhere() {
        let table = Reliability([
            JudgedDetection(score: 0.9, rank: 0, ignored: 1), JudgedDetection(score: 0.8, rank: 1, found: 1),
        ])
        #expect(table.bins.reduce(0) { $0 + $1.count } == 1)
        #expect(table.score(atPrecision: 1) == 0.8)
    }

    @Test func scoresOutsideZeroToOneStayInTheOuterBins() {
        let table = Self.reliability([(-3, false), (17, true)])
        #expect(table.bins[0].count == 1)
        #expect(table.bins[19].count == 1)
    }
}

@Suite struct ReportTests {
    private static func report() throws -> COCOReport {
        let fixture = try Fixture("empties.json")
        return try AveragePrecision.evaluate(annotations: fixture.annotations, results: fixture.results)
    }

    @Test func theTextHoldsTheNumbers() throws {
        let text = try Self.report().description
        #expect(text.hasPrefix("4 images, 2 objects, 4 results\n"))
        #expect(
            text.contains(
                "AP      25.0   AP50    25.0   AP75    25.0   APs        -   APm     25.0   APl        -"))
        #expect(text.contains("AR1     50.0"))
    }

    @Test func theClassTableLeavesOutWhatIsNotThere() throws {
        let table = try Self.report().classTable
        #expect(table.split(separator: "\n").count == 4)
        #expect(!table.contains("class 4"))
    }

    @Test func theJSONReadsBack() throws {
        let report = try Self.report()
        let root = try #require(try JSONParser.parse(report.json).object)
        #expect(root["AP"]?.double == report[.averagePrecision])
        #expect(root["APs"] == .null)
        #expect(root["precision_at_recall"]?.array?.count == 101)
        #expect(root["classes"]?.array?.count == 4)
    }

    @Test(arguments: [0, 11, 51, 101, 200])
    func thePlotKeepsItsWidth(columns: Int) throws {
        let lines = try Self.report().precisionPlot(columns: columns).split(separator: "\n")
        #expect(lines.count == 13)
        #expect(lines.allSatisfy { $0.count <= max(columns, 11) + 6 })
        #expect(lines.dropLast(2).contains { $0.contains("*") })
    }
}
