import Checksums
import Testing

@Suite struct DigestTests {
    // FIPS 180-4's examples and its long message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func agreesWithTheStandard(text: String, expected: String) {
        var digest = Digest()
        digest.update(Array(text.utf8))
        #expect(digest.hexadecimal == expected)
    }

    @Test func aMillionLettersAgreeWithTheStandard() {
        var digest = Digest()
        for _ in 0..<1000 { digest.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(
            digest.hexadecimal == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(arguments: [1, 55, 56, 63, 64, 65, 119, 128])
    func piecesGiveTheSameAsTheWhole(piece: Int) {
        let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var whole = Digest()
        whole.update(bytes)
        var pieces = Digest()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            pieces.update(Array(bytes[start..<min(start + piece, bytes.count)]))
            _ = pieces.hexadecimal
        }
        #expect(pieces.hexadecimal == whole.hexadecimal)
    }
}
