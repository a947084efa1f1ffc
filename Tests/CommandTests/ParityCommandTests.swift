import Foundation
import JSON
import Testing

/// `vedette parity` as a user types it.
struct ParityCommandTests {
    private static let golden = Fixtures.path("goldens/embedded-lite0.safetensors")
    private static let weights = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Assets/models/efficientdet-lite0.safetensors").path()

    @Test(arguments: ["fp32", "bf16", "int8"])
    func theBuiltInModelEqualsItsReference(precision: String) throws {
        let words = [Self.golden, "--weights", Self.weights, "--precision", precision]
        let table = try Program.run(["parity"] + words)
        #expect(table.code == 0)
        #expect(table.lines.last == "\(precision): equal")
        let json = try Program.run(["parity", "--json"] + words)
        let result = try JSONParser.parse(Array(json.output.utf8)).object
        #expect(result?["precision"]?.string == precision && result?["passes"] == .bool(true))
        let taps = result?["taps"]?.array?.compactMap(\.object) ?? []
        #expect(taps.count == 23)
        for tap in taps {
            let (found, allowed) = (
                try #require(tap["relative"]?.double), try #require(tap["allowed"]?.double)
            )
            #expect(found > 0 && found <= allowed)
        }
    }

    /// One whose taps hold other numbers is refused, whatever the precision.
    @Test(arguments: ["fp32", "bf16", "int8"])
    func anotherReferenceIsDifferent(precision: String) throws {
        let folder = try Folder()
        var bytes = try Data(contentsOf: URL(filePath: Self.golden))
        // 2.0 and 3.0 as floats, behind the header, over tensors as they come.
        let end = bytes.count
        for at in stride(from: end - end / 4 / 4 * 4, to: end - 3, by: 4) {
            bytes[at + 2] = at % 8 == 0 ? 0x00 : 0x40
            bytes[at + 3] = 0x40
        }
        let path = folder.path("other.safetensors")
        try bytes.write(to: URL(filePath: path))
        let ended = try Program.run("parity", path, "--weights", Self.weights, "--precision", precision)
        #expect(ended.code == 1)
        #expect(ended.lines.last == "\(precision): different")
    }
}
