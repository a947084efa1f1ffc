/// `vedette watch [SOURCE]`.
struct WatchCommand {
    init(_ arguments: Arguments, _ notes: Notes, _ control: RunControl) throws {
        throw Failure("this build has no screen yet; use detect", .usage)
    }

    func run() -> Outcome { .exit(.done) }
}
