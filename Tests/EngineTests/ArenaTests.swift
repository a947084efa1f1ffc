import Testing

@testable import Engine

struct ArenaTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func whatIsAliveTogetherNeverOverlaps(seed: UInt64) {
        var random = RandomNumbers(seed: seed)
        let tenants = (0..<Int.random(in: 1...60, using: &random)).map { _ in
            let start = Int.random(in: 0...30, using: &random)
            return ArenaPlan.Tenant(
                floats: .random(in: 0...500, using: &random),
                life: start...(start + .random(in: 0...10, using: &random)))
        }
        let plan = ArenaPlan(tenants)
        for (i, one) in tenants.enumerated() {
            #expect(plan.offsets[i] % 16 == 0)
            #expect(plan.offsets[i] + one.floats <= plan.floats)
            for j in 0..<i where one.life.overlaps(tenants[j].life) && one.floats > 0 && tenants[j].floats > 0
            {
                let (a, b) = (plan.offsets[i], plan.offsets[j])
                #expect(a + one.floats <= b || b + tenants[j].floats <= a, "seed \(seed): \(i) and \(j)")
            }
        }
    }

    @Test func whatIsNeverAliveTogetherSharesItsPlace() {
        let plan = ArenaPlan((0..<10).map { .init(floats: 160, life: $0 * 2...$0 * 2 + 1) })
        #expect(plan.floats == 160)
    }
}
