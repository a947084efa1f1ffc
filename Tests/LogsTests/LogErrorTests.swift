import Glibc
import Testing

@testable import Logs

@Suite struct LogErrorTests {
    @Test(arguments: [
        (LogError.exists(path: "a"), "the log a exists; add to it with --append or replace it with --force"),
        (.isBeingWritten(path: "a"), "the log a is being written by another process; choose another file"),
        (.isSymbolicLink(path: "a"), "the log a is a symbolic link; name the file itself"),
        (.diskFull(path: "a", free: 512), "no space for the log a, 512 bytes free; it ends at a whole line"),
        (.diskFull(path: "a", free: nil), "no space for the log a; it ends at a whole line"),
        (.readerGone(path: "-"), "nobody reads the log - any more"),
        (.cannotOpen(path: "a", code: ENOENT), "cannot open the log a: No such file or directory"),
        (.cannotWrite(path: "a", code: EIO), "cannot write the log a: Input/output error"),
        (.cannotRead(path: "a", code: EISDIR), "cannot read the log a: Is a directory"),
        (.isClosed(path: "a"), "the log a is closed already"),
    ])
    func saysOneSentence(error: LogError, sentence: String) {
        #expect(error.description == sentence)
    }
}
