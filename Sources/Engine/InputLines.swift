import CKernels

/// Lines of the network's input as floats, from a picture or from a tensor.
final class InputLines: @unchecked Sendable {
    private let scale: [Float]
    private let shift: [Float]
    private let normalization: InputNormalization
    private let width: Int
    private let kernels: KernelSet
    /// The picture of this run; nil where the tensor holds the input.
    var canvas: PixelCanvas?

    init(_ normalization: InputNormalization, width: Int, kernels: KernelSet) {
        self.kernels = kernels
        self.normalization = normalization
        scale = normalization.std.map { 1 / (255 * $0) }
        shift = zip(normalization.mean, normalization.std).map { -$0 / $1 }
        self.width = width
    }

    /// Writes line `row`, `3 × width` bytes of the picture, to `y`; those nearest to a tensor that is no
    /// picture.
    func write(_ row: Int, tensor: UnsafePointer<Float>, toBytes y: UnsafeMutablePointer<UInt8>) {
        let start = row * width * 3
        if let pixels = canvas?.bytes.baseAddress {
            y.update(from: pixels + start, count: width * 3)
            return
        }
        for i in 0..<width * 3 {
            let value = (tensor[start + i] * normalization.std[i % 3] + normalization.mean[i % 3]) * 255
            y[i] = value > 0 ? UInt8(min(value, 255).rounded(.toNearestOrEven)) : 0
        }
    }

    /// Writes line `row`, `3 × width` floats, to `y`.
    func write(_ row: Int, tensor: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        let start = row * width * 3
        guard let canvas else {
            y.update(from: tensor + start, count: width * 3)
            return
        }
        scale.withUnsafeBufferPointer { scale in
            shift.withUnsafeBufferPointer { shift in
                kernels.kernels.pointee.normalise_f32?(
                    canvas.bytes.baseAddress.map { $0 + start }, width, scale.baseAddress, shift.baseAddress,
                    y)
            }
        }
    }
}
