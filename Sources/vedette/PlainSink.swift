import Frames
import Logs
import Screen
import Synchronization

/// Lines on standard output where there is no screen.
final class PlainSink: ResultSink {
    private let output: Mutex<PlainOutput>

    init(_ output: PlainOutput) {
        self.output = Mutex(output)
    }

    func receive(_ result: FrameResult) throws {
        guard let line = output.withLock({ $0.line(for: result) }) else { return }
        guard StandardStream.output.write(line + "\n") else { throw LogError.readerGone(path: "-") }
    }

    func receive(_ gap: Gap) throws {}
}
