import CKernels
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
    /// Whether workers look at what they wait for some times before they sleep.
    var spins: Bool { shared.spins > 0 }
    private let shared: Shared
    private let threads: [pthread_t]

    /// - Parameters:
    ///   - count: the caller's thread included, at least 1.
    ///   - share: what the workers may use of the machine.
    init(count: Int, steps: Int, share: ProcessorShare = ProcessorShare()) {
        let shared = Shared(
            steps: steps, helpers: max(count, 1) - 1, spins: share.suffices(for: max(count, 1)) ? 1000 : 0)
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
    private let claimed: Counters
    private let finished: Counters
    /// How many sleep until a step is finished or all helpers have left.
    private let sleepers = Atomic<Int>(0)
    private let generation: Counters
    private let idle = Atomic<Int>(0)
    private let helpers: Atomic<UInt32>
    private let left: Counters
    private let isStopping = Atomic<Bool>(false)
    private var work: (any WorkerTeam.Work)?
    /// Looks at a counter before a thread sleeps; none where there are more workers than processors, or the
    /// quota does not pay for all of them: for whom everybody waits may need this one's time.
    let spins: Int

    init(steps: Int, helpers: Int, spins: Int) {
        self.spins = spins
        claimed = Counters(steps)
        finished = Counters(steps)
        generation = Counters(1)
        left = Counters(1)
        self.helpers = Atomic(UInt32(helpers))
    }

    func loseHelper() { helpers.subtract(1, ordering: .relaxed) }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        raiseGeneration()
    }

    func run(_ work: any WorkerTeam.Work) {
        self.work = work
        left[0].store(0, ordering: .relaxed)
        for step in 0..<work.stepCount {
            claimed[step].store(0, ordering: .relaxed)
            finished[step].store(0, ordering: .relaxed)
        }
        let helpers = helpers.load(ordering: .relaxed)
        if helpers > 0 { raiseGeneration() }
        takePart(work, worker: 0)
        wait(left, 0, until: helpers)
        self.work = nil
    }

    func serve(number: Int) {
        var seen: UInt32 = 0
        while true {
            seen = nextGeneration(after: seen)
            if isStopping.load(ordering: .acquiring) { return }
            if let work { takePart(work, worker: number) }
            count(left, 0, by: 1, to: helpers.load(ordering: .relaxed))
        }
    }

    private func takePart(_ work: any WorkerTeam.Work, worker: Int) {
        for step in 0..<work.stepCount {
            let slices = UInt32(work.sliceCount(step: step))
            var done: UInt32 = 0
            while true {
                let slice = claimed[step].add(1, ordering: .relaxed).oldValue
                guard slice < slices else { break }
                work.run(step: step, slice: Int(slice), worker: worker)
                done += 1
            }
            if done > 0 { count(finished, step, by: done, to: slices) }
            wait(finished, step, until: slices)
            if worker == 0 { work.finished(step: step) }
        }
    }

    /// Counts, and wakes who sleeps where that was the last.
    private func count(_ counters: Counters, _ index: Int, by amount: UInt32, to all: UInt32) {
        let now = counters[index].add(amount, ordering: .sequentiallyConsistent).newValue
        if now >= all, sleepers.load(ordering: .sequentiallyConsistent) > 0 { ck_wake(counters.word(index)) }
    }

    private func wait(_ counters: Counters, _ index: Int, until all: UInt32) {
        for _ in 0..<spins {
            if counters[index].load(ordering: .acquiring) >= all { return }
            ck_pause()
        }
        // Whoever counts the last looks for sleepers afterwards, so none sleeps on.
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while true {
            let now = counters[index].load(ordering: .sequentiallyConsistent)
            if now >= all { break }
            ck_sleep(counters.word(index), now)
        }
        sleepers.subtract(1, ordering: .relaxed)
    }

    private func raiseGeneration() {
        generation[0].add(1, ordering: .sequentiallyConsistent)
        if idle.load(ordering: .sequentiallyConsistent) > 0 { ck_wake(generation.word(0)) }
    }

    private func nextGeneration(after seen: UInt32) -> UInt32 {
        // Frames follow each other closely: look for the next one before sleeping.
        for _ in 0..<spins {
            let now = generation[0].load(ordering: .acquiring)
            if now != seen { return now }
            ck_pause()
        }
        idle.add(1, ordering: .sequentiallyConsistent)
        defer { idle.subtract(1, ordering: .relaxed) }
        while true {
            let now = generation[0].load(ordering: .sequentiallyConsistent)
            if now != seen { return now }
            ck_sleep(generation.word(0), now)
        }
    }
}

/// Atomic numbers, each in a cache line of its own, on which threads may sleep.
private final class Counters: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Atomic<UInt32>>
    /// Numbers of a line of 64 bytes.
    private static let stride = 16

    init(_ count: Int) {
        base = .allocate(capacity: max(count, 1) * Self.stride)
        for index in 0..<max(count, 1) { (base + index * Self.stride).initialize(to: Atomic(0)) }
    }

    deinit { base.deallocate() }

    subscript(index: Int) -> Atomic<UInt32> {
        _read { yield base[index * Self.stride] }
    }

    func word(_ index: Int) -> UnsafePointer<UInt32> {
        UnsafePointer(UnsafeRawPointer(base + index * Self.stride).assumingMemoryBound(to: UInt32.self))
    }
}
