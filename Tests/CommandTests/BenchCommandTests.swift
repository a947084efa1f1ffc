import Foundation
import JSON
import Testing

@testable import vedette

/// `vedette bench` as a user types it. What it measures depends on the machine; what it must tell does not.
struct BenchCommandTests {
    private func bench(_ words: String...) throws -> JSONObject {
        let ended = try Program.run(["bench", "--json", "--runs", "3"] + words)
        #expect(ended.code == 0, "\(ended.errors)")
        return try #require(try JSONParser.parse(Array(ended.output.utf8)).object)
    }

    private func times(_ result: JSONObject, _ part: String) -> [Double] {
        result["ms"]?.object?[part]?.object?["runs"]?.array?.compactMap(\.double) ?? []
    }

    @Test func everyRunIsTold() throws {
        let result = try bench()
        for part in ["letterbox", "network", "select", "frame"] {
            let runs = times(result, part)
            #expect(runs.count == 3 && runs.allSatisfy { $0 > 0 }, "\(part)")
            let median = result["ms"]?.object?[part]?.object?["median"]?.double
            #expect(median == runs.sorted()[1])
        }
        let peaks = result["peak_gmac_per_s"]?.object
        #expect((peaks?["others"]?.double ?? 0) > 0.1)
        #expect(result["steps"]?.array == [])
        #expect(result["steal_ticks"]?.integer != nil)
        #expect(result["kernels"]?.string != nil)
        #expect(result.members.map(\.key).contains("processor"))
    }

    @Test(arguments: ["fp32", "bf16"])
    func stepsAddUpToTheNetwork(precision: String) throws {
        let result = try bench("--steps", "--precision", precision, "--threads", "1")
        let steps = (result["steps"]?.array ?? []).compactMap(\.object)
        // EfficientDet-Lite0 at 320 x 320: 0.97 thousand million.
        let multiplyAdds = steps.reduce(0) { $0 + ($1["multiply_adds"]?.integer ?? 0) }
        #expect((960_000_000...990_000_000).contains(multiplyAdds))
        #expect(abs(steps.reduce(0) { $0 + ($1["share_of_time"]?.double ?? 0) } - 1) < 1e-9)
        for step in steps {
            #expect(step["runs_ms"]?.array?.count == 3)
            #expect((step["input_bytes"]?.integer ?? 0) > 0 && (step["output_bytes"]?.integer ?? 0) > 0)
            #expect(step["flops"]?.integer == step["multiply_adds"]?.integer.map { 2 * $0 })
        }
        // The picture goes in as bytes; every class logit and box code comes out as floats.
        #expect(steps.first?["input_bytes"]?.integer == 320 * 320 * 3)
        #expect(steps.contains { $0["fused"] == .bool(true) })
        let weights = steps.reduce(0) { $0 + ($1["weight_bytes"]?.integer ?? 0) }
        #expect(weights == result["weight_bytes"]?.integer)
    }

    @Test func throughputLooksAtAFrameWithEachWorker() throws {
        let (one, many) = (
            try bench("--mode", "latency", "--threads", "2"),
            try bench("--mode", "throughput", "--threads", "3")
        )
        #expect(one["mode"]?.string == "latency" && one["streams"]?.integer == 1)
        #expect(many["mode"]?.string == "throughput" && many["streams"]?.integer == 3)
        #expect(one["threads"]?.integer == 2 && many["threads"]?.integer == 3)
        for part in ["letterbox", "network", "select", "frame"] {
            let runs = times(many, part)
            #expect(runs.count == 9 && runs.allSatisfy { $0 > 0 }, "\(part)")
        }
        // The same things are told, whatever the mode; the weights are there once.
        #expect(one.members.map(\.key) == many.members.map(\.key))
        #expect(one["weight_bytes"] == many["weight_bytes"])
        let arenas = [one, many].map { $0["arena_bytes"]?.integer ?? 0 }
        #expect(arenas[1] > 2 * arenas[0])
        for rate in ["network", "frame"] {
            // One after the other, the rate is what the times say.
            let sum = times(one, rate).reduce(0, +)
            #expect(abs((one["images_per_s"]?.object?[rate]?.double ?? 0) - 3000 / sum) < 1e-6 * 3000 / sum)
            #expect((many["images_per_s"]?.object?[rate]?.double ?? 0) > 0)
        }
    }

    @Test func aModeHasNoSteps() throws {
        let ended = try Program.run("bench", "--mode", "throughput", "--steps")
        #expect(ended.code == 2)
        #expect(ended.errors == "vedette: --mode throughput and --steps exclude each other\n")
    }

    @Test func theTableOfStepsFitsAHundredColumns() throws {
        let ended = try Program.run("bench", "--steps", "--runs", "1", "--model", "d0")
        #expect(ended.code == 0)
        let rows = ended.output.split(separator: "\n").drop { !$0.hasPrefix("step ") }
        #expect(rows.count > 50)
        for row in rows { #expect(row.count <= 100, "\(row)") }
    }

    @Test func everyKernelOfTheSetIsMeasured() throws {
        for set in ["portable", "scalar"] {
            let ended = try Program.run("bench", "--kernels", "--json", environment: ["VEDETTE_KERNELS": set])
            #expect(ended.code == 0)
            let result = try JSONParser.parse(Array(ended.output.utf8)).object
            #expect(result?["kernels"]?.string == set)
            let trials = result?["trials"]?.array?.compactMap(\.object) ?? []
            let names = Set(trials.compactMap { $0["kernel"]?.string })
            #expect(names.isSuperset(of: ["pointwise_f32", "depthwise_bf16", "store_rgb_u8", "peak_f32"]))
            for trial in trials { #expect((trial["ns"]?.double ?? 0) > 0, "\(trial)") }
        }
    }

    @Test func kernelsHaveNoNetwork() throws {
        let ended = try Program.run("bench", "--kernels", "--model", "d0")
        #expect(ended.code == 2)
        #expect(ended.errors == "vedette: --kernels and --model exclude each other\n")
    }

    @Test func namesOfStepsLoseWhatTheyShare() {
        let chain = ["backbone.blocks.1.0.expand>backbone.blocks.1.0.depthwise"]
        #expect(BenchSteps.shortened(chain, room: 40) == "blocks.1.0.expand>depthwise")
        #expect(BenchSteps.shortened(chain + ["b", "c"], room: 40) == "blocks.1.0.expand>depthwise + 2")
        #expect(BenchSteps.shortened(chain + ["b"], room: 14) == "blocks.1.… + 1")
        #expect(BenchSteps.shortened(["a.b>a.b"], room: 9) == "a.b>b")
        #expect(BenchSteps.shortened([], room: 9) == "")
    }
}
