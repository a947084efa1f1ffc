import Foundation
import Frames
import Testing

@testable import Capture

private let photo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/photos/skier.jpg").path()

/// The pixels of a picture and what they mean.
private struct Picture: Equatable {
    var size: [Int]
    var format: PixelFormat
    var encoding: ColorEncoding
    var bytes: [UInt8]

    init(_ frame: Frame) {
        let pixels = frame.pixels
        size = [pixels.width, pixels.height]
        (format, encoding, bytes) = (pixels.format, pixels.encoding, pixels.packed)
    }

    /// As a source of its own gives it.
    static func opened(_ path: String) throws -> Picture {
        let reading = try Reading(path)
        return Picture(try #require(reading.frames.first))
    }
}

@Suite(.enabled(if: Clips.areAvailable, Clips.missing))
struct PictureReaderTests {
    private static let kinds: [(String, String)] = [
        ("a.jpg", "-pix_fmt yuvj420p"), ("b.jpg", "-pix_fmt yuvj422p"), ("c.jpg", "-pix_fmt yuvj444p"),
        ("d.jpg", "-pix_fmt gray"), ("e.png", "-pix_fmt rgb24"), ("f.bmp", ""), ("g.mp4", "-c:v libx264"),
        // A JPEG whose name says something else.
        ("h.png", "-c:v mjpeg -f image2 -update 1"),
    ]

    @Test func everyPictureIsWhatASourceMakesOfIt() throws {
        let clips = try Clips()
        let reader = PictureReader()
        // Sizes differ, so that nothing of one picture can serve for the next.
        for (number, (name, arguments)) in Self.kinds.enumerated() {
            let path = try clips.make(
                name,
                "-f lavfi -i testsrc2=size=\(62 + 4 * number)x\(50 - 2 * number) -frames:v 1 \(arguments)")
            let read = Picture(try reader.picture(try SourceSpec(path)))
            #expect(try read == Picture.opened(path), "\(name)")
            #expect(read.size == [62 + 4 * number, 50 - 2 * number], "\(name)")
        }
        #expect(try Picture(reader.picture(SourceSpec(photo))) == Picture.opened(photo))
    }

    /// EXIF's eight ways to hold a camera.
    @Test(arguments: 1...8) func anOrientationIsFollowed(orientation: UInt8) throws {
        let clips = try Clips()
        let plain = [UInt8](
            try Data(
                contentsOf: URL(
                    filePath: try clips.make(
                        "a.jpg", "-f lavfi -i testsrc2=size=48x32 -frames:v 1 -pix_fmt yuvj420p"))))
        let exif: [UInt8] =
            [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1]
            + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0] + [0, 0, 0, 0]
        let path = try clips.write("turned.jpg", plain.prefix(2) + exif + plain.dropFirst(2))
        let read = Picture(try PictureReader().picture(try SourceSpec(path)))
        #expect(try read == Picture.opened(path))
        #expect(read.size == (orientation < 5 ? [48, 32] : [32, 48]))
    }

    /// A damaged picture gives what a source gives, or the same error, and does no harm to the next one.
    @Test(arguments: [0, 2, 3, 20, 200, 700, 2000, 10_000])
    func aCutPictureIsJudgedAsBefore(length: Int) throws {
        let clips = try Clips()
        let whole = [UInt8](try Data(contentsOf: URL(filePath: photo)))
        let path = try clips.write("cut.jpg", whole.prefix(length))
        let reader = PictureReader()
        let expected = Result { try Picture.opened(path) }
        let found = Result { try Picture(reader.picture(SourceSpec(path))) }
        switch (expected, found) {
        case (.success(let expected), .success(let found)): #expect(expected == found)
        case (.failure(let expected), .failure(let found)): #expect("\(expected)" == "\(found)")
        default: Issue.record("\(expected) became \(found)")
        }
        #expect(try Picture(reader.picture(SourceSpec(photo))) == Picture.opened(photo))
    }

    @Test func whatIsNoPictureIsRefusedInASourcesWords() throws {
        let clips = try Clips()
        let text = try clips.write("notes.jpg", "no picture at all".utf8)
        let missing = clips.path("nowhere.jpg")
        for path in [text, missing, clips.folder] {
            let expected = #expect(throws: CaptureError.self) { try Capture.open(SourceSpec(path)) }
            let found = #expect(throws: CaptureError.self) {
                try PictureReader().picture(SourceSpec(path))
            }
            #expect(found?.description == expected?.description)
        }
    }

    @Test func aPictureAboveTheLimitIsRefused() throws {
        var options = CaptureOptions()
        options.maximumPixels = 1000
        let reader = PictureReader(options: options)
        #expect(throws: CaptureError.self) { try reader.picture(SourceSpec(photo)) }
    }
}
