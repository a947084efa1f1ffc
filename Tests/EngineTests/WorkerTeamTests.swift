import Synchronization
import Testing

@testable import Engine

/// Notes which slices ran, and whether a step began before the one before it was done.
private final class Book: WorkerTeam.Work, Sendable {
    let counts: [Int]
    let visits: Mutex<[[Int]]>
    let failures = Mutex<[String]>([])
    let ended = Mutex<[Int]>([])

    init(_ counts: [Int]) {
        self.counts = counts
        visits = Mutex(counts.map { Array(repeating: 0, count: $0) })
    }

    var stepCount: Int { counts.count }
    func sliceCount(step: Int) -> Int { counts[step] }

    func run(step: Int, slice: Int, worker: Int) {
        visits.withLock { visits in
            visits[step][slice] += 1
            if step > 0, visits[step - 1].contains(0) {
                failures.withLock { $0.append("step \(step) began early") }
            }
        }
    }

    func finished(step: Int) { ended.withLock { $0.append(step) } }
}

struct WorkerTeamTests {
    @Test(arguments: [1, 2, 3, 5, 16])
    func everySliceRunsOnceAndStepsKeepTheirOrder(workers: Int) {
        let counts = [3, 0, 1, 17, 2, 64, 1]
        let team = WorkerTeam(count: workers, steps: counts.count)
        for _ in 0..<50 {
            let book = Book(counts)
            team.run(book)
            #expect(book.visits.withLock { $0 } == counts.map { Array(repeating: 1, count: $0) })
            #expect(book.failures.withLock { $0 }.isEmpty)
            #expect(book.ended.withLock { $0 } == Array(counts.indices))
        }
    }

    @Test func aTeamEndsWithoutHavingWorked() {
        for workers in 1...4 { _ = WorkerTeam(count: workers, steps: 1) }
    }

    @Test func atLeastOneWorkerIsAvailable() { #expect(WorkerCount.available() >= 1) }
}
