import CKernels

/// How fast one kernel is at one typical size, on one thread.
public struct KernelTrial: Sendable, Hashable {
    public let kernel: String
    public let size: String
    /// Of one call: median of several goes.
    public let nanoseconds: Double
    public let multiplyAdds: Double
    /// Read and written, each once; 0 where all stays in registers.
    public let bytes: Double
    /// Of what the probe of the products that it uses reaches; nil without products.
    public fileprivate(set) var shareOfPeak: Double?

    /// Thousand million multiply-adds a second.
    public var rate: Double { multiplyAdds / nanoseconds }
    /// Thousand million bytes a second.
    public var traffic: Double { bytes / nanoseconds }
}

/// Measures every kernel of a set: the rows of the registry, each with the sizes that stand beside it there.
public enum KernelBench {
    private static let goes = 7
    /// Of one go, in milliseconds.
    private static let shortest = 0.5

    public static func run(_ set: KernelSet) -> [KernelTrial] {
        let memory = FloatStore(count: Int(CK_TRIAL_BYTES) / 4)
        // A small number as a float (0.75), as bfloat16 (0.75) and as a byte (63).
        UnsafeMutableRawPointer(memory.base).initializeMemory(
            as: UInt8.self, repeating: 0x3f, count: Int(CK_TRIAL_BYTES))
        var found: [(trial: KernelTrial, peak: String?)] = []
        for row in 0... {
            var sizes: [(trial: KernelTrial, peak: String?)] = []
            while let one = measure(set, row, sizes.count, memory) { sizes.append(one) }
            if sizes.isEmpty { break }
            found += sizes
        }
        let rates = Dictionary(found.map { ($0.trial.kernel, $0.trial.rate) }) { first, _ in first }
        return found.map { trial, peak in
            var trial = trial
            trial.shareOfPeak = peak.flatMap { rates[$0] }.map { trial.rate / $0 }
            return trial
        }
    }

    private static func measure(_ set: KernelSet, _ row: Int, _ size: Int, _ memory: FloatStore) -> (
        trial: KernelTrial, peak: String?
    )? {
        var told = ck_trial()
        func time(_ calls: Int) -> Double? {
            let start = ContinuousClock.now
            guard ck_try(set.kernels, row, size, calls, memory.base, &told) != 0 else { return nil }
            return (.now - start) / .milliseconds(1)
        }
        guard var took = time(1) else { return nil }
        var calls = 1
        while took < shortest {
            calls *= took < shortest / 16 ? 8 : 2
            took = time(calls) ?? .infinity
        }
        let times = (0..<goes).compactMap { _ in time(calls) }.sorted()
        let trial = KernelTrial(
            kernel: String(cString: told.kernel), size: String(cString: told.size),
            nanoseconds: times[times.count / 2] / Double(calls) * 1e6, multiplyAdds: told.multiply_adds,
            bytes: told.bytes)
        return (trial, told.peak.map { String(cString: $0) })
    }
}
