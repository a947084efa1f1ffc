import CNcurses
import Glibc

/// The terminal itself: ncurses sets it up, decodes its keys and gives it back; what is drawn goes out by
/// `write`. Used from one thread at a time.
final class Terminal {
    struct Size: Sendable, Hashable {
        var columns: Int
        var rows: Int
        /// Width over height; 0.5 where the terminal does not say.
        var cellAspect: Double
    }

    enum Key: Sendable, Hashable {
        /// The terminal has dealt with all that was sent before it was asked.
        case ready
        case code(Int32)
    }

    /// Asks whether all is dealt with (ECMA-48 DSR 5); the answer is `Key.ready`.
    static let question: [UInt8] = Array("\u{1B}[5n".utf8)
    private static let answerKey: Int32 = 0o1717

    /// What ncurses reads and writes.
    private let device: UnsafeMutablePointer<FILE>
    /// For `write`: does not block, except where the terminal has no name to open it by.
    private let output: Int32
    private let screen: OpaquePointer
    private let keys: UnsafeMutablePointer<WINDOW>
    private let rescue: TerminalRescue
    private var errors: HeldErrors?
    private var isOpen = true

    let colors: Int
    let hasDirectColor: Bool

    /// Of standard output; nil where it is no terminal.
    static var size: Size? { size(of: STDOUT_FILENO) }

    static var traits: TerminalTraits {
        TerminalTraits { name in getenv(name).map { String(cString: $0) } }
    }

    /// Switches to the alternate screen, without echo, cursor and line buffering.
    init(name: String) throws(ScreenError) {
        guard isatty(STDOUT_FILENO) == 1 else { throw .noTerminal }
        // Before ncurses looks: what has a handler already keeps it.
        rescue = TerminalRescue(descriptor: STDOUT_FILENO)
        // Opened anew where it has a name, so that what we set on it is ours alone.
        let path = ttyname(STDOUT_FILENO).map { String(cString: $0) }
        let again = path.map { open($0, O_RDWR | O_NOCTTY | O_CLOEXEC) } ?? -1
        guard let device = fdopen(again >= 0 ? again : dup(STDOUT_FILENO), "r+") else {
            rescue.disarm()
            throw .noTerminal
        }
        self.device = device
        let own = path.map { open($0, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) } ?? -1
        output = own >= 0 ? own : dup(STDOUT_FILENO)
        guard let screen = newterm(nil, device, device) else {
            rescue.disarm()
            throw .unknownTerminal(name)
        }
        self.screen = screen
        colors = Int(tigetnum("colors"))
        hasDirectColor = tigetflag("RGB") > 0 || tigetflag("Tc") > 0 || tigetnum("RGB") > 0
        guard let move = tigetstr("cup"), String(cString: move).hasPrefix("\u{1B}["), let pad = newpad(1, 1)
        else {
            endwin()
            delscreen(screen)
            rescue.disarm()
            throw .unfitTerminal(name)
        }
        // A pad of its own: reading a key from the standard screen would draw that.
        keys = pad
        set_escdelay(25)
        define_key("\u{1B}[0n", Self.answerKey)
        cbreak()
        noecho()
        nonl()
        curs_set(0)
        keypad(keys, true)
        nodelay(keys, true)
        refresh()
        errors = HeldErrors()
        if let errors { rescue.say(errors) }
    }

    deinit {
        close()
        delwin(keys)
        delscreen(screen)
        fclose(device)
        Glibc.close(output)
    }

    var size: Size? { Self.size(of: fileno(device)) }

    /// For Dispatch: readable when keys wait, writable when there is room.
    var input: Int32 { fileno(device) }
    var outlet: Int32 { output }

    /// Keys typed since the last call.
    func readKeys() -> [Key] {
        var read: [Key] = []
        while true {
            let key = wgetch(keys)
            if key == ERR { return read }
            if key == Self.answerKey { read.append(.ready) } else { read.append(.code(key)) }
        }
    }

    /// Whether nobody can type or read any more.
    var isGone: Bool {
        var poll = pollfd(fd: input, events: 0, revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0 && poll.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    /// Writes as much of `bytes` as there is room for now.
    /// - Returns: how much; nil where the terminal is gone.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        while true {
            let count = bytes.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno == EAGAIN { return 0 }
            if errno != EINTR { return nil }
        }
    }

    /// Waits until there is room for more, at most `milliseconds`.
    func awaitRoom(milliseconds: Int32) {
        var poll = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        Glibc.poll(&poll, 1, milliseconds)
    }

    /// Waits until there is something to read, at most `milliseconds`.
    func awaitInput(milliseconds: Int32) {
        var poll = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        Glibc.poll(&poll, 1, milliseconds)
    }

    /// Throws away what was typed and not read.
    func forgetInput() { tcflush(input, TCIFLUSH) }

    /// ncurses must know it for when it takes the terminal again.
    func resize(to size: Size) {
        resizeterm(Int32(size.rows), Int32(size.columns))
    }

    /// Gives the terminal back; `reopen` takes it again.
    func leave() {
        guard isOpen else { return }
        isOpen = false
        // What a stopped terminal (Ctrl-S) holds back would hold us back.
        tcflow(output, TCOON)
        _ = write(TerminalRescue.penReset[...])
        endwin()
    }

    func reopen() {
        guard !isOpen else { return }
        isOpen = true
        refresh()
    }

    func close() {
        leave()
        rescue.disarm()
        errors?.release()
        errors = nil
    }

    func trimErrors() { errors?.trim() }

    /// Stops the process as Ctrl-Z does, until it is continued. A process that leads its session has no
    /// shell that could continue it, and stays.
    static func stopProcess() {
        guard getsid(0) != getpid() else { return }
        // To this thread: it must not go on while another one brings the stop about.
        pthread_kill(pthread_self(), SIGSTOP)
    }

    private static func size(of descriptor: Int32) -> Size? {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return nil
        }
        var aspect = 0.5
        if window.ws_xpixel > 0, window.ws_ypixel > 0 {
            let width = Double(window.ws_xpixel) / Double(window.ws_col)
            let told = width / (Double(window.ws_ypixel) / Double(window.ws_row))
            // Anything else is a terminal that tells stories.
            if (0.3...1.0).contains(told) { aspect = told }
        }
        return Size(columns: Int(window.ws_col), rows: Int(window.ws_row), cellAspect: aspect)
    }
}
