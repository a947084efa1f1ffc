import Frames

/// What each stage does on its queue. A stage hands its work on before it tells the flow, so that the
/// next stage's queue sees items in their order.
extension Run {
    // MARK: Capture queue

    func capture() {
        do {
            guard let event = try source.next() else {
                return take(state.withLock { $0.flow.sourceEnded() })
            }
            guard isRealtime, case .frame(let frame) = event else { return receive(event) }
            let now = clock.now()
            let delay = state.withLock { $0.pacer.delay(of: frame.time, now: now) }
            guard delay > .zero else { return receive(event) }
            onCaptureQueue(after: delay) {
                var released = frame
                released.arrival = self.clock.now()
                self.receive(.frame(released))
            }
        } catch {
            fail(.source(error), discarding: false)
        }
    }

    private func receive(_ event: SourceEvent) {
        let now = clock.now()
        let (steps, isTaken) = state.withLock { state in
            let before = state.flow.ledger.captured
            let steps = state.flow.received(event)
            let isTaken = state.flow.ledger.captured > before
            if isTaken, case .frame(let frame) = event {
                state.captureTime = frame.time
                if let started = state.started { state.statistics.captured(at: now - started) }
            }
            return (steps, isTaken)
        }
        if isTaken, case .frame(let frame) = event { screen?.show(frame) }
        take(steps)
    }

    // MARK: Prepare queue

    func prepare(_ frame: Frame, slot: Int, droppedBefore: Int) {
        guard !isDiscarding else { return abandon(slot: slot, isPreparing: true) }
        let wait = (clock.now() - frame.arrival).milliseconds
        do {
            let prepare = try detector.prepare(frame, slot: slot)
            onNetworkQueue {
                self.detect(
                    frame, slot: slot, droppedBefore: droppedBefore, wait: wait, prepare: prepare)
            }
            take(state.withLock { $0.flow.handedOn() })
        } catch {
            abandon(slot: slot, isPreparing: true, because: error)
        }
    }

    func pass(_ gap: Gap) {
        onNetworkQueue { self.onSinkQueue { self.deliver(gap) } }
        take(state.withLock { $0.flow.handedOn() })
    }

    // MARK: Network queue

    private func detect(
        _ frame: Frame, slot: Int, droppedBefore: Int, wait: Double, prepare: Double
    ) {
        guard !isDiscarding else { return abandon(slot: slot, isPreparing: false) }
        do {
            var (detections, timings) = try detector.detect(slot: slot)
            timings.prepare = prepare
            let now = clock.now()
            let result = FrameResult(
                frame: frame, detections: detections, droppedBefore: droppedBefore, wait: wait,
                timings: timings, latency: (now - frame.arrival).milliseconds)
            let steps = state.withLock { state in
                state.resultTime = frame.time
                if let started = state.started { state.statistics.inferred(result, at: now - started) }
                return state.flow.inferred(slot: slot)
            }
            onSinkQueue { self.deliver(result) }
            take(steps)
        } catch {
            abandon(slot: slot, isPreparing: false, because: error)
        }
    }

    // MARK: Sink queue

    private func deliver(_ result: FrameResult) {
        screen?.show(result)
        deliver { try $0.receive(result) }
    }

    private func deliver(_ gap: Gap) {
        deliver { try $0.receive(gap) }
    }

    private func deliver(_ hand: (any ResultSink) throws -> Void) {
        let failed = state.withLock { $0.failedSinks }
        for (number, sink) in sinks.enumerated() where !failed.contains(number) {
            do {
                try hand(sink)
            } catch {
                state.withLock { _ = $0.failedSinks.insert(number) }
                fail(.sink(error), discarding: true)
            }
        }
        take(state.withLock { $0.flow.delivered() })
    }

    // MARK: Ends

    private var isDiscarding: Bool { state.withLock { $0.flow.isDiscarding } }

    /// Gives a frame up. After an `error` the rest of what is in flight is given up, too.
    private func abandon(slot: Int, isPreparing: Bool, because error: (any Error)? = nil) {
        if let error { fail(.detector(error), discarding: true) }
        take(state.withLock { $0.flow.abandoned(slot: slot, isPreparing: isPreparing) })
    }
}
