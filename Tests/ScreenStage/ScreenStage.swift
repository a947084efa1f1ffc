import Dispatch
import Frames
import Glibc
import Pipeline
import Screen
import Synchronization

/// Plays made-up frames on the screen until a key, a signal, or what the first argument says happens:
/// `play`, `trap`, `segv`, `error`. Every action is written to the file that the second argument names.
@main
struct ScreenStage {
    static func main() {
        let arguments = CommandLine.arguments
        let play = Play(ending: arguments.count > 1 ? arguments[1] : "play")
        let journal = arguments.count > 2 ? open(arguments[2], O_WRONLY | O_CREAT | O_APPEND, 0o600) : -1
        let isLive = arguments.contains("live")
        let subject = ScreenSubject(
            source: SourceDescription(
                kind: isLive ? .camera : .file, spec: "stage", name: "stage", width: 320, height: 180,
                rate: Timebase(25, 1), timebase: Timebase(1, 25), encoding: "rgb24", isLive: isLive),
            labels: .coco, model: "made up", threads: 1)
        do throws(ScreenError) {
            let screen = try TerminalScreen(options: ScreenOptions(), subject: subject)
            try screen.open()
            screen.start(snapshot: { play.snapshot }) { action in
                _ = "\(action)\n".withCString { write(journal, $0, strlen($0)) }
                play.take(action)
            }
            play.run(on: screen)
            screen.close()
            screen.close()
            print("stage: the end")
        } catch {
            print("stage: \(error)")
            exit(3)
        }
    }
}

/// The frames, and what becomes of them.
final class Play: Sendable {
    private struct State {
        var ledger = Ledger()
        var isPaused = false
        var isOver = false
        var granted = 0
    }

    private let ending: String
    private let state = Mutex(State())
    private let started = ContinuousClock.now

    init(ending: String) { self.ending = ending }

    func take(_ action: ScreenAction) {
        state.withLock { state in
            switch action {
            case .quit, .hangUp: state.isOver = true
            case .pause: state.isPaused = true
            case .resume: state.isPaused = false
            case .step: state.granted += 1
            }
        }
    }

    func run(on screen: TerminalScreen) {
        var number = 0
        while !state.withLock(\.isOver) {
            usleep(20_000)
            let goes = state.withLock { state in
                guard !state.isPaused || state.granted > 0 else { return false }
                if state.isPaused { state.granted -= 1 }
                state.ledger.capture()
                state.ledger.infer()
                return true
            }
            guard goes else { continue }
            show(number, on: screen)
            number += 1
            if number == 1 {
                _ = "the stage complains\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
            }
            if number == 20 { end() }
        }
    }

    private func show(_ number: Int, on screen: TerminalScreen) {
        let painting = Painting(width: 320, height: 180, number: number)
        let frame = Frame(
            pixels: painting, sequence: number, time: Timestamp(ticks: Int64(number), of: Timebase(1, 25)),
            pts: Int64(number), arrival: ContinuousClock.now)
        screen.show(frame)
        let found = [
            Detection(box: painting.square, score: 0.9, classIndex: 0),
            Detection(box: Box(x1: 10, y1: 10, x2: 90, y2: 50), score: 0.3, classIndex: 2),
        ]
        screen.show(
            FrameResult(
                frame: frame, detections: found, droppedBefore: 0, wait: 1, timings: DetectorTimings(),
                latency: 2))
    }

    private func end() {
        switch ending {
        case "trap": fatalError("the stage falls down")
        case "segv": kill(getpid(), SIGSEGV)
        case "error": state.withLock { $0.isOver = true }
        default: break
        }
    }

    var snapshot: RunSnapshot {
        let elapsed = ContinuousClock.now - started
        let state = state.withLock { ($0.ledger, $0.isPaused) }
        return RunSnapshot(
            elapsed: elapsed, ledger: state.0, capture: .init(now: 25, samples: [25]),
            inference: .init(now: 25, samples: [25]), stages: .init(), classesNow: [:], classesTotal: [:],
            captureTime: nil, resultTime: nil, isPaused: state.1, isFinished: false)
    }
}
