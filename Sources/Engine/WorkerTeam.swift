import Glibc
import Synchronization

/// Threads that run the slices of steps together with the caller. Slices are claimed by an atomic
/// counter, so any number of workers gives the same result; a step begins when all slices of the one
/// before are done.
final class WorkerTeam: Sendable {
    /// What one frame asks of every worker: slices of step `step`, worker number for scratch memory.
    protocol Work: AnyObject {
        var stepCount: Int { get }
        func sliceCount(step: Int) -> Int
        func run(step: Int, slice: Int, worker: Int)
        /// Called by the caller's thread when all slices of `step` are done.
        func finished(step: Int)
    }

    let count: Int
    private let shared: Shared
    private let threads: [pthread_t]

    /// - Parameter count: the caller's thread included, at least 1.
    init(count: Int, steps: Int) {
        let shared = Shared(steps: steps, helpers: max(count, 1) - 1)
        self.count = max(count, 1)
        self.shared = shared
        threads = (1..<max(count, 1)).compactMap { number in
            let start = Unmanaged.passRetained(Start(shared: shared, number: number))
            var thread = pthread_t()
            let failed = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                    start.shared.serve(number: start.number)
                    return nil
                }, start.toOpaque())
            guard failed == 0 else {
                start.release()
                shared.loseHelper()
                return nil
            }
            return thread
        }
    }

    deinit {
        shared.stop()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Runs all steps of `work`; returns when the last slice is done and no helper touches it any more.
    func run(_ work: any Work) { shared.run(work) }

    private final class Start {
        let shared: Shared
        let number: Int
        init(shared: Shared, number: Int) {
            self.shared = shared
            self.number = number
        }
    }
}

/// What the workers share. `work` is written by the caller before the generation is raised and read by
/// helpers after they saw it; it is not touched again before all helpers have left.
private final class Shared: @unchecked Sendable {
    private let claimed: [Counter]
    private let finished: [Counter]
    private let generation = Atomic<UInt32>(0)
    private let helpers: Atomic<Int>
    private let left = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private var work: (any WorkerTeam.Work)?
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Rounds of waiting with `pause` before a thread gives the processor away.
    private static let spins = 2000

    /// An atomic of its own cache line.
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
        private let padding: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)
    }

    init(steps: Int, helpers: Int) {
        claimed = (0..<steps).map { _ in Counter() }
        finished = (0..<steps).map { _ in Counter() }
        self.helpers = Atomic(helpers)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(wake)
        lock.deallocate()
        wake.deallocate()
    }

    func loseHelper() { helpers.subtract(1, ordering: .relaxed) }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        raiseGeneration()
    }

    func run(_ work: any WorkerTeam.Work) {
        self.work = work
        left.store(0, ordering: .relaxed)
        for step in 0..<work.stepCount {
            claimed[step].value.store(0, ordering: .relaxed)
            finished[step].value.store(0, ordering: .relaxed)
        }
        if helpers.load(ordering: .relaxed) > 0 { raiseGeneration() }
        takePart(work, worker: 0)
        wait { left.load(ordering: .acquiring) == helpers.load(ordering: .relaxed) }
        self.work = nil
    }

    func serve(number: Int) {
        var seen: UInt32 = 0
        while true {
            seen = nextGeneration(after: seen)
            if isStopping.load(ordering: .acquiring) { return }
            if let work { takePart(work, worker: number) }
            left.add(1, ordering: .acquiringAndReleasing)
        }
    }

    private func takePart(_ work: any WorkerTeam.Work, worker: Int) {
        for step in 0..<work.stepCount {
            let slices = work.sliceCount(step: step)
            while true {
                let slice = claimed[step].value.add(1, ordering: .relaxed).oldValue
                guard slice < slices else { break }
                work.run(step: step, slice: slice, worker: worker)
                finished[step].value.add(1, ordering: .releasing)
            }
            wait { finished[step].value.load(ordering: .acquiring) >= slices }
            if worker == 0 { work.finished(step: step) }
        }
    }

    private func wait(_ isDone: () -> Bool) {
        var rounds = 0
        while !isDone() {
            rounds += 1
            if rounds > Self.spins { sched_yield() }
        }
    }

    private func raiseGeneration() {
        pthread_mutex_lock(lock)
        generation.add(1, ordering: .releasing)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(lock)
    }

    private func nextGeneration(after seen: UInt32) -> UInt32 {
        // Frames follow each other closely: look for the next one before sleeping.
        for _ in 0..<Self.spins {
            let now = generation.load(ordering: .acquiring)
            if now != seen { return now }
        }
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, lock) }
        return generation.load(ordering: .acquiring)
    }
}
