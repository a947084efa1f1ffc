/// How a tensor's numbers are stored, by safetensors' names.
enum ElementType: String, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one number.
    var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }
}

extension Float {
    /// IEEE binary16, by its parts: Float16 is not everywhere.
    init(halfBits bits: UInt16) {
        let magnitude: Float
        let exponent = Int(bits >> 10 & 31)
        let fraction = Float(bits & 1023)
        switch exponent {
        case 0: magnitude = fraction * 0x1p-24
        case 31: magnitude = fraction == 0 ? .infinity : .nan
        default: magnitude = Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
        self = bits >> 15 == 1 ? -magnitude : magnitude
    }

    /// The nearest bfloat16's bits, halves to even; NaN stays NaN.
    var bfloat16Bits: UInt16 {
        guard !isNaN else { return UInt16(bitPattern >> 16) | 0x40 }
        let bits = bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
