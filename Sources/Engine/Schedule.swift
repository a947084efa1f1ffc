/// The order of drafts: groups that run one after the other; what is in a group runs side by side. A
/// draft stands in the first group in which everything that it reads is written.
struct Schedule {
    /// Indices of drafts by group.
    let groups: [[Int]]

    init(_ drafts: [Draft]) {
        var ready: [Int: Int] = [:]
        var groups: [[Int]] = []
        for (index, draft) in drafts.enumerated() {
            let group = draft.reads.map { ready[$0] ?? 0 }.max() ?? 0
            for tenant in draft.writes { ready[tenant] = group + 1 }
            while groups.count <= group { groups.append([]) }
            groups[group].append(index)
        }
        // The largest first: what is left at the end of a group should be small.
        self.groups = groups.map { group in
            group.sorted {
                (drafts[$0].multiplyAdds, $1) > (drafts[$1].multiplyAdds, $0)
            }
        }
    }

    /// First and last group that touches each tenant, groups counted from 1; nil for one that none
    /// touches.
    func lives(of drafts: [Draft], tenants: Int) -> [ClosedRange<Int>?] {
        var lives: [ClosedRange<Int>?] = Array(repeating: nil, count: tenants)
        for (group, members) in groups.enumerated() {
            for index in members {
                for tenant in drafts[index].reads + drafts[index].writes {
                    lives[tenant] = (lives[tenant]?.lowerBound ?? group + 1)...(group + 1)
                }
            }
        }
        return lives
    }
}
