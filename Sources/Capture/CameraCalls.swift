import CV4L2
import Glibc

/// Every way in which camera code touches the system, in one place, so that a test can stand in for
/// driver and kernel. Calls return a negative `errno` where C returns -1 and sets it.
struct CameraCalls: Sendable {
    /// The capture nodes `/dev/videoN` by rising N.
    var nodes: @Sendable () -> [String]
    /// Names under `/dev/v4l/by-id` with the nodes that they point to.
    var stableNames: @Sendable () -> [(name: String, node: String)]
    /// The name of a process that has the node open, where it may be seen.
    var holder: @Sendable (_ node: String) -> String?
    var open: @Sendable (_ path: String) -> Int32
    var close: @Sendable (_ descriptor: Int32) -> Void
    var control:
        @Sendable (_ descriptor: Int32, _ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32
    var map: @Sendable (_ descriptor: Int32, _ length: Int, _ offset: Int) -> UnsafeMutableRawPointer?
    var unmap: @Sendable (_ address: UnsafeMutableRawPointer, _ length: Int) -> Void
    /// Waits for a frame; 0 where none came within `milliseconds`.
    var wait: @Sendable (_ descriptor: Int32, _ milliseconds: Int32) -> Int32
    var pause: @Sendable (_ interrupt: Interrupt, _ seconds: Double) -> Void
    /// Microseconds of the monotonic clock, the same that drivers stamp with.
    var now: @Sendable () -> Int64
}

extension CameraCalls {
    static let system = CameraCalls(
        nodes: { DeviceFolder.videoNodes() },
        stableNames: { DeviceFolder.stableNames() },
        holder: { DeviceFolder.holder(of: $0) },
        open: { path in
            let descriptor = cv4l2_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            return descriptor < 0 ? -errno : descriptor
        },
        close: { _ = v4l2_close($0) },
        control: { descriptor, request, argument in
            while true {
                let result = cv4l2_ioctl(descriptor, request, argument)
                if result >= 0 { return result }
                if errno != EINTR { return -errno }
            }
        },
        map: { descriptor, length, offset in
            let address = v4l2_mmap(
                nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, Int64(offset))
            return address == MAP_FAILED ? nil : address
        },
        unmap: { _ = v4l2_munmap($0, $1) },
        wait: { descriptor, milliseconds in
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, milliseconds)
            return ready < 0 ? (errno == EINTR ? 0 : -errno) : ready
        },
        pause: { $0.sleep(seconds: $1) },
        now: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        })
}

/// What the file system knows of cameras.
enum DeviceFolder {
    static func videoNodes() -> [String] {
        names(in: "/dev").compactMap { name in
            name.hasPrefix("video") ? Int(name.dropFirst(5)) : nil
        }.sorted().map { "/dev/video\($0)" }
    }

    static func stableNames() -> [(name: String, node: String)] {
        names(in: "/dev/v4l/by-id").sorted().compactMap { name in
            let path = "/dev/v4l/by-id/" + name
            return resolved(path).map { (path, $0) }
        }
    }

    /// Looks through the open files of processes, as far as this user may.
    static func holder(of node: String) -> String? {
        guard let node = resolved(node) else { return nil }
        for process in names(in: "/proc") where process.allSatisfy(\.isNumber) && process != "\(getpid())" {
            let folder = "/proc/\(process)/fd"
            guard names(in: folder).contains(where: { resolved("\(folder)/\($0)") == node }) else { continue }
            guard let file = fopen("/proc/\(process)/comm", "r") else { return "process \(process)" }
            defer { fclose(file) }
            var text = [CChar](repeating: 0, count: 64)
            guard fgets(&text, Int32(text.count), file) != nil else { return "process \(process)" }
            let name = String(decoding: text.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init), as: UTF8.self)
            return "\(name) (process \(process))"
        }
        return nil
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    static func resolved(_ path: String) -> String? {
        guard let full = realpath(path, nil) else { return nil }
        defer { free(full) }
        return String(cString: full)
    }
}
