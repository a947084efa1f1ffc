import Dispatch
import Glibc

/// Turns INT, TERM and HUP into calls on a queue for as long as it lives. PIPE is ignored: a reader that
/// goes away shows as a failed write.
final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter onSignal: called on `queue` with the signal's number.
    init(queue: DispatchQueue, onSignal: @escaping @Sendable (Int32) -> Void) {
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // Without this the default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable in onSignal(number) }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }

    /// Ends the process by `number` itself, so that a shell sees why.
    static func die(by number: Int32) -> Never {
        signal(number, SIG_DFL)
        raise(number)
        exit(128 + number)
    }
}
