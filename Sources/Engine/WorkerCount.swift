import CKernels
import Glibc

/// How many workers this process may keep busy.
public enum WorkerCount {
    /// The processors of the affinity mask, at most what the cgroup's quota pays for, at least 1.
    public static func available() -> Int {
        let count = ck_processors()
        return max(1, min(count, quota() ?? count))
    }

    /// Of cgroup version 2's `cpu.max`: `QUOTA PERIOD`, rounded up; nil for `max` or where there is none.
    private static func quota() -> Int? {
        guard let file = fopen("/sys/fs/cgroup/cpu.max", "re") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 64)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
        let text = String(
            decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let words = text.split(separator: " ")
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), period > 0 else {
            return nil
        }
        return (quota + period - 1) / period
    }
}
