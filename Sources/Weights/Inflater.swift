import CZlib

/// How much inflating a file may cause: a small file must not fill the memory. Trained weights shrink by
/// less than a half, and hardly anything that is honest shrinks to a fiftieth.
struct InflationBudget {
    private(set) var left: Int

    /// For a file of `size` bytes.
    init(fileSize: Int) {
        left = min(fileSize, 1 << 40) * 50 + 1 << 20
    }

    mutating func spend(_ count: Int, _ reader: ByteReader, _ offset: Int) throws(WeightsError) {
        guard count <= left else {
            throw .damaged(
                path: reader.path, offset: offset,
                reason: "it inflates to more than fifty times its size, which weights do not")
        }
        left -= count
    }
}

/// Inflates deflate streams (RFC 1951) and gzip files (RFC 1952) through zlib, a piece at a time.
final class Inflater {
    enum Wrapper: Int32 {
        case none = -15
        case gzip = 31
    }

    private static let piece = 1 << 18
    private let stream: UnsafeMutablePointer<z_stream>

    private init(_ wrapper: Wrapper, _ reader: ByteReader, _ offset: Int) throws(WeightsError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_start(stream, wrapper.rawValue) == Z_OK else {
            stream.deallocate()
            throw .damaged(path: reader.path, offset: offset, reason: "zlib found no memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Gives the inflated bytes of `count` bytes at `offset` to `body` in order, a piece at a time.
    /// - Throws: `damaged` with the offset in the compressed file; whatever `body` throws.
    static func inflate(
        _ reader: ByteReader, at offset: Int, count: Int, wrapper: Wrapper, budget: inout InflationBudget,
        _ body: (ArraySlice<UInt8>) throws(WeightsError) -> Void
    ) throws(WeightsError) {
        let inflater = try Inflater(wrapper, reader, offset)
        var buffer = [UInt8](repeating: 0, count: piece)
        var taken = 0
        while true {
            let part = min(count - taken, 1 << 30)
            var used = 0
            var made = 0
            let status = try reader.withBytes(at: offset + taken, count: part) { source in
                inflater.step(source, &buffer, used: &used, made: &made)
            }
            taken += used
            try budget.spend(made, reader, offset + taken)
            try body(buffer[..<made])
            switch status {
            case Z_STREAM_END:
                // A gzip file may have several members, one after another.
                guard wrapper == .gzip, count - taken > 2,
                    reader.starts(with: [0x1F, 0x8B], at: offset + taken)
                else { return }
                inflateReset(inflater.stream)
            case Z_OK where used > 0 || made > 0: continue
            case Z_OK, Z_BUF_ERROR:
                throw .damaged(
                    path: reader.path, offset: offset + taken, reason: "the compressed data end too early")
            default:
                let reason = inflater.stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
                throw .damaged(
                    path: reader.path, offset: offset + taken,
                    reason: "the compressed data are damaged (\(reason))")
            }
        }
    }

    private func step(
        _ source: UnsafeRawBufferPointer, _ buffer: inout [UInt8], used: inout Int, made: inout Int
    ) -> Int32 {
        buffer.withUnsafeMutableBufferPointer { target in
            // zlib only reads through next_in.
            let input = source.bindMemory(to: Bytef.self)
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = target.baseAddress
            stream.pointee.avail_out = UInt32(target.count)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            used = input.count - Int(stream.pointee.avail_in)
            made = target.count - Int(stream.pointee.avail_out)
            return status
        }
    }
}

extension ByteReader {
    /// The CRC-32 (as in zip and gzip) of `count` bytes at `offset`.
    func crc32(at offset: Int, count: Int) throws(WeightsError) -> UInt32 {
        try withBytes(at: offset, count: count) { bytes in
            UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: Bytef.self).baseAddress, bytes.count))
        }
    }
}
