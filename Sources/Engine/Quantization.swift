import Graph

/// How bytes stand for the numbers of a map: `scale · (byte - zero)`.
struct Quantization: Hashable {
    let scale: Float
    /// The byte of 0, a whole number of 0...255.
    let zero: Float

    /// The finest that reaches from `range.lowerBound` to `range.upperBound` and holds 0 exactly.
    init(_ range: ClosedRange<Float>) {
        let low = min(range.lowerBound, 0)
        let high = max(range.upperBound, 0)
        let width = high - low
        scale = width > 1e-20 ? width / 255 : 1
        zero = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
    }

    /// Bytes as they are: what a kernel makes of them is a float.
    static let none = Quantization(scale: 1, zero: 0)

    private init(scale: Float, zero: Float) {
        self.scale = scale
        self.zero = zero
    }

    func value(_ byte: UInt8) -> Float { scale * (Float(byte) - zero) }

    func byte(_ value: Float) -> UInt8 {
        let rounded = (value / scale + zero).rounded(.toNearestOrEven)
        return rounded > 0 ? UInt8(min(rounded, 255)) : 0
    }

    /// The bytes of `activation` of what each byte of `self` stands for, as `result` writes them.
    func table(_ activation: Activation, to result: Quantization) -> [UInt8] {
        (UInt8.min...UInt8.max).map { result.byte(activation(value($0))) }
    }
}

extension Activation {
    /// In double precision.
    func callAsFunction(_ x: Float) -> Float {
        switch self {
        case .none: x
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .sigmoid: Float(1 / (1 + exponential(-Double(x))))
        case .swish: Float(Double(x) / (1 + exponential(-Double(x))))
        }
    }

    /// Whether cutting to a range of results that begins at 0 does the same as the activation: bytes then
    /// need no table.
    var isCut: Bool {
        switch self {
        case .none, .relu, .relu6: true
        case .swish, .sigmoid: false
        }
    }
}
