import CKernels
import Glibc

/// What this process may use of the machine's processors.
struct ProcessorShare: Equatable {
    /// Of the affinity mask.
    let processors: Int
    /// Processors that the cgroup's quota pays for, 1.5 for one and a half; nil where there is no quota.
    let quota: Double?

    /// As many workers as can be busy; a part of a processor counts as one.
    var workers: Int { max(1, min(processors, quota.map { Int($0.rounded(.up)) } ?? processors)) }

    /// Whether `workers` threads can all run all the time. Where they cannot, one that waits in a loop takes
    /// the time of the one that it waits for.
    func suffices(for workers: Int) -> Bool {
        workers <= processors && Double(workers) <= quota ?? .infinity
    }

    init(processors: Int, quota: Double?) {
        self.processors = processors
        self.quota = quota
    }

    /// Of this process, now.
    init() {
        let groups = Self.groups(Self.text("/proc/self/cgroup"))
        self.init(
            processors: ck_processors(),
            quota: groups.compactMap { Self.quota(Self.text("/sys/fs/cgroup\($0)/cpu.max")) }.min())
    }

    /// The folders of the process's own cgroup (version 2) and of those around it, the root's last.
    static func groups(_ text: String?) -> [String] {
        let line = text?.split(separator: "\n").first { $0.hasPrefix("0::/") }
        var words = line?.dropFirst("0::/".count).split(separator: "/") ?? []
        var folders: [String] = []
        while !words.isEmpty {
            folders.append("/" + words.joined(separator: "/"))
            words.removeLast()
        }
        return folders + [""]
    }

    /// Of `cpu.max`: `QUOTA PERIOD` in microseconds; nil for `max` and for what is no quota.
    static func quota(_ text: String?) -> Double? {
        let words = text?.split { $0 == " " || $0 == "\n" } ?? []
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0
        else { return nil }
        return Double(quota) / Double(period)
    }

    /// The first kilobytes of a file of the system; nil where there is none.
    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
