import Foundation
import Testing

private let objects = Bundle.main.bundleURL.appending(path: "CKernels.build")
private let disassembler = "/usr/bin/objdump"

/// What the compiler made of the kernels. A compiler that spills the sums of a micro-tile halves its speed
/// and changes no result.
struct MachineCodeTests {
    private static let sets = ["avx2", "avxvnni", "avx512vnni256", "avx512", "avx512vnni", "avx512bf16"]
    private static let canLook =
        FileManager.default.isExecutableFile(atPath: disassembler)
        && FileManager.default.fileExists(atPath: objects.appending(path: "avx512.c.o").path())

    @Test(
        .enabled(if: canLook, "objdump or the object files are not here"),
        arguments: sets)
    func innerLoopsOfProductsKeepTheirSumsInRegisters(set: String) throws {
        var loops = 0
        for (function, code) in try functions(of: set) where function.contains("panel_") {
            for loop in innerLoops(code) {
                let products = loop.filter {
                    ["vfmadd", "vdpbf16", "vpdpbusd", "vpmaddwd"].contains(where: $0.contains)
                }
                guard products.count >= 6 else { continue }
                loops += 1
                let spills = loop.filter {
                    // What has an index is an array.
                    ($0.contains("(%rsp)") || $0.contains(/-0x[0-9a-f]+\(%rbp\)/)) && $0.contains(/[xyz]mm/)
                }
                #expect(spills.isEmpty, "\(set) \(function): \(spills.first ?? "")")
            }
        }
        #expect(loops >= 8, "the test must see the loops")
    }

    @Test(
        .enabled(if: canLook, "objdump or the object files are not here"),
        arguments: sets)
    func noCallMakesProductsAndDepthwiseConvolutionsSaveTheirSums(set: String) throws {
        var seen = 0
        for (function, code) in try functions(of: set)
        where function.contains("panel_") || function.hasPrefix("depthwise_") {
            seen += 1
            // What a selection finds goes through a call, once its sums are in memory anyway.
            let calls = code.map(\.text).filter { $0.contains("memcpy") || $0.contains("memset") }
            #expect(calls.isEmpty, "\(set) \(function): \(calls.first ?? "")")
        }
        #expect(seen >= 12, "the test must see the functions")
    }

    private struct Instruction {
        let address: Int
        let text: Substring
    }

    private func functions(of set: String) throws -> [String: [Instruction]] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: disassembler)
        process.arguments = ["-dr", "--no-show-raw-insn", objects.appending(path: "\(set).c.o").path()]
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var found: [String: [Instruction]] = [:]
        var name = ""
        for line in text.split(separator: "\n") {
            if let start = line.firstIndex(of: "<"), line.hasSuffix(">:") {
                name = String(line[line.index(after: start)...].dropLast(2))
            } else if let colon = line.firstIndex(of: ":"),
                let address = Int(line[..<colon].drop { $0 == " " }, radix: 16)
            {
                let code = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                found[name, default: []].append(Instruction(address: address, text: code))
            }
        }
        return found
    }

    /// Loops without another jump in them.
    private func innerLoops(_ code: [Instruction]) -> [[Substring]] {
        let places = Dictionary(code.enumerated().map { ($1.address, $0) }) { first, _ in first }
        return code.indices.compactMap { end in
            let words = code[end].text.split(separator: " ")
            guard words.count > 1, words[0].hasPrefix("j"), let target = Int(words[1], radix: 16),
                let start = places[target], start < end
            else { return nil }
            let body = code[start..<end].map(\.text)
            return body.contains { $0.hasPrefix("j") } ? nil : body
        }
    }
}
