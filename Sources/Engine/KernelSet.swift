import CKernels
import Glibc

/// The kernels of one instruction set.
public struct KernelSet: @unchecked Sendable {
    // Points to constant data of the binary.
    let kernels: UnsafePointer<ck_kernels>

    public var name: String { String(cString: kernels.pointee.name) }
    var lanes: Int { kernels.pointee.lanes }
    /// Columns of every panel but the last.
    var panelWidth: Int { lanes * kernels.pointee.panel_vectors }

    /// Panels of a product of `width` columns.
    func panelCount(width: Int) -> Int { ck_panel_count(lanes, kernels.pointee.panel_vectors, width) }

    func panelColumns(width: Int, panel: Int) -> Int {
        ck_panel_columns(lanes, kernels.pointee.panel_vectors, width, panel)
    }

    /// Every set of this binary, the best last.
    public static var all: [KernelSet] {
        (0..<Int.max).lazy.map { ck_set($0) }.prefix { $0 != nil }.compactMap { $0.map(KernelSet.init) }
    }

    public var isSupported: Bool { ck_is_supported(kernels) != 0 }

    private init(kernels: UnsafePointer<ck_kernels>) { self.kernels = kernels }

    /// The best set of this machine, or the one that `VEDETTE_KERNELS` names.
    /// - Throws: `EngineError` where that is unknown or not to be had.
    public static func chosen(
        environment name: String? = getenv("VEDETTE_KERNELS").map { String(cString: $0) }
    )
        throws(EngineError) -> KernelSet
    {
        let sets = all
        if let name, !name.isEmpty {
            guard let set = sets.first(where: { $0.name == name }) else {
                throw .unknownKernels(name, known: sets.map(\.name))
            }
            guard set.isSupported else { throw .unsupportedKernels(name) }
            return set
        }
        guard let best = sets.last(where: \.isSupported) else { throw .unsupportedKernels("scalar") }
        return best
    }
}
