import Glibc
import Logs

@main
struct Vedette {
    static func main() {
        let outcome = outcome(of: Array(CommandLine.arguments.dropFirst()))
        switch outcome {
        case .exit(let code): exit(code.rawValue)
        case .signal(let number): SignalWatch.die(by: number)
        }
    }

    static func outcome(of words: [String]) -> Outcome {
        let arguments: Arguments
        do {
            arguments = try ArgumentParser.parse(words)
        } catch {
            StandardStream.error.write("vedette: \(Printable.text(error.description))\n")
            return .exit(.usage)
        }
        let notes = Notes(arguments)
        do {
            return try perform(arguments, notes)
        } catch {
            let failure = Failure(error)
            notes.error(failure.sentence)
            return .exit(failure.code)
        }
    }

    private static func perform(_ arguments: Arguments, _ notes: Notes) throws -> Outcome {
        if arguments.has("version") { return text("vedette \(Help.version)\n") }
        if arguments.has("help") { return text(Help.text(of: arguments.command)) }
        switch arguments.command {
        case .help: return text(try helpText(arguments))
        case .parity: return try ParityCommand(arguments).run()
        case .bench where arguments.has("ablation"): return text(try Ablation.text(arguments))
        case .bench where arguments.has("kernels"): return text(try BenchKernels.text(arguments))
        case .bench: return try BenchCommand(arguments).run()
        case .models where arguments.verb != .quantize:
            return try ModelsCommand(arguments, notes, RunControl()).run()
        case .watch, .detect, .eval, .models: return try running(arguments, notes)
        }
    }

    /// Commands that last until they are stopped.
    private static func running(_ arguments: Arguments, _ notes: Notes) throws -> Outcome {
        let control = RunControl()
        let signals = control.watchSignals()
        return try withExtendedLifetime(signals) {
            switch arguments.command {
            case .watch: return try WatchCommand(arguments, notes, control).run()
            case .eval: return try EvalCommand(arguments, notes, control).run()
            case .models: return try ModelsCommand(arguments, notes, control).run()
            default:
                var detect = try DetectCommand(arguments, notes, control)
                return detect.run()
            }
        }
    }

    private static func helpText(_ arguments: Arguments) throws(UsageError) -> String {
        guard let word = arguments.positionals.first else { return Help.overview() }
        guard let command = CommandName(rawValue: word) else {
            throw .unknownCommand(
                word, nearest: nearest(to: word, among: CommandName.allCases.map(\.rawValue)))
        }
        return command == .help ? Help.overview() : Help.text(of: command)
    }

    private static func text(_ text: String) -> Outcome {
        StandardStream.output.write(text) ? .exit(.done) : .readerGone
    }
}
