import Frames
import Testing

@testable import Pipeline

@Suite struct RateMeterTests {
    @Test func aSteadyRateIsMeasuredFromTheFirstTenths() {
        var meter = RateMeter()
        #expect(meter.rate(at: .zero) == 0)
        for k in 0..<250 { meter.record(at: .milliseconds(k * 40)) }
        #expect(abs(meter.rate(at: .milliseconds(9999)) - 25) <= 1)
        #expect(meter.samples(at: .seconds(10)) == Array(repeating: 25, count: 10))
    }

    @Test func aStartingRateIsNotThinnedByTimeBeforeIt() {
        var meter = RateMeter()
        for k in 0..<20 { meter.record(at: .milliseconds(k * 20)) }
        #expect(meter.rate(at: .milliseconds(400)) == 50)
    }

    @Test func silenceCountsAsSilence() {
        var meter = RateMeter()
        for k in 0..<100 { meter.record(at: .milliseconds(k * 10)) }
        #expect(meter.rate(at: .seconds(1)) == 100)
        #expect(meter.rate(at: .milliseconds(1500)) == 50)
        #expect(meter.rate(at: .seconds(2)) == 0)
        #expect(meter.samples(at: .seconds(4)) == [100, 0, 0, 0])
        #expect(meter.samples(at: .seconds(100)) == Array(repeating: 0, count: 18))
    }

    @Test func onlyEighteenSecondsAreKept() {
        var meter = RateMeter()
        for second in 0..<40 {
            for _ in 0...second { meter.record(at: .seconds(second)) }
        }
        #expect(meter.samples(at: .seconds(40)) == (23...40).map(Double.init))
    }
}

@Suite struct PercentilesTests {
    @Test(
        arguments: [([7], 7, 7), ([1, 2], 1, 2), (Array(1...100), 50, 95), (Array(1...20), 10, 19)]
            as [([Int], Double, Double)])
    func nearestRank(values: [Int], p50: Double, p95: Double) {
        let percentiles = Percentiles(of: values.reversed().map(Double.init))
        #expect(percentiles == Percentiles(p50: p50, p95: p95))
    }

    @Test func nothingHasNone() {
        #expect(Percentiles(of: []) == nil)
        #expect(LatencyHistogram().percentiles == nil)
    }

    @Test func theWindowForgetsAfterThirtySeconds() {
        var window = ValueWindow()
        window.record(100, at: .seconds(1))
        window.record(1, at: .seconds(20))
        #expect(window.percentiles(at: .seconds(31))?.p95 == 100)
        #expect(window.percentiles(at: .seconds(32))?.p95 == 1)
        #expect(window.percentiles(at: .seconds(51)) == nil)
    }

    @Test func aFullWindowKeepsTheNewest() {
        var window = ValueWindow()
        for k in 0..<3 * ValueWindow.capacity { window.record(Double(k), at: .milliseconds(k)) }
        let newest = (2 * ValueWindow.capacity..<3 * ValueWindow.capacity).map(Double.init)
        #expect(window.percentiles(at: .seconds(7)) == Percentiles(of: newest))
    }

    @Test func theHistogramIsTrueWithinAThirdOfAPercent() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        for scale in [0.05, 10, 90, 5000] {
            let values = (0..<5000).map { _ in scale * Double.random(in: 0.5...3, using: &random) }
            var histogram = LatencyHistogram()
            for value in values { histogram.record(value) }
            let exact = try #require(Percentiles(of: values))
            let found = try #require(histogram.percentiles)
            #expect(abs(found.p50 / exact.p50 - 1) < 0.003, "seed \(seed)")
            #expect(abs(found.p95 / exact.p95 - 1) < 0.003, "seed \(seed)")
        }
    }

    @Test(arguments: [0, -1, 1e300, .infinity, .nan] as [Double])
    func anyNumberIsTaken(value: Double) {
        var histogram = LatencyHistogram()
        histogram.record(value)
        #expect(histogram.percentiles != nil)
    }
}

@Suite struct PacerTests {
    private let start = ContinuousClock.now

    @Test func framesWaitForTheirTime() {
        var pacer = Pacer()
        let time = { Timestamp(nanoseconds: $0 * 1_000_000) }
        #expect(pacer.delay(of: time(500), now: start) == .zero)
        #expect(pacer.delay(of: time(540), now: start + .milliseconds(10)) == .milliseconds(30))
        // Late frames do not wait, and do not move those after them.
        #expect(pacer.delay(of: time(580), now: start + .milliseconds(200)) == .zero)
        #expect(pacer.delay(of: time(740), now: start + .milliseconds(200)) == .milliseconds(40))
        pacer.reset()
        #expect(pacer.delay(of: time(5000), now: start + .milliseconds(300)) == .zero)
        #expect(pacer.delay(of: time(5040), now: start + .milliseconds(300)) == .milliseconds(40))
    }

    @Test func hostileTimesNeitherTrapNorHang() {
        var pacer = Pacer()
        for nanoseconds in [0, .max, .min, .max, -1, 0] as [Int64] {
            #expect(pacer.delay(of: Timestamp(nanoseconds: nanoseconds), now: start) >= .zero)
        }
    }
}
