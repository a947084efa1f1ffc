/// What the system says of this process and machine.
enum ProcessFigures {
    /// Largest resident memory so far, in bytes.
    static var peakMemory: Int? {
        number(after: "VmHWM:", in: "/proc/self/status").map { $0 * 1024 }
    }

    /// Ticks in which the machine's host gave the processors to others, over all processors.
    static var stealTicks: Int? {
        guard let text = try? TextFile.read("/proc/stat", most: 1 << 20),
            let line = text.split(separator: "\n").first
        else { return nil }
        let words = line.split(separator: " ")
        return words.count > 8 ? Int(words[8]) : nil
    }

    /// As the system names the processor; nil where it does not, as on ARM.
    static var processor: String? {
        guard let text = try? TextFile.read("/proc/cpuinfo", most: 1 << 24) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        guard let line, let colon = line.firstIndex(of: ":") else { return nil }
        return String(line[line.index(after: colon)...].drop { $0 == " " })
    }

    private static func number(after key: String, in path: String) -> Int? {
        guard let text = try? TextFile.read(path, most: 1 << 20) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
}
