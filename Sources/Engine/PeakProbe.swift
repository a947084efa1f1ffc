import CKernels

/// How many products a second this machine can do at all, with a kernel set and some workers: measured, since
/// it depends on the processor's pace.
public struct PeakRates: Sendable, Hashable {
    /// Thousand million multiply-adds a second, all workers together.
    public let f32: Double
    /// At the plan's precision.
    public let products: Double

    init(f32: Double, products: Double) {
        self.f32 = f32
        self.products = products
    }

    /// Probes for some milliseconds: the best of several goes.
    public init(_ kernels: KernelSet, precision: Precision, workers: Int) {
        f32 = PeakProbe.rate(kernels, .f32, workers: workers)
        products = precision == .f32 ? f32 : PeakProbe.rate(kernels, precision, workers: workers)
    }

    /// Milliseconds that `work` takes at the least.
    public func floor(_ work: StepWork) -> Double {
        (Double(work.productMultiplyAdds) / products
            + Double(work.multiplyAdds - work.productMultiplyAdds) / f32) / 1e6
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
    fileprivate var productsOfWord: Int { self == .f32 ? 1 : 2 }
}
