import Checksums
import Glibc

/// The bytes of a weight file, mapped into memory and read with every bound checked: the only place of
/// this module that touches them by pointer. Immutable, so it may be read from everywhere.
public final class ByteReader: @unchecked Sendable {
    /// As the user named the file.
    public let path: String
    private let bytes: UnsafeRawBufferPointer
    private let ownership: Ownership

    private enum Ownership { case mapped, allocated, borrowed }

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
        ownership = .mapped
    }

    /// A copy of `bytes`, which came from a part of the file `name`: inflated or computed.
    init(name: String, bytes: [UInt8]) {
        path = name
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        copy.copyBytes(from: bytes)
        self.bytes = UnsafeRawBufferPointer(copy)
        ownership = .allocated
    }

    /// Bytes that live as long as the process.
    init(name: String, static bytes: UnsafeRawBufferPointer) {
        self.path = name
        self.bytes = bytes
        ownership = .borrowed
    }

    deinit {
        switch ownership {
        case .mapped: munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        case .allocated: bytes.deallocate()
        case .borrowed: break
        }
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

    func starts(with prefix: [UInt8], at offset: Int = 0) -> Bool {
        guard (try? check(offset, prefix.count)) != nil else { return false }
        return bytes[offset..<offset + prefix.count].elementsEqual(prefix)
    }

    /// Lends the bytes to a C library for the length of the call.
    func withBytes<Result>(
        at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) throws(WeightsError) -> Result
    ) throws(WeightsError) -> Result {
        try check(offset, count)
        return try body(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
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

extension ByteReader {
    /// The SHA-256 of all bytes in hexadecimal.
    public var digest: String {
        var digest = Digest()
        forEachChunk { digest.update($0) }
        return digest.hexadecimal
    }

    /// The numbers of a strided view as floats, in C order of `shape`.
    /// - Parameter strides: In elements, none negative where the side is more than 1.
    func floats(_ type: ElementType, at offset: Int, shape: [Int], strides: [Int]) throws(WeightsError)
        -> [Float]
    {
        var count = 1
        var last = 0
        for (side, stride) in zip(shape, strides) {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            let (reach, tooFar) = stride.multipliedReportingOverflow(by: max(side - 1, 0))
            let (sum, farther) = last.addingReportingOverflow(reach)
            guard !overflow, !tooFar, !farther, side >= 0, side < 2 || stride >= 0 else {
                throw .damaged(path: path, offset: offset, reason: "a tensor of absurd size")
            }
            count = product
            if side > 1 { last = sum }
        }
        guard count > 0 else { return [] }
        let (size, overflow) = (last + 1).multipliedReportingOverflow(by: type.size)
        guard !overflow, count <= (bytes.count / type.size) else {
            throw .damaged(path: path, offset: offset, reason: "a tensor of absurd size")
        }
        try check(offset, size)
        let source = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
        return [Float](unsafeUninitializedCapacity: count) { target, initialised in
            Self.fill(target, from: source, type, shape, strides)
            initialised = count
        }
    }

    private static func fill(
        _ target: UnsafeMutableBufferPointer<Float>, from source: UnsafeRawBufferPointer, _ type: ElementType,
        _ shape: [Int], _ strides: [Int]
    ) {
        /// Bounds were checked by the caller.
        func each<T>(_: T.Type, _ convert: (T) -> Float) {
            let inner = shape.last ?? 1
            // A stride over a single number says nothing and may be anything.
            let step = inner > 1 ? (strides.last ?? 1) * MemoryLayout<T>.size : 0
            var index = Array(repeating: 0, count: max(shape.count - 1, 0))
            var written = 0
            while written < target.count {
                var start = 0
                for (place, stride) in zip(index, strides) { start += place * stride }
                start *= MemoryLayout<T>.size
                for place in 0..<inner {
                    target[written + place] = convert(
                        source.loadUnaligned(fromByteOffset: start + place * step, as: T.self))
                }
                written += inner
                var dimension = index.count - 1
                while dimension >= 0 {
                    index[dimension] += 1
                    if index[dimension] < shape[dimension] { break }
                    index[dimension] = 0
                    dimension -= 1
                }
            }
        }
        switch type {
        case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float16: each(UInt16.self) { Float(halfBits: UInt16(littleEndian: $0)) }
        case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .int64: each(Int64.self) { Float(Int64(littleEndian: $0)) }
        case .int32: each(Int32.self) { Float(Int32(littleEndian: $0)) }
        case .int16: each(Int16.self) { Float(Int16(littleEndian: $0)) }
        case .int8: each(Int8.self) { Float($0) }
        case .uint8, .bool: each(UInt8.self) { Float($0) }
        }
    }
}
