import Foundation
import Frames
import Testing

@testable import Capture

@Suite(.enabled(if: Clips.areAvailable, Clips.missing))
struct MediaSourceTests {
    struct Clip: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: String
        var testDescription: String { name }
    }

    static let source = "-f lavfi -i testsrc=size=96x64:rate=25:duration=1"

    static let clips = [
        Clip(name: "b.mp4", arguments: "\(source) -c:v libx264 -bf 3 -g 12 -pix_fmt yuv420p"),
        Clip(
            name: "variable.mkv",
            arguments: "\(source) -vf select='not(mod(n,3))+eq(n,1)' -vsync vfr -c:v libx264 -pix_fmt yuv420p"
        ),
        Clip(name: "m.avi", arguments: "\(source) -c:v mjpeg -pix_fmt yuvj422p"),
        Clip(name: "v.webm", arguments: "\(source) -c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
        Clip(
            name: "odd.mkv",
            arguments: "-f lavfi -i testsrc=size=97x65:rate=10:duration=1 -c:v ffv1 -pix_fmt yuv420p"),
        Clip(name: "deep.mp4", arguments: "\(source) -c:v libx264 -pix_fmt yuv420p10le"),
        Clip(
            name: "delayed.ts", arguments: "\(source) -c:v libx264 -bf 2 -pix_fmt yuv420p -output_ts_offset 5"
        ),
        Clip(name: "raw.h264", arguments: "\(source) -c:v libx264 -bf 2 -pix_fmt yuv420p -f h264"),
        Clip(name: "still.png", arguments: "\(source) -frames:v 1"),
        Clip(name: "still.jpg", arguments: "\(source) -frames:v 1"),
        Clip(name: "moving.gif", arguments: "\(source)"),
        Clip(name: "gray.mkv", arguments: "\(source) -c:v ffv1 -pix_fmt gray"),
        Clip(name: "gbr.mkv", arguments: "\(source) -c:v ffv1 -pix_fmt gbrp"),
        Clip(name: "plain.y4m", arguments: "\(source) -pix_fmt yuv444p"),
    ]

    @Test(arguments: clips)
    func framesStampsAndSizeEqualFFprobes(_ clip: Clip) throws {
        let clips = try Clips()
        let path = try clips.make(clip.name, clip.arguments)
        let truth = try clips.probe(clip.name)
        try #require(!truth.stamps.isEmpty, "ffmpeg made nothing")

        let source = try Capture.open(SourceSpec(path))
        let reading = try Reading(source)
        #expect(source.description.width == truth.width)
        #expect(source.description.height == truth.height)
        #expect(reading.frames.count == truth.stamps.count)
        #expect(reading.gaps.isEmpty)
        #expect(reading.frames.map(\.sequence) == Array(0..<truth.stamps.count))
        if source.description.kind != .picture { #expect(reading.frames.map(\.pts) == truth.stamps) }
        #expect(reading.frames.first?.time == .zero)
        #expect(zip(reading.frames, reading.frames.dropFirst()).allSatisfy { $0.time < $1.time })
    }

    @Test func aTextFileIsNoVideo() throws {
        let clips = try Clips()
        for name in ["notes.txt", "notes.mp4", "notes"] {
            let path = try clips.write(name, "This is a plain text, not a video.\n".utf8)
            #expect(throws: CaptureError.self) { _ = try Capture.open(SourceSpec(path)) }
        }
    }
}
