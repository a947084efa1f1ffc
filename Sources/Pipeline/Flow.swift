import Frames

/// Who may do what next in a run. Each event of a stage returns the steps to take; the steps are taken
/// outside the lock. One step per stage is out at a time, so order is kept without looking at numbers.
struct Flow: Sendable {
    /// A piece of work for one stage's queue.
    enum Step: Sendable {
        /// Ask the source for its next event.
        case capture
        /// Letterbox into `slot`.
        case prepare(Frame, slot: Int, droppedBefore: Int)
        /// Lead a gap through the stages, behind the frames before it.
        case pass(Gap)
        /// Make the source give up.
        case cancel
        /// Nothing is left to do.
        case finish
    }

    private enum Capture {
        case idle, busy, ended
    }

    /// Results that may wait for the sinks before the detector waits for them.
    static let mostForSinks = 4

    private(set) var ledger = Ledger()
    /// What is in flight is thrown away instead of inferred.
    private(set) var isDiscarding = false
    private(set) var isPaused = false
    private(set) var isFinished = false
    private var mailbox: any Mailbox
    private var freeSlots: [Int]
    private let slotCount: Int
    private let stride: Int
    private var capture = Capture.idle
    private var arrivals = 0
    /// Frames that may pass although paused.
    private var granted = 0
    private var isPreparing = false
    /// Frames and gaps that left the mailbox and have not left the sinks.
    private var inside = 0

    /// `slots`, `stride`: at least 1.
    init(mailbox: any Mailbox, slots: Int, stride: Int) {
        precondition(slots >= 1 && stride >= 1, "a run has slots and a stride")
        self.mailbox = mailbox
        self.freeSlots = Array((0..<slots).reversed())
        self.slotCount = slots
        self.stride = stride
    }

    /// Frames captured whose fate is open; together with the ledger it always adds up.
    var framesInFlight: Int { mailbox.frameCount + slotCount - freeSlots.count }

    // MARK: Source

    mutating func start() -> [Step] { next() }

    /// The source delivered `event`. What comes after the end is not counted: nobody asked for it.
    mutating func received(_ event: SourceEvent) -> [Step] {
        guard capture == .busy else { return [] }
        capture = .idle
        switch event {
        case .gap(let gap):
            ledger.lose(gap)
            _ = mailbox.put(event)
        case .frame:
            ledger.capture()
            defer { arrivals += 1 }
            guard arrivals % stride == 0 else {
                ledger.skip(.stride)
                break
            }
            ledger.drop(.slow, count: mailbox.put(event))
        }
        return next()
    }

    /// The source has ended or failed.
    mutating func sourceEnded() -> [Step] {
        capture = .ended
        return next()
    }

    // MARK: Detector

    /// The frame or gap of the last `prepare` or `pass` went on to the network's queue.
    mutating func handedOn() -> [Step] {
        isPreparing = false
        return next()
    }

    /// The network is through with `slot`; its result goes to the sinks.
    mutating func inferred(slot: Int) -> [Step] {
        ledger.infer()
        freeSlots.append(slot)
        return next()
    }

    /// The frame in `slot` will not be inferred.
    mutating func abandoned(slot: Int, isPreparing wasPreparing: Bool) -> [Step] {
        ledger.drop(.shutdown)
        freeSlots.append(slot)
        inside -= 1
        if wasPreparing { isPreparing = false }
        return next()
    }

    // MARK: Sinks

    /// The sinks are through with a result or a gap.
    mutating func delivered() -> [Step] {
        inside -= 1
        return next()
    }

    // MARK: Wishes

    /// Takes nothing more from the source; what is in flight is inferred, or with `discarding` dropped.
    /// May be called again to discard after all.
    mutating func stop(discarding: Bool) -> [Step] {
        let isFirst = capture != .ended
        capture = .ended
        if discarding, !isDiscarding {
            isDiscarding = true
            ledger.drop(.shutdown, count: mailbox.discardFrames())
        }
        return (isFirst ? [.cancel] : []) + next()
    }

    /// The source is asked for nothing until `resume`.
    mutating func pause() { isPaused = true }

    mutating func resume() -> [Step] {
        isPaused = false
        granted = 0
        return next()
    }

    /// One more event although paused.
    mutating func grant() -> [Step] {
        guard isPaused else { return [] }
        granted += 1
        return next()
    }

    // MARK: Decision

    private mutating func next() -> [Step] {
        var steps: [Step] = []
        if !isPreparing, inside < slotCount + Self.mostForSinks,
            let delivery = mailbox.take(whereSlotIsFree: !freeSlots.isEmpty)
        {
            isPreparing = true
            inside += 1
            switch delivery {
            case .gap(let gap): steps.append(.pass(gap))
            case .frame(let frame, let droppedBefore):
                steps.append(.prepare(frame, slot: freeSlots.removeLast(), droppedBefore: droppedBefore))
            }
        }
        if capture == .idle, mailbox.hasRoom, !isPaused || granted > 0 {
            capture = .busy
            granted = max(granted - 1, 0)
            steps.append(.capture)
        }
        // A slot may come back after its result has passed the sinks.
        let isDrained = mailbox.isEmpty && inside == 0 && freeSlots.count == slotCount
        if capture == .ended, isDrained, !isFinished {
            isFinished = true
            steps.append(.finish)
        }
        return steps
    }
}
