/// Reads a pickle (protocols 2 to 5) as data: a pickle is a program for a stack machine, and this machine
/// can only build plain values and descriptions of tensors. It calls nothing; a name outside
/// `PickleGlobal`'s list ends the reading. Time and memory grow with the length of the pickle.
struct Unpickler {
    /// A checkpoint of the largest model with its optimiser's state builds about 100,000.
    static let mostObjects = 1_000_000

    private let reader: ByteReader
    private var at: Int
    private let end: Int
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var heap: PickleHeap

    /// Reads one pickle from `offset` on, at most to `end`.
    /// - Returns: Its object, the containers that it refers to, and the byte after it.
    static func read(
        _ reader: ByteReader, at offset: Int, end: Int, heap: PickleHeap = PickleHeap()
    ) throws(WeightsError) -> (value: PickleValue, heap: PickleHeap, end: Int) {
        var machine = Unpickler(reader: reader, at: offset, end: min(end, reader.count), heap: heap)
        var objects = 0
        while true {
            objects += 1
            guard objects <= mostObjects * 8, machine.stack.count <= mostObjects,
                machine.heap.sequences.count + machine.heap.dictionaries.count <= mostObjects
            else { throw machine.damaged("the pickle builds too many objects") }
            guard try machine.step() else { break }
        }
        return (try machine.pop(), machine.heap, machine.at)
    }

    private init(reader: ByteReader, at: Int, end: Int, heap: PickleHeap) {
        self.reader = reader
        self.at = at
        self.end = end
        self.heap = heap
    }

    private func damaged(_ reason: String) -> WeightsError {
        .damaged(path: reader.path, offset: at, reason: reason)
    }

    // MARK: Bytes

    private mutating func integer<T: FixedWidthInteger>(_: T.Type) throws(WeightsError) -> T {
        guard at + MemoryLayout<T>.size <= end else { throw damaged("the pickle ends too early") }
        defer { at += MemoryLayout<T>.size }
        return try reader.integer(T.self, at: at)
    }

    private mutating func skip(_ length: some BinaryInteger) throws(WeightsError) {
        guard let count = Int(exactly: length), count >= 0, count <= end - at else {
            throw damaged("the pickle ends too early")
        }
        at += count
    }

    private mutating func text(_ length: some BinaryInteger) throws(WeightsError) -> PickleValue {
        let start = at
        try skip(length)
        return .string(String(decoding: try reader.array(at: start, count: at - start), as: UTF8.self))
    }

    private mutating func line() throws(WeightsError) -> String {
        let start = at
        while try integer(UInt8.self) != UInt8(ascii: "\n") {
            guard at - start < 512 else { throw damaged("the pickle has an endless name") }
        }
        return String(decoding: try reader.array(at: start, count: at - start - 1), as: UTF8.self)
    }

    /// Two's complement, little-endian; longer ones than 64 bits mean nothing here.
    private mutating func long(_ length: Int) throws(WeightsError) -> PickleValue {
        let start = at
        try skip(length)
        guard length <= 8 else { return .opaque }
        let bytes = try reader.array(at: start, count: length)
        var bits: UInt64 = (bytes.last ?? 0) >= 0x80 ? .max : 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        return .int(Int(Int64(bitPattern: bits)))
    }

    // MARK: Stack

    private mutating func pop() throws(WeightsError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
            throw damaged("the pickle takes more than it has")
        }
        return value
    }

    private mutating func popToMark() throws(WeightsError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw damaged("the pickle has no mark here") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func fetch(_ key: Int) throws(WeightsError) {
        guard let value = memo[key] else { throw damaged("the pickle remembers no object \(key)") }
        stack.append(value)
    }

    private mutating func store(_ key: Int) throws(WeightsError) {
        guard let value = stack.last else { throw damaged("the pickle takes more than it has") }
        memo[key] = value
    }

    private mutating func tuple(_ count: Int) throws(WeightsError) {
        var values: [PickleValue] = []
        for _ in 0..<count { values.append(try pop()) }
        stack.append(heap.sequence(values.reversed()))
    }

    // MARK: Opcodes

    /// Carries out one opcode; false after the last.
    private mutating func step() throws(WeightsError) -> Bool {
        let start = at
        let opcode = try integer(UInt8.self)
        switch opcode {
        case UInt8(ascii: "."): return false
        case 0x80: try skip(1)
        case 0x95: try skip(8)
        case UInt8(ascii: "("):
            guard marks.count < Self.mostObjects else { throw damaged("the pickle builds too many objects") }
            marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"):
            let top = try pop()
            stack += [top, top]
        case UInt8(ascii: "h"): try fetch(Int(try integer(UInt8.self)))
        case UInt8(ascii: "j"): try fetch(Int(try integer(UInt32.self)))
        case UInt8(ascii: "q"): try store(Int(try integer(UInt8.self)))
        case UInt8(ascii: "r"): try store(Int(try integer(UInt32.self)))
        case 0x94: try store(memo.count)
        case UInt8(ascii: "c"):
            let module = try line()
            stack.append(.global(try named(module, try line(), at: start)))
        case 0x93:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw damaged("a name in the pickle is no text")
            }
            stack.append(.global(try named(module, name, at: start)))
        default:
            if let value = try scalar(opcode) {
                stack.append(value)
            } else if try !container(opcode) {
                at = start
                throw damaged("the pickle has the opcode \(opcode), which weights do not need")
            }
        }
        return true
    }

    private func named(_ module: String, _ name: String, at offset: Int) throws(WeightsError) -> PickleGlobal
    {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw .refused(path: reader.path, offset: offset, name: "\(module).\(name)")
        }
        return global
    }

    /// A plain value; nil where `opcode` makes none.
    private mutating func scalar(_ opcode: UInt8) throws(WeightsError) -> PickleValue? {
        switch opcode {
        case UInt8(ascii: "N"): return PickleValue.none
        case 0x88: return .bool(true)
        case 0x89: return .bool(false)
        case UInt8(ascii: "J"): return .int(Int(try integer(Int32.self)))
        case UInt8(ascii: "K"): return .int(Int(try integer(UInt8.self)))
        case UInt8(ascii: "M"): return .int(Int(try integer(UInt16.self)))
        case 0x8A: return try long(Int(try integer(UInt8.self)))
        case 0x8B: return try long(Int(try integer(Int32.self)))
        case UInt8(ascii: "G"): return .float(Double(bitPattern: try integer(UInt64.self).byteSwapped))
        case UInt8(ascii: "X"), UInt8(ascii: "T"): return try text(try integer(UInt32.self))
        case UInt8(ascii: "U"), 0x8C: return try text(try integer(UInt8.self))
        case 0x8D: return try text(try integer(UInt64.self))
        case UInt8(ascii: "B"): try skip(try integer(UInt32.self))
        case UInt8(ascii: "C"): try skip(try integer(UInt8.self))
        case 0x8E, 0x96: try skip(try integer(UInt64.self))
        default: return nil
        }
        return .opaque
    }

    /// Builds or fills a container, a tensor or a storage; false where `opcode` does neither.
    private mutating func container(_ opcode: UInt8) throws(WeightsError) -> Bool {
        switch opcode {
        case UInt8(ascii: ")"), UInt8(ascii: "]"): stack.append(heap.sequence([]))
        case UInt8(ascii: "}"): stack.append(heap.dictionary([]))
        case UInt8(ascii: "t"), UInt8(ascii: "l"): stack.append(heap.sequence(try popToMark()))
        case 0x85, 0x86, 0x87: try tuple(Int(opcode) - 0x84)
        case UInt8(ascii: "a"): try extend([try pop()])
        case UInt8(ascii: "e"): try extend(try popToMark())
        case UInt8(ascii: "d"): stack.append(heap.dictionary(try pairs(try popToMark())))
        case UInt8(ascii: "s"):
            let value = try pop()
            try fill([.init(key: try pop(), value: value)])
        case UInt8(ascii: "u"): try fill(try pairs(try popToMark()))
        case 0x8F: stack.append(.opaque)
        case 0x90: _ = try popToMark()
        case 0x91:
            _ = try popToMark()
            stack.append(.opaque)
        case UInt8(ascii: "b"): _ = try pop()
        case UInt8(ascii: "Q"): stack.append(try TorchObjects.storage(try pop(), &heap, reader, at))
        case UInt8(ascii: "R"), 0x81:
            let arguments = try pop()
            stack.append(try TorchObjects.build(try pop(), arguments, &heap, reader, at))
        case 0x92:
            _ = try pop()
            let arguments = try pop()
            stack.append(try TorchObjects.build(try pop(), arguments, &heap, reader, at))
        default: return false
        }
        return true
    }

    private func pairs(_ values: [PickleValue]) throws(WeightsError) -> [PickleHeap.Pair] {
        guard values.count.isMultiple(of: 2) else { throw damaged("a key in the pickle has no value") }
        return stride(from: 0, to: values.count, by: 2).map { .init(key: values[$0], value: values[$0 + 1]) }
    }

    private mutating func extend(_ values: [PickleValue]) throws(WeightsError) {
        switch stack.last {
        case .sequence(let index): heap.sequences[index] += values
        case .opaque: break
        default: throw damaged("the pickle appends to something that is no list")
        }
    }

    private mutating func fill(_ pairs: [PickleHeap.Pair]) throws(WeightsError) {
        switch stack.last {
        case .dictionary(let index): heap.dictionaries[index] += pairs
        case .opaque: break
        default: throw damaged("the pickle sets a key of something that is no dictionary")
        }
    }
}
