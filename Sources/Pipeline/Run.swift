import Dispatch
import Frames
import Logs
import Synchronization

/// One source through one detector to its sinks. Capture, preparation, network and sinks have a serial
/// queue each; frame n + 1 is prepared while frame n is in the network. `start` once, `wait` for the end.
public final class Run: Sendable {
    struct State: Sendable {
        var flow: Flow
        var statistics = Statistics()
        var pacer = Pacer()
        var started: ContinuousClock.Instant?
        var captureTime: Timestamp?
        var resultTime: Timestamp?
        var reason: EndReason?
        var failures: [RunFailure] = []
        /// Sinks, by number, that failed and get nothing more.
        var failedSinks: Set<Int> = []
        var isPaused = false
        var summary: RunSummary?
    }

    let source: any FrameSource
    let detector: any FrameDetector
    let sinks: [any ResultSink]
    let screen: (any FrameObserver)?
    let clock: RunClock
    let isRealtime: Bool
    let state: Mutex<State>
    private let captureQueue = DispatchQueue(label: "vedette.capture")
    private let prepareQueue = DispatchQueue(label: "vedette.prepare")
    private let networkQueue = DispatchQueue(label: "vedette.network")
    private let sinkQueue = DispatchQueue(label: "vedette.sinks")
    private let finished = DispatchGroup()

    public init(
        source: any FrameSource, detector: any FrameDetector, sinks: [any ResultSink],
        screen: (any FrameObserver)? = nil, options: RunOptions = RunOptions(), clock: RunClock = .system
    ) {
        self.source = source
        self.detector = detector
        self.sinks = sinks
        self.screen = screen
        self.clock = clock
        let isLive = source.description.isLive
        self.isRealtime = options.isRealtime && !isLive
        let policy = options.policy ?? (isLive || options.isRealtime ? .latest : .every)
        let mailbox: any Mailbox =
            switch policy {
            case .latest: LatestState()
            case .every: EveryState()
            }
        // More than two slots would only make frames wait longer inside.
        let slots = min(detector.slots, 2)
        self.state = Mutex(State(flow: Flow(mailbox: mailbox, slots: slots, stride: max(options.stride, 1))))
    }

    // MARK: From outside, on any thread

    /// Begins; to be called once.
    public func start() {
        finished.enter()
        let now = clock.now()
        let steps = state.withLock { state in
            precondition(state.started == nil, "a run starts once")
            state.started = now
            return state.flow.start()
        }
        take(steps)
    }

    /// Ends the run from left to right: nothing more is captured, what is in flight is inferred and
    /// goes to the sinks. With `discarding`, what is in flight is dropped instead; a second call may ask
    /// for that. The first reason stays.
    public func stop(reason: EndReason, discarding: Bool = false) {
        take(
            state.withLock { state in
                state.reason = state.reason ?? reason
                return state.flow.stop(discarding: discarding)
            })
    }

    /// Returns after the last sink has got the last result. Blocks its thread.
    public func wait() -> RunSummary {
        finished.wait()
        guard let summary = state.withLock({ $0.summary }) else {
            preconditionFailure("a run is waited for after its start")
        }
        return summary
    }

    /// Stops asking a file for frames. A live source goes on, and so do detection and log: there only
    /// the picture stands still.
    public func pause() {
        state.withLock { state in
            state.isPaused = true
            if !source.description.isLive { state.flow.pause() }
        }
    }

    public func resume() {
        take(
            state.withLock { state in
                state.isPaused = false
                state.pacer.reset()
                return state.flow.resume()
            })
    }

    /// One frame more of a paused file.
    public func step() {
        take(
            state.withLock { state in
                state.pacer.reset()
                return state.flow.grant()
            })
    }

    public var snapshot: RunSnapshot {
        let now = clock.now()
        // Copied under the lock, computed outside it: percentiles sort.
        let state = state.withLock { $0 }
        let elapsed = state.started.map { now - $0 } ?? .zero
        return RunSnapshot(
            elapsed: elapsed, ledger: ledger(of: state), capture: state.statistics.capture(at: elapsed),
            inference: state.statistics.inference(at: elapsed), stages: state.statistics.stages(at: elapsed),
            classesNow: state.statistics.classesNow, classesTotal: state.statistics.classesTotal,
            captureTime: state.captureTime, resultTime: state.resultTime, isPaused: state.isPaused,
            isFinished: state.summary != nil)
    }

    private func ledger(of state: State) -> Ledger {
        var ledger = state.flow.ledger
        ledger.passOutside(source.skippedOutside)
        return ledger
    }

    // MARK: Steps

    func take(_ steps: [Flow.Step]) {
        for step in steps {
            switch step {
            case .capture: captureQueue.async { self.capture() }
            case .prepare(let frame, let slot, let droppedBefore):
                prepareQueue.async { self.prepare(frame, slot: slot, droppedBefore: droppedBefore) }
            case .pass(let gap): prepareQueue.async { self.pass(gap) }
            case .cancel: source.cancel()
            case .finish: finish()
            }
        }
    }

    func onNetworkQueue(_ work: @escaping @Sendable () -> Void) { networkQueue.async(execute: work) }

    func onSinkQueue(_ work: @escaping @Sendable () -> Void) { sinkQueue.async(execute: work) }

    /// On the capture queue, `delay` from now.
    func onCaptureQueue(after delay: Duration, _ work: @escaping @Sendable () -> Void) {
        clock.schedule(delay, captureQueue, work)
    }

    func fail(_ failure: RunFailure, discarding: Bool) {
        take(
            state.withLock { state in
                state.failures.append(failure)
                state.reason = state.reason ?? .error
                return state.flow.stop(discarding: discarding)
            })
    }

    private func finish() {
        let now = clock.now()
        state.withLock { state in
            let ledger = ledger(of: state)
            if !ledger.isBalanced { state.failures.append(.unbalanced(ledger)) }
            state.summary = RunSummary(
                ledger: ledger, reason: state.reason ?? (source.hasReachedLimit ? .limit : .end),
                failures: state.failures,
                latency: state.statistics.wholeRun.percentiles,
                elapsed: state.started.map { now - $0 } ?? .zero, sourceTime: state.captureTime ?? .zero,
                classes: state.statistics.classesTotal)
        }
        finished.leave()
    }
}
