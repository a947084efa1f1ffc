import Foundation

@testable import Weights

/// Files that Tools/weights made with the real frameworks.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/weights")

    static func path(_ name: String) -> String { folder.appending(path: name).path() }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }
}

extension TensorFile {
    /// A file from memory.
    static func from(_ bytes: [UInt8]) throws -> TensorFile {
        try TensorFile(ByteReader(name: "test", bytes: bytes))
    }

    /// All values by name.
    func everything() throws -> [String: Values] {
        var all: [String: Values] = [:]
        for name in names {
            let (shape, values) = try floats(name) as (shape: [Int], values: [Float])
            all[name] = Values(shape: shape, bits: values.map(\.bitPattern))
        }
        return all
    }

    /// Exact to the bit.
    struct Values: Equatable, CustomStringConvertible {
        var shape: [Int]
        var bits: [UInt32]
        var description: String { "\(shape) \(bits.prefix(8).map { Float(bitPattern: $0) })…" }
    }
}
