import CKernels

/// What maps and weights are stored as, and what products take. Sums are always 32-bit floats; so are the
/// network's outputs and the gates of squeeze-and-excite.
public enum Precision: String, Sendable, CaseIterable {
    case f32
    /// The upper half of a 32-bit float: half the memory, and twice the products where the processor
    /// multiplies pairs.
    case bf16
    /// Bytes with a scale and a zero for each map, and signed bytes with a scale for each output of the
    /// weights: a quarter of the memory. Needs ranges (`Calibration`).
    case int8

    /// As people write it, and as logs have it: `fp32`, `bf16`, `int8`.
    public var name: String { self == .f32 ? "fp32" : rawValue }

    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The fastest that hardly costs accuracy: bfloat16 where the processor multiplies it.
    public static func best(for kernels: KernelSet) -> Precision {
        kernels.name == "avx512bf16" ? .bf16 : .f32
    }

    /// Bytes of an element of a map.
    var bytes: Int {
        switch self {
        case .f32: 4
        case .bf16: 2
        case .int8: 1
        }
    }

    /// Floats of the arena that hold `count` elements.
    func floats(_ count: Int) -> Int { (count * bytes + 3) / 4 }
}

typealias PointwiseKernel =
    @convention(c) (
        UnsafePointer<ck_product>?, UnsafePointer<UnsafeRawPointer?>?, Int, Int, Int, UnsafeRawPointer?,
        UnsafeMutableRawPointer?
    ) -> Void
typealias SelectKernel =
    @convention(c) (
        UnsafePointer<ck_product>?, UnsafePointer<UnsafeRawPointer?>?, Int, UInt32,
        UnsafeMutablePointer<ck_selection>?
    ) -> Void
typealias DepthwiseKernel =
    @convention(c) (
        UnsafePointer<ck_depthwise>?, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?,
        UnsafeMutablePointer<Float>?
    ) -> Void
typealias FuseKernel =
    @convention(c) (
        UnsafePointer<UnsafeRawPointer?>?, UnsafePointer<Float>?, Int, Int, UnsafeMutableRawPointer?,
        ck_activation
    ) -> Void
typealias ScaleKernel =
    @convention(c) (
        UnsafePointer<Float>?, UnsafePointer<Float>?, Int, Int, UnsafeMutableRawPointer?
    ) -> Void
typealias PoolKernel =
    @convention(c) (
        UnsafeRawPointer?, Int, Int, Int, Int, Int, Int, Int, Int, Int, Int, UnsafeMutableRawPointer?
    ) -> Void

extension KernelSet {
    func pointwise(_ precision: Precision) -> PointwiseKernel? {
        switch precision {
        case .f32: kernels.pointee.pointwise_f32
        case .bf16: kernels.pointee.pointwise_bf16
        case .int8: kernels.pointee.pointwise_u8
        }
    }
    func select(_ precision: Precision) -> SelectKernel? {
        switch precision {
        case .f32: kernels.pointee.select_f32
        case .bf16: kernels.pointee.select_bf16
        case .int8: kernels.pointee.select_u8
        }
    }
    func depthwise(_ precision: Precision) -> DepthwiseKernel? {
        switch precision {
        case .f32: kernels.pointee.depthwise_f32
        case .bf16: kernels.pointee.depthwise_bf16
        case .int8: kernels.pointee.depthwise_u8
        }
    }
    /// Of floats: bytes have a signature of their own.
    func fuse(_ precision: Precision) -> FuseKernel? {
        precision == .f32 ? kernels.pointee.fuse_f32 : kernels.pointee.fuse_bf16
    }
    /// Of floats: bytes have a signature of their own.
    func scale(_ precision: Precision) -> ScaleKernel? {
        precision == .f32 ? kernels.pointee.scale_f32 : kernels.pointee.scale_bf16
    }
    func pool(_ precision: Precision) -> PoolKernel? {
        switch precision {
        case .f32: kernels.pointee.maxpool_f32
        case .bf16: kernels.pointee.maxpool_bf16
        case .int8: kernels.pointee.maxpool_u8
        }
    }
}
