/// The CRC-32C (Castagnoli) of RFC 3720, four bytes at a time by tables.
enum CRC32C {
    private static let tables: [[UInt32]] = {
        func next(_ value: UInt32) -> UInt32 { value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
        let first = (0..<256).map { byte -> UInt32 in
            var value = UInt32(byte)
            for _ in 0..<8 { value = next(value) }
            return value
        }
        var tables: [[UInt32]] = [first]
        for step in 1..<4 {
            tables.append(tables[step - 1].map { $0 >> 8 ^ first[Int($0 & 255)] })
        }
        return tables
    }()

    /// As LevelDB and TensorFlow store it: rotated and shifted, so that a checksum of checksums is no constant.
    static func masked(_ reader: ByteReader, at offset: Int, count: Int) throws(WeightsError) -> UInt32 {
        let crc = try reader.withBytes(at: offset, count: count) { of($0) }
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = UInt32.max
        var at = 0
        let tables = tables
        tables[0].withUnsafeBufferPointer { t0 in
            tables[1].withUnsafeBufferPointer { t1 in
                tables[2].withUnsafeBufferPointer { t2 in
                    tables[3].withUnsafeBufferPointer { t3 in
                        while at + 4 <= bytes.count {
                            crc ^= UInt32(
                                littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
                            crc =
                                t3[Int(crc & 255)] ^ t2[Int(crc >> 8 & 255)] ^ t1[Int(crc >> 16 & 255)]
                                ^ t0[Int(crc >> 24)]
                            at += 4
                        }
                    }
                }
            }
        }
        while at < bytes.count {
            crc = crc >> 8 ^ tables[0][Int((crc ^ UInt32(bytes[at])) & 255)]
            at += 1
        }
        return ~crc
    }
}
