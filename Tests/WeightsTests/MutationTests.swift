import Foundation
import Testing

@testable import Weights

/// Damaged files of every format: reading them may fail, with a `WeightsError` that says so, but neither
/// crash nor fill the memory. `VEDETTE_MUTATIONS` sets the number of cases per format, `VEDETTE_SEED` repeats
/// a run. (A crash names the run's seed in the line that was printed before.)
@Suite(.serialized) struct MutationTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        /// Where the structure lies, which is where damage does most.
        var structure: [Range<Int>]
        /// How many times fewer cases it gets: what is long to read.
        var cost = 1
        var read: @Sendable ([UInt8]) throws -> TensorFile

        var testDescription: String { name }
    }

    @Test(arguments: try MutationTests.subjects())
    func damageIsNeverWorseThanAnError(subject: Subject) throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["VEDETTE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        let count = (environment["VEDETTE_MUTATIONS"].flatMap { Int($0) } ?? 1000) / subject.cost
        print("mutations of \(subject.name): \(count) with seed \(seed)")
        _ = try subject.read(subject.bytes)
        let before = Self.peak()
        var mutator = Mutator(seed: seed)
        var whole = 0
        for _ in 0..<max(count, 10) {
            let bytes = mutator.mutated(subject.bytes, structure: subject.structure)
            guard !bytes.isEmpty else { continue }
            do {
                let file = try subject.read(bytes)
                for name in file.names {
                    let (shape, values) = try file.floats(name) as (shape: [Int], values: [Float])
                    guard values.count == shape.reduce(1, *) else { throw Failure.count(name) }
                }
                whole += 1
            } catch let error as WeightsError {
                if error.description.isEmpty { Issue.record("seed \(seed): an error without a word") }
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(whole < count, "some damage must be found (seed \(seed))")
        // Every file here has less than 300 KB.
        #expect(Self.peak() - before < 256 << 20, "the memory grew (seed \(seed))")
        print("mutations of \(subject.name): \(whole) of \(count) were harmless")
    }

    private enum Failure: Error { case count(String) }

    /// The most memory that the process has held, in bytes.
    private static func peak() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    private static func subjects() throws -> [Subject] {
        let open: @Sendable ([UInt8]) throws -> TensorFile = { try TensorFile.from($0) }
        var subjects: [Subject] = []
        let safetensors = try Fixture.bytes("pytorch/expected.safetensors")
        subjects.append(.init(name: "safetensors", bytes: safetensors, structure: [0..<1500], read: open))
        for name in ["zip", "legacy", "protocol4", "deflated", "zip64", "checkpoint"] {
            var bytes = try Fixture.bytes("pytorch/\(name).pth")
            var structure = [0..<bytes.count]
            if name != "legacy" {
                // Without checksums, so that damage reaches the pickle.
                let start = try #require(Self.directory(in: bytes))
                Self.forget(&bytes, from: start)
                structure += [0..<min(3000, start), start..<bytes.count]
            }
            subjects.append(.init(name: "pth \(name)", bytes: bytes, structure: structure, read: open))
        }
        let index = try Fixture.bytes("checkpoint/tiny-d0/model-7.index")
        let data = ByteReader(
            name: "data", bytes: try Fixture.bytes("checkpoint/tiny-d0/model-7.data-00000-of-00001"))
        for checksums in [true, false] {
            subjects.append(
                .init(
                    name: "checkpoint\(checksums ? "" : " without checksums")", bytes: index,
                    structure: [0..<index.count, index.count - 200..<index.count], cost: 20
                ) { bytes in
                    let files = Checkpoint.Files(index: ByteReader(name: "index", bytes: bytes)) { _ in data }
                    return try TensorFile(
                        .checkpoint, try Checkpoint.read(files, checksums: checksums), files.index)
                })
        }
        let gzip = try Fixture.bytes("checkpoint/tiny-d0.tar.gz")
        subjects.append(.init(name: "tar.gz", bytes: gzip, structure: [0..<400], cost: 20, read: open))
        var tar: [UInt8] = []
        var budget = InflationBudget(fileSize: gzip.count)
        try Inflater.inflate(
            ByteReader(name: "tar", bytes: gzip), at: 0, count: gzip.count, wrapper: .gzip, budget: &budget
        ) { piece throws(WeightsError) in tar += piece }
        let headers = stride(from: 0, to: tar.count, by: 512).filter {
            tar[$0..<$0 + 10].elementsEqual("efficientd".utf8)
        }
        subjects.append(
            .init(name: "tar", bytes: tar, structure: headers.map { $0..<$0 + 512 }, cost: 20, read: open))
        for name in ["float32", "float16", "int8"] {
            let bytes = try Fixture.bytes("tflite/\(name).tflite")
            // The graph stands behind the constants.
            subjects.append(
                .init(
                    name: "tflite \(name)", bytes: bytes,
                    structure: [0..<200, bytes.count / 2..<bytes.count, bytes.count - 40_000..<bytes.count],
                    cost: 20, read: open))
        }
        return subjects
    }

    /// Where a zip archive's directory begins.
    private static func directory(in bytes: [UInt8]) -> Int? {
        bytes.indices.dropLast(3).first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }
    }

    /// Zeroes the checksums of a zip directory: 0 stands for none.
    private static func forget(_ bytes: inout [UInt8], from start: Int) {
        for at in start..<bytes.count - 46 where bytes[at...].starts(with: [0x50, 0x4B, 1, 2]) {
            for byte in 16..<20 { bytes[at + byte] = 0 }
        }
    }
}
