import Frames
import Pipeline

/// What the screen's queue owns: the terminal, what it shows, and when it is drawn again. Every event ends
/// in `turn`.
final class ScreenLoop {
    private let subject: ScreenSubject
    private let options: ScreenOptions
    private let terminal: Terminal
    private let opened: ContinuousClock.Instant
    private(set) var view: ViewState
    private var size: Terminal.Size
    private var encoder = TerminalEncoder()
    private var composer = Composer()
    private var feed = TerminalFeed()
    private var picture: ShownPicture
    private var clocks = DrawClock()
    private var snapshot: RunSnapshot?
    private var nextSnapshot: ContinuousClock.Instant
    private var panelIsShown = false
    private var isDirty = true
    /// In the inbox.
    private var hasNews = false
    private var isUrgent = true
    private var isGone = false

    static let snapshotInterval = Duration.milliseconds(250)

    init(subject: ScreenSubject, options: ScreenOptions, now: ContinuousClock.Instant) throws(ScreenError) {
        let traits = Terminal.traits
        terminal = try Terminal(name: traits.name)
        size = terminal.size ?? Terminal.Size(columns: 80, rows: 24, cellAspect: 0.5)
        self.subject = subject
        self.options = options
        opened = now
        nextSnapshot = now
        view = ViewState(
            threshold: subject.minimumScore,
            picture: options.picture ?? (options.ascii ? .ascii : traits.pictureSet),
            depth: options.colors
                ?? traits.colorDepth(known: terminal.colors, hasDirectColor: terminal.hasDirectColor),
            ascii: options.ascii || !traits.isUTF8)
        picture = ShownPicture(source: subject.source)
    }

    var input: Int32 { terminal.input }
    var outlet: Int32 { terminal.outlet }
    /// Bytes wait for room.
    var hasPending: Bool { feed.hasPending && !isGone }

    // MARK: Events

    /// Reads keys, takes what is new, draws if it is time.
    /// - Returns: what the run is to do.
    func turn(
        _ inbox: (_ visit: (inout ScreenInbox) -> Void) -> Void, snapshot take: () -> RunSnapshot,
        now: ContinuousClock.Instant
    ) -> [ScreenAction] {
        guard !isGone else { return [] }
        var actions = handleKeys()
        checkSize()
        if !feed.flush(terminal.write) || terminal.isGone {
            isGone = true
            return actions + [.hangUp]
        }
        feed.expire(at: now)
        if feed.isIdle { clocks.finish(at: now - opened, now) }
        if now >= nextSnapshot {
            snapshot = take()
            terminal.trimErrors()
            nextSnapshot = now + Self.snapshotInterval
            isDirty = true
        }
        drawIfDue(inbox, now: now)
        if !feed.flush(terminal.write) {
            isGone = true
            actions.append(.hangUp)
        }
        return actions
    }

    /// When `turn` is due at the latest, if nothing happens before.
    func nextTurn(after now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        (isDirty || hasNews) && feed.isIdle
            ? max(min(clocks.due(options.framesPerSecond), nextSnapshot), now) : nextSnapshot
    }

    private func handleKeys() -> [ScreenAction] {
        var actions: [ScreenAction] = []
        for key in terminal.readKeys() {
            guard case .code(let code) = key else {
                feed.answer()
                continue
            }
            guard let command = KeyCommand(key: code) else { continue }
            if let action = view.apply(command, panelIsShown: panelIsShown) {
                actions.append(action)
                switch action {
                case .pause: picture.hold(true)
                case .resume: picture.hold(false)
                case .step: picture.step()
                case .quit, .hangUp: break
                }
            }
            if command == .redraw { encoder.invalidate() }
            isDirty = true
            isUrgent = true
        }
        return actions
    }

    private func checkSize() {
        guard let now = terminal.size, now != size else { return }
        size = now
        terminal.resize(to: now)
        encoder.invalidate()
        isDirty = true
        isUrgent = true
    }

    // MARK: Drawing

    private func drawIfDue(
        _ inbox: (_ visit: (inout ScreenInbox) -> Void) -> Void, now: ContinuousClock.Instant
    ) {
        let isDue = isUrgent || now >= clocks.due(options.framesPerSecond)
        // News that comes before its time must not be forgotten until the next event.
        inbox { inbox in
            inbox.heard()
            hasNews = inbox.hasNews
        }
        guard isDue else { return }
        var tally: [ClassTally.Row] = []
        let canDraw = feed.isIdle
        inbox { inbox in
            // What cannot be drawn yet is left to be replaced by something newer.
            guard canDraw else { return }
            inbox.threshold = view.threshold
            if picture.take(from: &inbox) { isDirty = true }
            hasNews = false
            if isDirty {
                inbox.tally.recount(shownDetections)
                tally = inbox.tally.rows(elapsed: Int((now - opened).seconds))
            }
        }
        guard canDraw else {
            clocks.miss(at: now - opened)
            return
        }
        guard isDirty else { return }
        draw(tally, now: now)
        isDirty = false
        isUrgent = false
    }

    private var shownDetections: [Detection] {
        ClassTally.shown(picture.result?.detections ?? [], minimumScore: view.threshold)
    }

    private func draw(_ tally: [ClassTally.Row], now: ContinuousClock.Instant) {
        let elapsed = now - opened
        var moment = ScreenMoment(
            subject: subject, view: view, snapshot: snapshot, figures: clocks.figures(at: elapsed),
            tally: tally,
            time: picture.time, frameWidth: picture.width, frameHeight: picture.height,
            detections: shownDetections, isStale: picture.isStale, elapsed: elapsed.seconds)
        let layout = Composer.layout(
            moment, columns: size.columns, rows: size.rows, cellAspect: size.cellAspect)
        if let layout {
            panelIsShown = layout.panel != .hidden
            picture.sample(
                width: layout.picture.columns, height: layout.picture.rows * view.picture.samplesPerRow)
            moment.samples = picture.samples
        }
        let grid = composer.compose(moment, layout: layout, columns: size.columns, rows: size.rows)
        // A slow terminal is spared the small changes of the picture first; boxes and figures never wait.
        encoder.tolerance = [2, 8, 20][clocks.strain(at: elapsed)]
        let bytes = encoder.encode(grid)
        clocks.start(at: now, arrival: picture.arrival)
        if bytes.isEmpty { clocks.finish(at: elapsed, now) } else { feed.put(bytes, at: now) }
    }

    // MARK: The terminal comes and goes

    /// Ctrl-Z: back to the shell until continued.
    func suspend() {
        settle()
        terminal.leave()
        Terminal.stopProcess()
        retake()
    }

    /// After the process was stopped: the shell has set the terminal as it likes.
    func retake() {
        terminal.leave()
        terminal.reopen()
        feed.reset()
        clocks.abandon()
        encoder.invalidate()
        isDirty = true
        isUrgent = true
    }

    /// What is on its way is finished, if that is quick, and the terminal given back.
    func close() {
        settle()
        terminal.close()
    }

    /// An answer that came after we left would be typed into the shell.
    private func settle() {
        for _ in 0..<25 where !feed.isIdle && !isGone {
            isGone = !feed.flush(terminal.write)
            if feed.hasPending {
                terminal.awaitRoom(milliseconds: 20)
            } else if !terminal.readKeys().contains(.ready) {
                terminal.awaitInput(milliseconds: 20)
            } else {
                feed.answer()
            }
        }
        if !feed.isIdle { terminal.forgetInput() }
    }
}
