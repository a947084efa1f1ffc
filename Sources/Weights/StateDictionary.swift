/// Finds the weights in what a PyTorch file holds: the dictionary itself, or one inside a training
/// checkpoint.
enum StateDictionary {
    /// Averaged weights come first: they are what a training run is evaluated with.
    private static let places = [
        "state_dict_ema", "model_ema", "ema_state_dict", "state_dict", "model_state_dict", "model", "net",
    ]

    /// Names, without the wrappers' prefixes, and numbers of tensors; nil where there are none.
    static func find(in root: PickleValue, _ heap: PickleHeap) -> [(name: String, tensor: Int)]? {
        guard case .dictionary(var index) = root else { return nil }
        // A few steps inward: a dictionary may hold itself.
        for _ in 0..<4 {
            let inner = places.lazy.compactMap { place -> Int? in
                guard case .dictionary(let inner) = heap.member(place, of: index) else { return nil }
                return inner
            }.first
            guard let inner else { break }
            index = inner
        }
        var tensors: [(String, Int)] = []
        for pair in heap.dictionaries[index] {
            guard case .string(let key) = pair.key, case .tensor(let tensor) = pair.value else { continue }
            let name = bare(key)
            // A count of training steps.
            guard !name.hasSuffix(".num_batches_tracked") else { continue }
            tensors.append((name, tensor))
        }
        return tensors.isEmpty ? nil : tensors
    }

    /// Without what wrappers put in front: data parallel, benches, compilation.
    private static func bare(_ key: String) -> String {
        var name = Substring(key)
        while let prefix = ["module.", "model.", "_orig_mod."].first(where: { name.hasPrefix($0) }) {
            name = name.dropFirst(prefix.utf8.count)
        }
        return String(name)
    }
}
