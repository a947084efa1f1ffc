import Foundation
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Sets on processors that this machine is not: compiled for them, run by an emulator, compared with the scalar
/// reference there.
struct EmulatedSetTests {
    private static let compiler = path(of: "clang")
    private static let emulator = path(of: "qemu-aarch64-static") ?? path(of: "qemu-aarch64")
    private static let isNEONThere =
        compiler != nil && emulator != nil
        && FileManager.default.fileExists(atPath: "/usr/aarch64-linux-gnu/lib/libc.a")

    @Test(
        .enabled(
            if: isNEONThere,
            "needs clang, qemu-user-static and libc6-dev-arm64-cross: nothing is known about AArch64 without them"
        ))
    func thePortableSetEqualsTheReferenceOnNEON() throws {
        try check(
            "portable", by: Self.emulator,
            ["--target=aarch64-linux-gnu", "-static", "-fuse-ld=lld"])
    }

    /// The instruction of AVX-VNNI is carried out by a handler of its trap; everything else runs as it is.
    @Test(
        .enabled(
            if: compiler != nil && usableSets.contains { $0.name == "avx2" },
            "needs clang and AVX2: nothing is known about AVX-VNNI without them"))
    func theSetOfAVXVNNIEqualsTheReference() throws {
        let trap = root.appending(path: "Tests/Emulation/avxvnni_trap.c").path()
        try check("avxvnni", by: nil, [trap])
    }

    /// Builds and runs `kernel_check.c` for one set.
    private func check(_ set: String, by emulator: String?, _ arguments: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "vedette-\(set)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appending(path: "check").path()
        let kernels = root.appending(path: "Sources/CKernels").path()
        let sources = ["scalar", "selection", "byte_taps", set].map { "\(kernels)/\($0).c" }
        let options = ["-std=gnu2x", "-O2", "-Wall", "-Wextra", "-Werror", "-DCHECKED=\(set)"]
        let check = root.appending(path: "Tests/Emulation/kernel_check.c").path()
        let built = try run(
            try #require(Self.compiler),
            options + ["-I", "\(kernels)/include", check] + sources + arguments + ["-lm", "-o", program])
        try #require(built.code == 0, "\(built.text)")
        let checked = try run(emulator ?? program, emulator == nil ? [] : [program])
        #expect(checked.code == 0, "\(checked.text)")
        #expect(checked.text.contains("pointwise_f32 ") && !checked.text.contains("FAIL"))
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, text: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    private static func path(of name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map {
            "\($0)/\(name)"
        }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
