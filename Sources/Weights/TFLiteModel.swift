/// A TFLite file (`schema.fbs` of TensorFlow Lite, version 3) as a graph of tensors and operations. Only what
/// finding the weights takes is read.
struct TFLiteModel {
    struct Tensor {
        var shape: [Int]
        var type: UInt8
        var buffer: Int
        fileprivate var quantization: FlatTable?
    }

    enum Kind: Equatable {
        case add, concatenation, convolution, depthwise, dequantize, logistic, maxPool, quantize, relu6
        case reshape, resizeNearest, detectionPostProcess
        case other(String)
    }

    struct Operation {
        var kind: Kind
        var inputs: [Int]
        var outputs: [Int]
        /// 0 none, 3 relu6; nil where the kind has none.
        var activation: UInt8
    }

    let reader: ByteReader
    let tensors: [Tensor]
    let operations: [Operation]
    let inputs: [Int]
    let root: FlatTable
    private let buffers: [FlatTable]
    /// The operation that makes a tensor.
    let producer: [Int: Int]
    /// The operations that read a tensor, in order.
    let consumers: [Int: [Int]]

    static func recognises(_ reader: ByteReader) -> Bool { reader.starts(with: Array("TFL3".utf8), at: 4) }

    private static let most = 20_000

    init(_ reader: ByteReader) throws(WeightsError) {
        self.reader = reader
        root = try FlatTable(root: reader)
        guard let graph = try root.tables(2, limit: 1000).first else {
            throw .damaged(path: reader.path, offset: 0, reason: "the model has no graph")
        }
        buffers = try root.tables(4, limit: Self.most)
        var tensors: [Tensor] = []
        for table in try graph.tables(0, limit: Self.most) {
            tensors.append(
                Tensor(
                    shape: try table.integers(0, Int32.self, limit: 8).map { Int($0) },
                    type: try table.integer(1, UInt8.self) ?? 0,
                    buffer: Int(try table.integer(2, UInt32.self) ?? 0), quantization: try table.table(4)))
        }
        var kinds: [Kind] = []
        for code in try root.tables(1, limit: 1000) { kinds.append(try Self.kind(code)) }
        var operations: [Operation] = []
        for table in try graph.tables(3, limit: Self.most) {
            operations.append(try Self.operation(table, kinds, tensors.count, reader))
        }
        inputs = try graph.integers(1, Int32.self, limit: 100).map { Int($0) }
        guard inputs.allSatisfy(tensors.indices.contains) else {
            throw .damaged(path: reader.path, offset: 0, reason: "the graph's input is no tensor")
        }
        var producer: [Int: Int] = [:]
        var consumers: [Int: [Int]] = [:]
        for (index, operation) in operations.enumerated() {
            for output in operation.outputs { producer[output] = index }
            for input in Set(operation.inputs) { consumers[input, default: []].append(index) }
        }
        self.tensors = tensors
        self.operations = operations
        self.producer = producer
        self.consumers = consumers
    }

    private static func kind(_ code: FlatTable) throws(WeightsError) -> Kind {
        // Codes beyond 127 have a field of their own.
        let short = Int32(try code.integer(0, Int8.self) ?? 0)
        let number = max(short, try code.integer(3, Int32.self) ?? 0)
        switch number {
        case 0: return .add
        case 2: return .concatenation
        case 3: return .convolution
        case 4: return .depthwise
        case 6: return .dequantize
        case 14: return .logistic
        case 17: return .maxPool
        case 21: return .relu6
        case 22: return .reshape
        case 97: return .resizeNearest
        case 106: return .add
        case 114: return .quantize
        case 32:
            let name = try code.string(1) ?? ""
            return name == "TFLite_Detection_PostProcess" ? .detectionPostProcess : .other(name)
        default: return .other("operation \(number)")
        }
    }

    private static func operation(
        _ table: FlatTable, _ kinds: [Kind], _ tensors: Int, _ reader: ByteReader
    ) throws(WeightsError) -> Operation {
        let code = Int(try table.integer(0, UInt32.self) ?? 0)
        let inputs = try table.integers(1, Int32.self, limit: 64).map { Int($0) }
        let outputs = try table.integers(2, Int32.self, limit: 64).map { Int($0) }
        guard kinds.indices.contains(code), (inputs + outputs).allSatisfy({ (-1..<tensors).contains($0) })
        else {
            throw .damaged(path: reader.path, offset: 0, reason: "an operation that refers to nothing")
        }
        let kind = kinds[code]
        let field: Int? =
            switch kind {
            case .add: 0
            case .convolution: 3
            case .depthwise: 4
            default: nil
            }
        let options = try table.table(4)
        var activation: UInt8 = 0
        if let field, let options { activation = try options.integer(field, UInt8.self) ?? 0 }
        return Operation(kind: kind, inputs: inputs, outputs: outputs, activation: activation)
    }

    // MARK: Constants

    /// The numbers of a constant tensor, dequantised; nil where `tensor` is computed from the input.
    func constant(_ tensor: Int, _ name: String) throws(WeightsError) -> StoredTensor? {
        guard tensors.indices.contains(tensor) else { return nil }
        if let stored = try stored(tensor, name) { return stored }
        // Half-precision files turn every constant into floats by an operation.
        guard let producer = producer[tensor], operations[producer].kind == .dequantize,
            let input = operations[producer].inputs.first, tensors.indices.contains(input)
        else { return nil }
        return try stored(input, name)
    }

    private func stored(_ index: Int, _ name: String) throws(WeightsError) -> StoredTensor? {
        let tensor = tensors[index]
        guard tensor.buffer > 0, buffers.indices.contains(tensor.buffer),
            let data = try buffers[tensor.buffer].vector(0, size: 1), data.count > 0
        else { return nil }
        let types: [UInt8: ElementType] = [
            0: .float32, 1: .float16, 2: .int32, 3: .uint8, 4: .int64, 7: .int16, 9: .int8, 10: .float64,
        ]
        guard let type = types[tensor.type] else {
            throw .wrongType(tensor: name, type: "number \(tensor.type) of TFLite")
        }
        let stored = try StoredTensor(
            name, shape: tensor.shape, type: type, storage: reader, offset: data.offset,
            end: data.offset + data.count)
        guard let scaling = try scaling(index) else { return stored }
        return try stored.scaled(scaling, name)
    }

    /// How a tensor's integers are to be read; nil for floats.
    func scaling(_ index: Int) throws(WeightsError) -> StoredTensor.Scaling? {
        guard let table = tensors[index].quantization else { return nil }
        let scales = try table.floats(2, limit: 1 << 16)
        guard !scales.isEmpty else { return nil }
        var zeros = try table.integers(3, Int64.self, limit: 1 << 16).map { Float($0) }
        if zeros.count != scales.count { zeros = Array(repeating: zeros.first ?? 0, count: scales.count) }
        let axis = max(0, Int(try table.integer(6, Int32.self) ?? 0))
        return .init(scales: scales, zeroPoints: zeros, axis: axis)
    }

    /// Bytes of the buffer `index`.
    func buffer(_ index: Int) throws(WeightsError) -> (offset: Int, count: Int)? {
        guard buffers.indices.contains(index) else { return nil }
        return try buffers[index].vector(0, size: 1)
    }
}
