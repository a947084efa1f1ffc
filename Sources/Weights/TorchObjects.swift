/// What the few known names of a PyTorch pickle stand for.
enum TorchObjects {
    /// A persistent id: ('storage', type, key, location, number of elements, …).
    static func storage(_ id: PickleValue, _ heap: inout PickleHeap, _ reader: ByteReader, _ offset: Int)
        throws(WeightsError) -> PickleValue
    {
        guard case .sequence(let index) = id, heap.sequences[index].count >= 5,
            case .string("storage") = heap.sequences[index][0],
            case .global(.storage(let type)) = heap.sequences[index][1],
            case .string(let key) = heap.sequences[index][2],
            case .int(let count) = heap.sequences[index][4], count >= 0
        else {
            throw .damaged(path: reader.path, offset: offset, reason: "the pickle refers to no storage")
        }
        // Legacy files give views of another storage as (key, offset, size).
        if heap.sequences[index].count > 5, case .sequence = heap.sequences[index][5] {
            throw .damaged(path: reader.path, offset: offset, reason: "a storage is a view of another")
        }
        heap.storages.append(.init(type: type, key: key, count: count))
        return .storage(heap.storages.count - 1)
    }

    /// What calling `callable` would have made.
    static func build(
        _ callable: PickleValue, _ arguments: PickleValue, _ heap: inout PickleHeap, _ reader: ByteReader,
        _ offset: Int
    ) throws(WeightsError) -> PickleValue {
        func damaged(_ reason: String) -> WeightsError {
            .damaged(path: reader.path, offset: offset, reason: reason)
        }
        guard case .sequence(let index) = arguments else { throw damaged("arguments that are no tuple") }
        let values = heap.sequences[index]
        guard case .global(let global) = callable else {
            // A method of something that plays no part.
            if case .opaque = callable { return .opaque }
            throw damaged("the pickle calls something that is no name")
        }
        switch global {
        case .orderedDictionary: return dictionary(values, &heap) ?? heap.dictionary([])
        case .rebuildTensor:
            guard values.count >= 4, case .storage(let storage) = values[0], case .int(let start) = values[1],
                let shape = heap.integers(values[2]), let strides = heap.integers(values[3]), start >= 0
            else { throw damaged("a tensor without storage, offset, shape or strides") }
            heap.tensors.append(.init(storage: storage, offset: start, shape: shape, strides: strides))
            return .tensor(heap.tensors.count - 1)
        case .rebuildParameter:
            guard case .tensor = values.first else { throw damaged("a parameter without a tensor") }
            return values[0]
        case .rebuildFromType:
            // One level only: the function is one of the two above.
            guard values.count >= 3, case .global(let inner) = values[0],
                inner == .rebuildTensor || inner == .rebuildParameter
            else { throw damaged("a tensor of an unknown type") }
            return try build(values[0], values[2], &heap, reader, offset)
        case .storage, .inert: return .opaque
        }
    }

    /// From a list of pairs; nil where the arguments hold none.
    private static func dictionary(_ arguments: [PickleValue], _ heap: inout PickleHeap) -> PickleValue? {
        guard case .sequence(let list) = arguments.first else { return nil }
        heap.copied += heap.sequences[list].count
        guard heap.copied <= Unpickler.mostObjects else { return nil }
        var pairs: [PickleHeap.Pair] = []
        for item in heap.sequences[list] {
            guard case .sequence(let pair) = item, heap.sequences[pair].count == 2 else { return nil }
            pairs.append(.init(key: heap.sequences[pair][0], value: heap.sequences[pair][1]))
        }
        return heap.dictionary(pairs)
    }
}
