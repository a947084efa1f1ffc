/// Damages files as bad disks, bad links and bad people do, reproducibly from a seed.
struct Mutator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// splitmix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func index(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &self) }

    /// `file` with one to four things changed; most of them within the ranges `structure`.
    mutating func mutated(_ file: [UInt8], structure: [Range<Int>]) -> [UInt8] {
        var bytes = file
        for _ in 0...index(4) {
            guard !bytes.isEmpty else { return bytes }
            var at = index(bytes.count)
            if index(8) > 0, let range = structure.randomElement(using: &self) {
                at = min(range.lowerBound + index(range.count), bytes.count - 1)
            }
            change(&bytes, at)
        }
        return bytes
    }

    private static let extremes: [UInt64] = [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max,
    ]

    private mutating func change(_ bytes: inout [UInt8], _ at: Int) {
        switch index(10) {
        case 0, 1: bytes[at] ^= 1 << UInt8(index(8))
        case 2, 3: bytes[at] = UInt8(truncatingIfNeeded: next())
        case 4, 5:
            let value = Self.extremes[index(Self.extremes.count)]
            for byte in 0..<[1, 2, 4, 8][index(4)] where at + byte < bytes.count {
                bytes[at + byte] = UInt8(truncatingIfNeeded: value >> UInt64(byte * 8))
            }
        case 6:
            // A little more or less than what stands there.
            bytes[at] = bytes[at] &+ UInt8(truncatingIfNeeded: index(9) - 4)
        case 7:
            // Something from elsewhere.
            let from = index(bytes.count)
            let count = min(index(16) + 1, bytes.count - max(from, at))
            for byte in 0..<max(count, 0) { bytes[at + byte] = bytes[from + byte] }
        case 8:
            if index(3) == 0 {
                bytes.removeLast(index(bytes.count))
            } else {
                bytes.removeSubrange(at..<min(at + index(8) + 1, bytes.count))
            }
        default:
            let from = index(bytes.count)
            bytes.insert(contentsOf: Array(bytes[from..<min(from + index(16) + 1, bytes.count)]), at: at)
        }
    }
}
