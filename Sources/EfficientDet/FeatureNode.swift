/// One node of a feature network's cell: which maps it fuses, and on which level its result stands.
struct FeatureNode: Equatable {
    let level: Int
    /// Into the cell's list of maps: first the inputs by level, then the nodes' results.
    let offsets: [Int]
    /// Fused by the fast rule whatever the network's rule is (quad FPN's last five).
    var isAlwaysFast = false
}

extension FeatureNetwork {
    /// The nodes of one cell for `levels`.
    func nodes(levels: ClosedRange<Int>) -> [FeatureNode] {
        switch self {
        case .bifpn: Self.bidirectional(levels)
        case .fpn: Self.topDown(levels)
        case .panet: Self.panet(levels)
        case .quad: Self.quad(levels)
        }
    }

    /// Offsets of the cell's results in the order of levels.
    func outputs(levels: ClosedRange<Int>) -> [Int] {
        let count = levels.count
        let total = count + nodes(levels: levels).count
        let last = Array(total - count..<total)
        return self == .fpn ? last.reversed() : last
    }

    /// Top-down the last maps of this level and the one above; bottom-up every map of this level and
    /// the last of the one below.
    private static func bidirectional(_ levels: ClosedRange<Int>) -> [FeatureNode] {
        var maps: [Int: [Int]] = [:]
        for level in levels { maps[level] = [level - levels.lowerBound] }
        var nodes: [FeatureNode] = []
        func add(_ level: Int, _ offsets: [Int]) {
            nodes.append(FeatureNode(level: level, offsets: offsets))
            maps[level, default: []].append(levels.count + nodes.count - 1)
        }
        for level in levels.dropLast().reversed() {
            add(level, [maps[level]?.last, maps[level + 1]?.last].compactMap { $0 })
        }
        for level in levels.dropFirst() {
            add(level, (maps[level] ?? []) + [maps[level - 1]?.last].compactMap { $0 })
        }
        return nodes
    }

    private static func topDown(_ levels: ClosedRange<Int>) -> [FeatureNode] {
        let count = levels.count
        return levels.reversed().enumerated().map { index, level in
            let own = level - levels.lowerBound
            return FeatureNode(level: level, offsets: index == 0 ? [own] : [own, count + index - 1])
        }
    }

    private static func panet(_ levels: ClosedRange<Int>) -> [FeatureNode] {
        let count = levels.count
        let down = topDown(levels)
        let up = levels.enumerated().map { index, level in
            let own = count + (count - 1 - index)
            return FeatureNode(level: level, offsets: index == 0 ? [own] : [own, 2 * count + index - 1])
        }
        return down + up
    }

    /// effdet's `qufpn`, levels 3...7 only.
    private static func quad(_ levels: ClosedRange<Int>) -> [FeatureNode] {
        precondition(levels == 3...7, "the quad FPN is defined for levels 3 to 7")
        let passes: [(Int, [Int])] = [
            (6, [3, 4]), (5, [2, 5]), (4, [1, 6]), (3, [0, 7]),
            (4, [1, 7, 8]), (5, [2, 6, 9]), (6, [3, 5, 10]), (7, [4, 11]),
            (4, [1, 0]), (5, [2, 13]), (6, [3, 14]), (7, [4, 15]),
            (6, [3, 15, 16]), (5, [2, 14, 17]), (4, [1, 13, 18]), (3, [0, 19]),
        ]
        let sums: [(Int, [Int])] = [
            (3, [8, 20]), (4, [9, 19]), (5, [10, 18]), (6, [11, 17]), (7, [12, 16]),
        ]
        return passes.map { FeatureNode(level: $0.0, offsets: $0.1) }
            + sums.map { FeatureNode(level: $0.0, offsets: $0.1, isAlwaysFast: true) }
    }
}
