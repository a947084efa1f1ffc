import Glibc

/// The bytes of a weight file, mapped into memory and read with every bound checked: the only place of
/// this module that touches a pointer. Immutable, so it may be read from everywhere.
public final class ByteReader: @unchecked Sendable {
    /// As the user named the file.
    public let path: String
    private let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Maps the file at `path`.
    public init(path: String) throws(WeightsError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotOpen(path: path, reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else { throw .cannotOpen(path: path, reason: "it is empty") }
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        bytes = UnsafeRawBufferPointer(start: base, count: size)
        isMapped = true
    }

    /// Bytes that live as long as the process.
    init(name: String, static bytes: UnsafeRawBufferPointer) {
        self.path = name
        self.bytes = bytes
        isMapped = false
    }

    deinit {
        if isMapped { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
    }

    public var count: Int { bytes.count }

    /// - Throws: `truncated` unless `count` bytes stand at `offset`.
    func check(_ offset: Int, _ count: Int) throws(WeightsError) {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
            throw .truncated(path: path, offset: offset, wanted: count, size: bytes.count)
        }
    }

    /// A little-endian integer at `offset`.
    func integer<T: FixedWidthInteger>(_ type: T.Type = T.self, at offset: Int) throws(WeightsError) -> T {
        try check(offset, MemoryLayout<T>.size)
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    public func array(at offset: Int, count: Int) throws(WeightsError) -> [UInt8] {
        try check(offset, count)
        return Array(bytes[offset..<offset + count])
    }

    /// `count` numbers of `type` from `offset` on, as floats.
    func floats(_ type: ElementType, at offset: Int, count: Int) throws(WeightsError) -> [Float] {
        let (size, overflow) = count.multipliedReportingOverflow(by: type.size)
        guard !overflow else { throw .damaged(path: path, offset: offset, reason: "a tensor of absurd size") }
        try check(offset, size)
        return (0..<count).map { type.float(bytes, offset + $0 * type.size) }
    }

    /// Runs `body` over all bytes in order, a stretch at a time (for digests).
    public func forEachChunk(_ body: ([UInt8]) -> Void) {
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + 1 << 16, bytes.count)
            body(Array(bytes[offset..<end]))
            offset = end
        }
    }
}

/// How a tensor's numbers are stored.
enum ElementType: String, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int8 = "I8"
    case uint8 = "U8"

    var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .int8, .uint8: 1
        }
    }

    /// The bounds were checked by the reader.
    fileprivate func float(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Float {
        func load<T: FixedWidthInteger>(_: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: T.self))
        }
        return switch self {
        case .float64: Float(Double(bitPattern: load(UInt64.self)))
        case .float32: Float(bitPattern: load(UInt32.self))
        case .float16: Float(halfBits: load(UInt16.self))
        case .bfloat16: Float(bitPattern: UInt32(load(UInt16.self)) << 16)
        case .int64: Float(load(Int64.self))
        case .int32: Float(load(Int32.self))
        case .int8: Float(load(Int8.self))
        case .uint8: Float(bytes[at])
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
}
