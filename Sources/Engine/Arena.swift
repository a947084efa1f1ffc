/// Places for tensors in one block of memory, planned by lifetime: what is never alive together may
/// share a place.
struct ArenaPlan {
    struct Tenant {
        let floats: Int
        /// First and last step that touches it.
        let life: ClosedRange<Int>
    }

    /// In floats, a multiple of 16 (64 bytes); by tenant.
    let offsets: [Int]
    let floats: Int

    /// The largest first, each at the lowest place that is free for its whole life.
    init(_ tenants: [Tenant]) {
        var offsets = Array(repeating: 0, count: tenants.count)
        var placed: [(range: Range<Int>, life: ClosedRange<Int>)] = []
        var total = 0
        for index in tenants.indices.sorted(by: { tenants[$0].floats > tenants[$1].floats }) {
            let size = (tenants[index].floats + 15) / 16 * 16
            var offset = 0
            let rivals = placed.filter { $0.life.overlaps(tenants[index].life) }
            for rival in rivals.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
                if rival.range.lowerBound >= offset + size { break }
                offset = max(offset, rival.range.upperBound)
            }
            offsets[index] = offset
            placed.append((offset..<offset + size, tenants[index].life))
            total = max(total, offset + size)
        }
        self.offsets = offsets
        floats = total
    }
}

/// Memory for floats with slack behind it for vector loads, aligned to 64 bytes.
final class FloatStore {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    /// Kernels may read this far past the end (CK_SLACK).
    static let slack = 256

    init(count: Int) {
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Float>.size + Self.slack, alignment: 64)
        raw.initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MemoryLayout<Float>.size + Self.slack)
        base = raw.assumingMemoryBound(to: Float.self)
        self.count = count
    }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }
}
