import Dispatch
import Synchronization

/// Appends whole lines to a file or standard output and holds none longer than `interval`, so that a
/// kill costs at most the last `interval`. Any thread may call it; lines of one call stay together.
public final class JSONLinesWriter: Sendable {
    /// What to do with a file that is there. Devices and pipes are opened in any mode.
    public enum Mode: Sendable, Hashable {
        /// Refuse it.
        case new
        /// Continue it; an unfinished last line is cut off (`cutBytes`).
        case append
        case replace
    }

    public let path: String
    /// Bytes of an unfinished last line that opening for append cut off.
    public let cutBytes: Int

    private let interval: Duration
    private let synchronizes: Bool
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "vedette.log.flush")

    private struct State: ~Copyable {
        var file: LogFile?
        var waiting: [UInt8] = []
        var oldest: ContinuousClock.Instant?
        /// Counts what was written at once, so that a late timer leaves the next batch alone.
        var batch = 0
        /// Written or waiting, for the screen.
        var total: Int
        /// Of a flush that nobody waited for; thrown at the next call.
        var failure: LogError?

        borrowing func check(_ path: String) throws(LogError) {
            if let failure { throw failure }
            guard file != nil else { throw .isClosed(path: path) }
        }

        /// Writes what waits; a failure is kept in `failure`, and nothing is written after one.
        mutating func write(synchronizes: Bool) {
            guard failure == nil, file != nil, !waiting.isEmpty else { return }
            let (written, error) = file?.write(waiting) ?? (0, nil)
            total -= waiting.count - written
            waiting.removeAll(keepingCapacity: true)
            oldest = nil
            batch += 1
            failure = error
            guard error == nil, synchronizes else { return }
            do throws(LogError) { try file?.synchronize() } catch { failure = error }
        }
    }

    /// More than this is written at once whatever the clock says.
    private static let fullBuffer = 1 << 16

    /// `path` `-` is standard output. `interval` zero writes every record at once. With `synchronizes`
    /// every flush waits for the disk. `rights`: of a new file, less the umask.
    /// - Throws: `LogError` where the file cannot be opened, is there, or is being written.
    public init(
        path: String, mode: Mode = .new, interval: Duration = .seconds(1), synchronizes: Bool = false,
        rights: UInt32 = 0o600,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) throws(LogError) {
        let file =
            path == "-"
            ? LogFile.standardOutput() : try LogFile(path: path, mode: mode, rights: rights)
        self.path = path
        self.cutBytes = file.cutBytes
        self.interval = interval
        self.synchronizes = synchronizes
        self.now = now
        let size = file.size
        self.state = Mutex(State(file: consume file, total: size))
    }

    deinit {
        state.withLock { $0.write(synchronizes: synchronizes) }
    }

    /// Bytes in the file and waiting for it.
    public var size: Int { state.withLock { $0.total } }

    /// Adds `line`, which ends with its newline.
    /// - Throws: `LogError`, also of an earlier flush by the timer.
    public func append(_ line: [UInt8]) throws(LogError) {
        precondition(line.last == UInt8(ascii: "\n"), "a log takes whole lines")
        let moment = now()
        let started = try state.withLock { state throws(LogError) -> Int? in
            try state.check(path)
            state.waiting.append(contentsOf: line)
            state.total += line.count
            let oldest = state.oldest ?? moment
            let isFirst = state.oldest == nil
            state.oldest = oldest
            if moment - oldest >= interval || state.waiting.count >= Self.fullBuffer {
                state.write(synchronizes: synchronizes)
                try state.check(path)
                return nil
            }
            return isFirst ? state.batch : nil
        }
        if let started { schedule(batch: started) }
    }

    /// Writes what waits.
    public func flush() throws(LogError) {
        try state.withLock { state throws(LogError) in
            try state.check(path)
            state.write(synchronizes: synchronizes)
            try state.check(path)
        }
    }

    /// Flushes and closes; later calls do nothing.
    public func close() throws(LogError) {
        try state.withLock { state throws(LogError) in
            guard state.file != nil else { return }
            state.write(synchronizes: synchronizes)
            state.file = nil
            if let failure = state.failure { throw failure }
        }
    }

    /// The record that began `batch` leaves after `interval`, whether or not another follows.
    private func schedule(batch: Int) {
        let (seconds, attoseconds) = interval.components
        let nanoseconds = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(min(nanoseconds, 1e15)))) { [weak self] in
            self?.write(batch: batch)
        }
    }

    private func write(batch: Int) {
        state.withLock { state in
            guard state.batch == batch else { return }
            state.write(synchronizes: synchronizes)
        }
    }
}
