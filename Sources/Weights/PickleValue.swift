/// What an unpickled object may be: plain values, and descriptions of tensors. Containers are numbers into
/// `PickleHeap`, so that objects that hold each other neither leak nor recurse.
enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    /// Tuple or list.
    case sequence(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
    /// Anything that plays no part: long integers, bytes, sets, arguments of a training run.
    case opaque
}

/// The names that a pickle may refer to. Nothing is ever called: each is a word whose meaning this reader
/// knows, and any other word is refused.
enum PickleGlobal: Sendable, Equatable {
    case orderedDictionary
    /// (storage, offset, shape, strides, …).
    case rebuildTensor
    /// (tensor, …).
    case rebuildParameter
    /// (function, type, arguments, state).
    case rebuildFromType
    case storage(ElementType)
    /// Things that stand beside the weights in a training checkpoint and that say nothing about them.
    case inert

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
            self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
            self = .rebuildParameter
        case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("torch", _), ("torch.storage", _), ("torch.cuda", _):
            if let type = Self.storages[name] {
                self = .storage(type)
            } else if Self.inertTorch.contains(name) {
                self = .inert
            } else {
                return nil
            }
        default:
            guard Self.inertNames.contains("\(module) \(name)") else { return nil }
            self = .inert
        }
    }

    private static let storages: [String: ElementType] = [
        "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
        "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16,
        "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool, "UntypedStorage": .uint8,
    ]

    private static let inertTorch: Set<String> = [
        "Size", "device", "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8",
        "uint8", "bool", "contiguous_format", "channels_last", "preserve_format",
    ]

    private static let inertNames: Set<String> = [
        "argparse Namespace", "types SimpleNamespace", "collections defaultdict", "collections Counter",
        "builtins set", "builtins dict", "builtins list", "builtins int", "builtins float", "__builtin__ set",
        "__builtin__ dict", "__builtin__ list", "__builtin__ int", "__builtin__ float",
        "numpy.core.multiarray scalar", "numpy._core.multiarray scalar", "numpy dtype",
        "numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct", "numpy ndarray",
        "_codecs encode", "datetime datetime", "datetime timedelta", "pathlib PosixPath", "pathlib Path",
        "torch.nn.parameter Parameter", "torch.nn.parameter Buffer", "torch.serialization _get_layout",
    ]
}

/// The containers of an unpickled object.
struct PickleHeap: Sendable {
    struct Pair: Sendable {
        var key: PickleValue
        var value: PickleValue
    }

    struct Storage: Sendable {
        var type: ElementType
        /// Names the bytes in the container.
        var key: String
        /// In elements.
        var count: Int
    }

    struct Tensor: Sendable {
        var storage: Int
        /// In elements.
        var offset: Int
        var shape: [Int]
        var strides: [Int]
    }

    var sequences: [[PickleValue]] = []
    var dictionaries: [[Pair]] = []
    var storages: [Storage] = []
    var tensors: [Tensor] = []
    /// Elements that were copied from one container to another: the only work that does not shrink as the
    /// pickle is read.
    var copied = 0

    mutating func sequence(_ values: [PickleValue]) -> PickleValue {
        sequences.append(values)
        return .sequence(sequences.count - 1)
    }

    mutating func dictionary(_ pairs: [Pair]) -> PickleValue {
        dictionaries.append(pairs)
        return .dictionary(dictionaries.count - 1)
    }

    /// The integers of a short tuple, such as a shape; nil where `value` is none or holds something else.
    func integers(_ value: PickleValue) -> [Int]? {
        guard case .sequence(let index) = value, sequences[index].count <= 8 else { return nil }
        var numbers: [Int] = []
        for item in sequences[index] {
            guard case .int(let number) = item else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// The last value of the dictionary under the text `key`.
    func member(_ key: String, of dictionary: Int) -> PickleValue? {
        dictionaries[dictionary].last {
            if case .string(let name) = $0.key { name == key } else { false }
        }?.value
    }
}
