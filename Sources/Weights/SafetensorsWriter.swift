import Glibc
import JSON

/// Writes `.safetensors` as a stream: the header from the shapes, then one tensor after another, so that no
/// more than one is in memory. Names in order of their bytes, metadata too: the same tensors give the same
/// file.
public struct SafetensorsWriter {
    /// What the numbers are stored as.
    public enum Precision: String, Sendable {
        case float32 = "F32"
        /// Rounded to the nearest, halves to even.
        case bfloat16 = "BF16"

        var size: Int { self == .float32 ? 4 : 2 }
    }

    /// Writes the tensors `names` of `file` to `path`, which appears only when it is complete.
    /// - Parameters:
    ///   - names: All tensors where nil.
    ///   - metadata: Strings for the header, such as those of `ModelDescription.metadata`.
    /// - Throws: `cannotWrite`, or what reading `file` throws.
    public static func write(
        _ file: TensorFile, names: [String]? = nil, metadata: [String: String], to path: String,
        precision: Precision = .float32
    ) throws(WeightsError) {
        let names = (names ?? file.names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var shapes: [(name: String, shape: [Int])] = []
        for name in names {
            guard let shape = file.shape(of: name) else { throw .missing(tensor: name, shape: []) }
            shapes.append((name, shape))
        }
        let temporary = "\(path).\(getpid()).part"
        let output = try OutputFile(path: temporary, named: path)
        do throws(WeightsError) {
            try output.write(header(shapes, metadata, precision))
            for (name, shape) in shapes {
                try output.write(bytes(try file.floats(name, shape: shape), precision))
            }
            try output.close()
            guard rename(temporary, path) == 0 else {
                throw WeightsError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Length and JSON, padded with spaces so that the data are aligned.
    static func header(
        _ shapes: [(name: String, shape: [Int])], _ metadata: [String: String], _ precision: Precision
    ) -> [UInt8] {
        var text = JSONText()
        text.object { header in
            header.key("__metadata__")
            header.object { strings in
                for (key, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                ) {
                    strings.key(key)
                    strings.string(value)
                }
            }
            var offset = 0
            for (name, shape) in shapes {
                let end = offset + shape.reduce(precision.size, *)
                header.key(name)
                header.object { tensor in
                    tensor.key("dtype")
                    tensor.string(precision.rawValue)
                    tensor.key("shape")
                    tensor.array { sides in shape.forEach { sides.integer($0) } }
                    tensor.key("data_offsets")
                    tensor.array { bounds in
                        bounds.integer(offset)
                        bounds.integer(end)
                    }
                }
                offset = end
            }
        }
        var bytes = text.bytes
        while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
        let length = UInt64(bytes.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + bytes
    }

    private static func bytes(_ values: [Float], _ precision: Precision) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * precision.size)
        for value in values {
            switch precision {
            case .float32:
                let bits = value.bitPattern
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
            case .bfloat16:
                let bits = value.bfloat16Bits
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            }
        }
        return bytes
    }
}
