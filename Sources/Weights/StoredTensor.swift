/// Where a tensor's numbers lie, in what order and as what. Its bounds are checked once, when it is made:
/// every number it can ask for lies in its storage, and it asks for no more numbers than are stored.
struct StoredTensor: Sendable {
    /// PyTorch's order: convolutions are `[out, in / groups, kernel, kernel]`.
    private(set) var shape: [Int]
    /// Elements from one index to the next, per dimension.
    private(set) var strides: [Int]
    let type: ElementType
    let storage: ByteReader
    /// Byte of the first number.
    let offset: Int
    private(set) var scaling: Scaling?

    var count: Int { shape.reduce(1, *) }

    /// What integers stand for: `(stored - zeroPoint) · scale`, one pair for all or one per index of `axis`.
    struct Scaling: Sendable {
        var scales: [Float]
        var zeroPoints: [Float]
        var axis: Int
    }

    /// A view of `storage`.
    /// - Parameters:
    ///   - strides: In elements; C order where nil.
    ///   - end: The byte after the last that belongs to it; the end of the file where nil.
    /// - Throws: `damaged` or `truncated`, naming the tensor.
    init(
        _ name: String, shape: [Int], strides: [Int]? = nil, type: ElementType, storage: ByteReader,
        offset: Int, end: Int? = nil
    ) throws(WeightsError) {
        func damaged(_ reason: String) -> WeightsError {
            .damaged(path: storage.path, offset: max(offset, 0), reason: "the tensor \(name) \(reason)")
        }
        guard shape.count <= 8, shape.allSatisfy({ (0..<1 << 40).contains($0) }) else {
            throw damaged("has an absurd shape")
        }
        // Its count and the index of its last number.
        var count = 1
        var last = 0
        let strides = strides ?? Self.contiguous(shape)
        guard strides.count == shape.count else { throw damaged("has \(strides.count) strides") }
        for (side, stride) in zip(shape, strides) {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow else { throw damaged("has an absurd shape") }
            count = product
            guard side > 1 else { continue }
            guard stride >= 0 else { throw damaged("has a negative stride") }
            let (reach, tooFar) = stride.multipliedReportingOverflow(by: side - 1)
            let (sum, farther) = last.addingReportingOverflow(reach)
            guard !tooFar, !farther else { throw damaged("has an absurd stride") }
            last = sum
        }
        let end = min(end ?? storage.count, storage.count)
        guard offset >= 0, offset <= end else {
            throw .truncated(path: storage.path, offset: offset, wanted: type.size, size: end)
        }
        let stored = (end - offset) / type.size
        guard count == 0 || last < stored else {
            throw .truncated(
                path: storage.path, offset: offset,
                wanted: last.multipliedReportingOverflow(by: type.size).partialValue + type.size, size: end)
        }
        // Repeated numbers (stride 0) would cost memory that no byte of the file stands for.
        guard count <= stored else { throw damaged("repeats numbers: \(count) of \(stored) stored") }
        self.shape = shape
        self.strides = zip(shape, strides).map { $0 > 1 ? $1 : 0 }
        self.type = type
        self.storage = storage
        self.offset = offset
    }

    /// Computed numbers, in C order.
    init(_ name: String, shape: [Int], values: [Float], path: String) throws(WeightsError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            let bits = value.bitPattern
            for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        try self.init(
            name, shape: shape, type: .float32, storage: ByteReader(name: path, bytes: bytes), offset: 0)
    }

    private static func contiguous(_ shape: [Int]) -> [Int] {
        var strides: [Int] = []
        var step = 1
        for side in shape.reversed() {
            strides.append(step)
            step = step.multipliedReportingOverflow(by: side).partialValue
        }
        return strides.reversed()
    }

    /// The same numbers with dimension `axes[i]` at place i; nil where the ranks differ.
    func permuted(_ axes: [Int]) -> StoredTensor? {
        guard axes.sorted() == Array(shape.indices) else { return nil }
        var tensor = self
        tensor.shape = axes.map { shape[$0] }
        tensor.strides = axes.map { strides[$0] }
        if let scaling, let axis = axes.firstIndex(of: scaling.axis) { tensor.scaling?.axis = axis }
        return tensor
    }

    /// The same numbers as `scaling` reads them.
    /// - Throws: `damaged` where there are not as many scales as the axis is long.
    func scaled(_ scaling: Scaling, _ name: String) throws(WeightsError) -> StoredTensor {
        let length = shape.indices.contains(scaling.axis) ? shape[scaling.axis] : 1
        guard scaling.scales.count == 1 || scaling.scales.count == length,
            scaling.zeroPoints.count == scaling.scales.count
        else {
            throw .damaged(
                path: storage.path, offset: offset,
                reason: "the tensor \(name) has \(scaling.scales.count) scales for \(length) channels")
        }
        var tensor = self
        tensor.scaling = scaling
        return tensor
    }

    /// The numbers in C order of `shape`.
    func floats() throws(WeightsError) -> [Float] {
        var values = try storage.floats(type, at: offset, shape: shape, strides: strides)
        guard let scaling else { return values }
        let inner = shape.dropFirst(scaling.axis + 1).reduce(1, *)
        let length = shape.indices.contains(scaling.axis) ? shape[scaling.axis] : 1
        for index in values.indices {
            let channel = scaling.scales.count == 1 ? 0 : index / inner % length
            values[index] = (values[index] - scaling.zeroPoints[channel]) * scaling.scales[channel]
        }
        return values
    }
}
