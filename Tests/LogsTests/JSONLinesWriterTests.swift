import Dispatch
import Glibc
import JSON
import Synchronization
import Testing

@testable import Logs

/// A clock moved by hand.
final class HandClock: Sendable {
    private let offset = Mutex(Duration.zero)
    private let start = ContinuousClock.now

    var now: @Sendable () -> ContinuousClock.Instant {
        { [self] in start + offset.withLock { $0 } }
    }

    func advance(_ duration: Duration) { offset.withLock { $0 += duration } }
}

@Suite struct JSONLinesWriterTests {
    private let line = Array("{\"a\":1}\n".utf8)

    @Test func aNewFileIsOnlyTheOwners() throws {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file)
        try writer.append(line)
        try writer.close()
        var status = stat()
        #expect(stat(folder.file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try contents(of: folder.file) == "{\"a\":1}\n")
    }

    @Test func anExistingFileIsRefusedAndKept() throws {
        let folder = Folder()
        try folder.write("old\n", to: folder.file)
        #expect(throws: LogError.exists(path: folder.file)) { try JSONLinesWriter(path: folder.file) }
        #expect(try contents(of: folder.file) == "old\n")
    }

    @Test(arguments: [(1, 4), (1, 0), (0, 4), (0, 0), (1, 4095), (1, 4096), (1, 10_000), (2000, 1)])
    func appendingCutsATornLastLine(lines: Int, cut: Int) throws {
        let kept = String(repeating: "old\n", count: lines)
        let before = kept + String(repeating: "x", count: cut)
        let folder = Folder()
        try folder.write(before, to: folder.file)
        let writer = try JSONLinesWriter(path: folder.file, mode: .append)
        #expect(writer.cutBytes == cut)
        try writer.append(line)
        #expect(writer.size == kept.utf8.count + line.count)
        try writer.close()
        #expect(try contents(of: folder.file) == kept + "{\"a\":1}\n")
    }

    @Test func replacingBeginsAnew() throws {
        let folder = Folder()
        try folder.write("old\ntorn", to: folder.file)
        let writer = try JSONLinesWriter(path: folder.file, mode: .replace)
        try writer.append(line)
        try writer.close()
        #expect(writer.cutBytes == 0)
        #expect(try contents(of: folder.file) == "{\"a\":1}\n")
    }

    @Test func aSecondWriterIsRefusedAndHarmsNothing() throws {
        let folder = Folder()
        let first = try JSONLinesWriter(path: folder.file)
        try first.append(line)
        try first.flush()
        for mode in [JSONLinesWriter.Mode.append, .replace] {
            #expect(throws: LogError.isBeingWritten(path: folder.file)) {
                try JSONLinesWriter(path: folder.file, mode: mode)
            }
        }
        #expect(try contents(of: folder.file) == "{\"a\":1}\n")
        try first.close()
        try JSONLinesWriter(path: folder.file, mode: .append).close()
    }

    @Test func symbolicLinksAreNotFollowed() throws {
        let folder = Folder()
        try folder.write("precious\n", to: folder.file)
        let link = "\(folder.path)/b.jsonl"
        #expect(symlink(folder.file, link) == 0)
        for mode in [JSONLinesWriter.Mode.new, .append, .replace] {
            #expect(throws: LogError.isSymbolicLink(path: link)) {
                try JSONLinesWriter(path: link, mode: mode)
            }
        }
        #expect(try contents(of: folder.file) == "precious\n")
    }

    @Test func recordsLeaveWhenTheIntervalIsOver() throws {
        let folder = Folder()
        let clock = HandClock()
        let writer = try JSONLinesWriter(path: folder.file, interval: .seconds(600), now: clock.now)
        try writer.append(line)
        clock.advance(.seconds(599))
        try writer.append(line)
        #expect(try contents(of: folder.file) == "")
        clock.advance(.seconds(1))
        try writer.append(line)
        #expect(try contents(of: folder.file) == String(repeating: "{\"a\":1}\n", count: 3))
        try writer.append(line)
        #expect(try contents(of: folder.file).utf8.count == 3 * line.count)
    }

    @Test func withoutFurtherRecordsTheTimerWrites() throws {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file, interval: .milliseconds(20))
        try writer.append(line)
        let limit = ContinuousClock.now + .seconds(20)
        while try contents(of: folder.file).isEmpty, ContinuousClock.now < limit { sched_yield() }
        #expect(try contents(of: folder.file) == "{\"a\":1}\n")
        try writer.close()
    }

    @Test func anIntervalOfZeroWritesAtOnce() throws {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file, interval: .zero)
        try writer.append(line)
        #expect(try contents(of: folder.file) == "{\"a\":1}\n")
        try writer.close()
    }

    @Test func muchTextDoesNotWaitForTheClock() throws {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file, interval: .seconds(600))
        let long = [UInt8](repeating: 0x78, count: 70_000) + [0x0a]
        try writer.append(long)
        #expect(try contents(of: folder.file).utf8.count == long.count)
        try writer.close()
    }

    @Test func lettingGoWritesWhatWaits() throws {
        let folder = Folder()
        do {
            let writer = try JSONLinesWriter(path: folder.file, interval: .seconds(600))
            try writer.append(line)
        }
        #expect(try contents(of: folder.file) == "{\"a\":1}\n")
    }

    @Test func aFullDeviceIsToldAndToldAgain() throws {
        let writer = try JSONLinesWriter(path: "/dev/full", interval: .zero)
        #expect(throws: LogError.diskFull(path: "/dev/full", free: nil)) { try writer.append(line) }
        #expect(throws: LogError.diskFull(path: "/dev/full", free: nil)) { try writer.append(line) }
        #expect(throws: LogError.diskFull(path: "/dev/full", free: nil)) { try writer.close() }
    }

    /// RLIMIT_FSIZE makes the kernel write a part of the last line and refuse the rest, as a full disk does.
    @Test func aFileThatCannotGrowEndsAtAWholeLine() async {
        await #expect(processExitsWith: .exitCode(42)) {
            signal(SIGXFSZ, SIG_IGN)
            let folder = makeFolder()
            let path = folder + "/a.jsonl"
            var limit = rlimit(rlim_cur: 20, rlim_max: 20)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let writer = try JSONLinesWriter(path: path, interval: .seconds(600))
            for _ in 0..<5 { try writer.append(Array("{\"a\":1}\n".utf8)) }
            do {
                try writer.flush()
            } catch LogError.cannotWrite(_, EFBIG) {
                let isCut = try contents(of: path) == "{\"a\":1}\n{\"a\":1}\n" && writer.size == 16
                unlink(path)
                rmdir(folder)
                exit(isCut ? 42 : 1)
            }
        }
    }

    @Test func aReaderThatGoesAwayIsAnErrorAndNoSignal() throws {
        let folder = Folder()
        #expect(mkfifo(folder.file, 0o600) == 0)
        let reader = open(folder.file, O_RDONLY | O_NONBLOCK)
        let writer = try JSONLinesWriter(path: folder.file, interval: .zero)
        try writer.append(line)
        close(reader)
        #expect(throws: LogError.readerGone(path: folder.file)) { try writer.append(line) }
    }

    /// The writer kills its own process from another thread in mid-stream; every line that is there is
    /// whole, and all that was flushed before is there.
    @Test func aKilledWriterLeavesWholeLines() async throws {
        let path = "/tmp/vedette-killed-\(getpid()).jsonl"
        setenv("VEDETTE_KILLED_LOG", path, 1)
        defer { unlink(path) }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let path = try #require(getenv("VEDETTE_KILLED_LOG").map { String(cString: $0) })
            let writer = try JSONLinesWriter(path: path, mode: .replace, interval: .zero)
            for count in 0..<100 { try writer.append(Array("{\"count\":\(count)}\n".utf8)) }
            DispatchQueue.global().async { kill(getpid(), SIGKILL) }
            for count in 100... { try writer.append(Array("{\"count\":\(count)}\n".utf8)) }
        }
        let text = try contents(of: path)
        #expect(text.hasSuffix("\n"))
        let lines = text.split(separator: "\n")
        #expect(lines.count >= 100)
        for (count, line) in lines.enumerated() { #expect(line == "{\"count\":\(count)}") }
    }

    @Test func afterClosingRecordsAreRefused() throws {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file)
        try writer.close()
        try writer.close()
        #expect(throws: LogError.isClosed(path: folder.file)) { try writer.append(line) }
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        #expect(throws: LogError.cannotOpen(path: "/nowhere/a.jsonl", code: ENOENT)) {
            try JSONLinesWriter(path: "/nowhere/a.jsonl")
        }
    }

    @Test func linesOfManyThreadsStayWhole() async throws {
        let folder = Folder()
        let writer = try JSONLinesWriter(path: folder.file, interval: .zero)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for count in 0..<250 {
                        try? writer.append(Array("{\"task\":\(task),\"count\":\(count)}\n".utf8))
                    }
                }
            }
        }
        try writer.close()
        var next = [0, 0, 0, 0]
        for line in try contents(of: folder.file).split(separator: "\n") {
            let object = try #require(try JSONParser.parse(Array(line.utf8)).object)
            let task = try #require(object["task"]?.integer)
            #expect(object["count"]?.integer == next[task])
            next[task] += 1
        }
        #expect(next == [250, 250, 250, 250])
    }
}
