/// How many workers this process may keep busy.
public enum WorkerCount {
    /// The processors of the affinity mask, at most what the cgroup's quota pays for, at least 1.
    public static func available() -> Int { ProcessorShare().workers }
}
