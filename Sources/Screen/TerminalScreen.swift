import Dispatch
import Frames
import Glibc
import Pipeline
import Synchronization

/// A run on the terminal. `open` takes the terminal, `start` draws until `close` gives it back.
public final class TerminalScreen: FrameObserver, Sendable {
    private struct Handlers: Sendable {
        var snapshot: @Sendable () -> RunSnapshot
        var act: @Sendable (ScreenAction) -> Void
    }

    /// The queue's own; the lock is never waited for.
    private struct Desk {
        var loop: ScreenLoop?
        var handlers: Handlers?
        var sources: [any DispatchSourceProtocol] = []
        var timer: (any DispatchSourceTimer)?
        var writable: (any DispatchSourceWrite)?
    }

    private let options: ScreenOptions
    private let subject: ScreenSubject
    private let queue = DispatchQueue(label: "vedette.screen")
    private let isScreenQueue = DispatchSpecificKey<Bool>()
    private let inbox: Mutex<ScreenInbox>
    private let desk = Mutex(Desk())

    /// Looks whether there is a terminal to draw on and how large it is; changes nothing.
    public init(options: ScreenOptions, subject: ScreenSubject) throws(ScreenError) {
        guard let size = Terminal.size else { throw .noTerminal }
        guard size.columns >= Layout.minimumColumns, size.rows >= Layout.minimumRows else {
            throw .tooSmall(columns: size.columns, rows: size.rows)
        }
        self.options = options
        self.subject = subject
        inbox = Mutex(
            ScreenInbox(
                isLive: subject.source.isLive, threshold: subject.minimumScore, opened: ContinuousClock.now))
        queue.setSpecific(key: isScreenQueue, value: true)
    }

    deinit { close() }

    /// Takes the terminal: alternate screen, no echo, no cursor.
    public func open() throws(ScreenError) {
        let subject = subject
        let options = options
        let failure: ScreenError? = onQueue { desk in
            guard desk.loop == nil else { return nil }
            // Ours before ncurses looks: it leaves alone what is not at its default.
            signal(SIGTSTP, SIG_IGN)
            signal(SIGWINCH, SIG_IGN)
            do throws(ScreenError) {
                desk.loop = try ScreenLoop(subject: subject, options: options, now: ContinuousClock.now)
                return nil
            } catch {
                signal(SIGTSTP, SIG_DFL)
                signal(SIGWINCH, SIG_DFL)
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Draws and reads keys from now on.
    /// - Parameters:
    ///   - snapshot: called on the screen's queue, four times a second.
    ///   - act: called on the screen's queue for each wish; must not wait for the run's end.
    public func start(
        snapshot: @escaping @Sendable () -> RunSnapshot, act: @escaping @Sendable (ScreenAction) -> Void
    ) {
        onQueue { desk in
            guard let loop = desk.loop, desk.handlers == nil else { return }
            desk.handlers = Handlers(snapshot: snapshot, act: act)
            let keys = DispatchSource.makeReadSource(fileDescriptor: loop.input, queue: self.queue)
            keys.setEventHandler { @Sendable [weak self] in self?.turn() }
            let resized = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: self.queue)
            resized.setEventHandler { @Sendable [weak self] in self?.turn() }
            let stopped = DispatchSource.makeSignalSource(signal: SIGTSTP, queue: self.queue)
            stopped.setEventHandler { @Sendable [weak self] in self?.withLoop { $0.suspend() } }
            let continued = DispatchSource.makeSignalSource(signal: SIGCONT, queue: self.queue)
            continued.setEventHandler { @Sendable [weak self] in self?.withLoop { $0.retake() } }
            let timer = DispatchSource.makeTimerSource(queue: self.queue)
            timer.setEventHandler { @Sendable [weak self] in self?.turn() }
            timer.schedule(deadline: .now())
            desk.sources = [keys, resized, stopped, continued, timer]
            desk.timer = timer
            for source in desk.sources { source.resume() }
        }
    }

    /// Gives the terminal back. May be called again, from any thread, whatever happened before.
    public func close() {
        onQueue { desk in
            for source in desk.sources { source.cancel() }
            desk.writable?.cancel()
            guard let loop = desk.loop else { return }
            loop.close()
            signal(SIGTSTP, SIG_DFL)
            signal(SIGWINCH, SIG_DFL)
            desk = Desk()
        }
    }

    // MARK: FrameObserver

    public func show(_ frame: Frame) {
        if inbox.withLock({ $0.put(frame) }) { wake() }
    }

    public func show(_ result: FrameResult) {
        if inbox.withLock({ $0.put(result) }) { wake() }
    }

    // MARK: The screen's queue

    private func wake() {
        queue.async { [weak self] in self?.turn() }
    }

    private func onQueue<R: Sendable>(_ work: (inout Desk) -> R) -> R {
        if DispatchQueue.getSpecific(key: isScreenQueue) == true { return desk.withLock { work(&$0) } }
        return queue.sync { desk.withLock { work(&$0) } }
    }

    private func withLoop(_ work: (ScreenLoop) -> Void) {
        desk.withLock { desk in
            if let loop = desk.loop { work(loop) }
        }
        turn()
    }

    private func turn() {
        let (actions, act) = desk.withLock { desk -> ([ScreenAction], (@Sendable (ScreenAction) -> Void)?) in
            guard let loop = desk.loop, let handlers = desk.handlers else { return ([], nil) }
            let actions = loop.turn(
                { visit in self.inbox.withLock { visit(&$0) } }, snapshot: handlers.snapshot,
                now: ContinuousClock.now)
            let now = ContinuousClock.now
            let delay = max((loop.nextTurn(after: now) - now).seconds, 0)
            desk.timer?.schedule(deadline: .now() + delay, leeway: .milliseconds(1))
            self.awaitRoom(&desk)
            if actions.contains(.hangUp) { for source in desk.sources { source.cancel() } }
            return (actions, handlers.act)
        }
        // Outside of the lock: an action may close the screen.
        for action in actions { act?(action) }
    }

    /// Listens for room in the terminal while bytes wait for it.
    private func awaitRoom(_ desk: inout Desk) {
        guard let loop = desk.loop, loop.hasPending else {
            desk.writable?.cancel()
            desk.writable = nil
            return
        }
        guard desk.writable == nil else { return }
        let writable = DispatchSource.makeWriteSource(fileDescriptor: loop.outlet, queue: queue)
        writable.setEventHandler { @Sendable [weak self] in self?.turn() }
        writable.resume()
        desk.writable = writable
    }
}
