import Testing

@testable import Engine

struct ProcessorShareTests {
    @Test(
        arguments: [
            ("150000 100000\n", 1.5), ("200000 100000", 2), ("50000 100000\n", 0.5), ("max 100000\n", nil),
            ("", nil),
            ("100000", nil), ("0 100000", nil), ("100000 0", nil), ("-1 100000", nil), ("x y", nil),
            (nil, nil),
        ] as [(String?, Double?)])
    func aQuotaIsQuotaByPeriod(text: String?, quota: Double?) {
        #expect(ProcessorShare.quota(text) == quota)
    }

    @Test func theQuotasOfAllGroupsAroundTheProcessCount() {
        #expect(
            ProcessorShare.groups("1:cpu:/old\n0::/a.slice/b/c\n") == [
                "/a.slice/b/c", "/a.slice/b", "/a.slice", "",
            ])
        #expect(ProcessorShare.groups("0::/\n") == [""])
        #expect(ProcessorShare.groups(nil) == [""])
    }

    @Test(
        arguments: [
            (4, nil, 4), (4, 8, 4), (4, 2, 2), (4, 1.5, 2), (4, 0.2, 1), (1, nil, 1), (0, nil, 1),
        ] as [(Int, Double?, Int)])
    func workersAreWhatMaskAndQuotaAllow(processors: Int, quota: Double?, workers: Int) {
        #expect(ProcessorShare(processors: processors, quota: quota).workers == workers)
    }

    /// One and a half processors: two workers are right, but neither may wait in a loop.
    @Test(
        arguments: [
            (2, nil, 2, true), (2, nil, 3, false), (2, 1.5, 2, false), (2, 2, 2, true), (2, 0.5, 1, false),
            (8, 4, 4, true), (8, 4, 5, false),
        ] as [(Int, Double?, Int, Bool)])
    func aTeamSpinsOnlyWhereAllItsWorkersRun(processors: Int, quota: Double?, workers: Int, spins: Bool) {
        let team = WorkerTeam(
            count: workers, steps: 1, share: ProcessorShare(processors: processors, quota: quota))
        #expect(team.spins == spins)
    }
}
