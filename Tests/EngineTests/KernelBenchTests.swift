import CKernels
import Testing

@testable import Engine

struct KernelBenchTests {
    /// The struct of a set ends with one function for each row.
    private static let rowCount =
        (MemoryLayout<ck_kernels>.size - (MemoryLayout<ck_kernels>.offset(of: \.normalise_f32) ?? 0))
        / MemoryLayout<UnsafeRawPointer>.size

    @Test(arguments: usableSets.map(\.name))
    func everyRowIsMeasuredAndDoesWhatItIsCountedFor(set: String) throws {
        let kernels = try KernelSet.chosen(environment: set)
        let memory = FloatStore(count: Int(CK_TRIAL_BYTES) / 4)
        var names: [String] = []
        for row in 0..<Self.rowCount {
            var sizes = 0
            var told = ck_trial()
            while ck_try(kernels.kernels, row, sizes, 1, memory.base, &told) != 0 {
                #expect(told.size != nil && told.multiply_adds + told.bytes > 0)
                // What has products has a peak, and nothing else has one.
                #expect((told.peak != nil) == (told.multiply_adds > 0))
                sizes += 1
            }
            #expect(sizes > 0, "row \(row)")
            names.append(String(cString: told.kernel))
        }
        #expect(Set(names).count == Self.rowCount)
        var told = ck_trial()
        #expect(ck_try(kernels.kernels, Self.rowCount, 0, 1, memory.base, &told) == 0)
    }

    /// A kernel that ran left something behind. The first operand differs from the memory of the results, for
    /// some kernels only move it.
    @Test func resultsEscape() throws {
        let kernels = try KernelSet.chosen()
        let memory = FloatStore(count: Int(CK_TRIAL_BYTES) / 4)
        let bytes = UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: UInt8.self)
        let firstPart = Int(CK_TRIAL_BYTES) / 8
        for row in 0..<Self.rowCount {
            bytes.update(repeating: 0x3e, count: firstPart)
            (bytes + firstPart).update(repeating: 0x3f, count: Int(CK_TRIAL_BYTES) - firstPart)
            var told = ck_trial()
            #expect(ck_try(kernels.kernels, row, 0, 1, memory.base, &told) != 0)
            let wrote = (firstPart..<Int(CK_TRIAL_BYTES)).contains { bytes[$0] != 0x3f }
            #expect(wrote, "\(String(cString: told.kernel)) wrote nothing")
        }
    }
}
