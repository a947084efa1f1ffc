import CKernels

/// How many products a second this machine can do at all, with a kernel set and some workers: measured, since
/// it depends on the processor's pace.
public struct PeakRates: Sendable, Hashable {
    /// Thousand million multiply-adds a second, all workers together: of 1×1 convolutions at the plan's
    /// precision.
    public let products: Double
    /// Of all others: floats, unless the maps hold bytes.
    public let others: Double

    init(products: Double, others: Double) {
        self.products = products
        self.others = others
    }

    /// Probes for some milliseconds: the best of several goes.
    public init(_ kernels: KernelSet, precision: Precision, workers: Int) {
        products = PeakProbe.rate(kernels, precision, workers: workers)
        others = precision == .bf16 ? PeakProbe.rate(kernels, .f32, workers: workers) : products
    }

    /// Milliseconds that `work` takes at the least.
    public func floor(_ work: StepWork) -> Double {
        (Double(work.productMultiplyAdds) / products
            + Double(work.multiplyAdds - work.productMultiplyAdds) / others) / 1e6
    }
}

/// The work of one probe: many short slices of sums in registers.
private final class PeakProbe: WorkerTeam.Work {
    private let run: (UnsafeMutablePointer<Float>) -> Void
    private let sums: FloatStore
    private let sumFloats: Int
    private static let rounds = 4096
    private static let slicesOfWorker = 16

    let stepCount = 1
    private let slices: Int

    private init(_ kernels: KernelSet, _ precision: Precision, workers: Int) {
        slices = workers * Self.slicesOfWorker
        sumFloats = Int(CK_PEAK_SUMS) * kernels.lanes
        sums = FloatStore(count: workers * sumFloats)
        let operands = FloatStore(count: kernels.lanes)
        let rows = kernels.kernels.pointee
        run = { y in
            switch precision {
            case .f32: rows.peak_f32(Self.rounds, operands.base, operands.base, y)
            case .bf16: rows.peak_bf16(Self.rounds, operands.base, operands.base, y)
            case .int8:
                rows.peak_u8(
                    Self.rounds, operands.base, operands.base,
                    UnsafeMutableRawPointer(y).assumingMemoryBound(to: Int32.self))
            }
        }
    }

    func sliceCount(step: Int) -> Int { slices }
    func run(step: Int, slice: Int, worker: Int) { run(sums.base + worker * sumFloats) }
    func finished(step: Int) {}

    static func rate(_ kernels: KernelSet, _ precision: Precision, workers: Int) -> Double {
        let probe = PeakProbe(kernels, precision, workers: workers)
        let team = WorkerTeam(count: workers, steps: 1)
        let products = probe.slices * rounds * probe.sumFloats * precision.productsOfWord
        var best = 0.0
        for _ in 0..<16 {
            let start = ContinuousClock.now
            team.run(probe)
            best = max(best, Double(products) / ((.now - start) / .seconds(1)) / 1e9)
        }
        return best
    }
}

extension Precision {
    /// Products that one 32-bit lane holds.
    fileprivate var productsOfWord: Int { 4 / bytes }
}
