import Frames
import Glibc
import Testing

@testable import Logs

/// A frame of no colour.
final class BlankPixels: PixelBuffer {
    let width: Int
    let height: Int
    let format = PixelFormat.gray8
    let encoding = ColorEncoding(matrix: .bt601, isFullRange: true)

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        let bytes = [UInt8](repeating: 0, count: width * height)
        return body(bytes.span.bytes, width)
    }
}

enum Sample {
    static let run = RunRecord(
        vedette: "1.0.0", run: "9f2c41d07a3b", src: "door",
        started: WallTime(milliseconds: 1_795_464_600_120),
        source: .init(
            kind: "camera", spec: "/dev/v4l/by-id/usb-C920-video-index0", width: 1280, height: 720,
            rate: "30/1", timebase: "1/1000000"),
        model: .init(
            name: "efficientdet-d0", sha256: String(repeating: "ab", count: 32), inputWidth: 512,
            inputHeight: 512, precision: "fp32", labels: "coco"),
        kernels: "avx2",
        options: ["score": .number(0.4), "iou": .number(0.5), "policy": .string("latest")])

    static func result(
        _ sequence: Int, detections: [Detection] = [], droppedBefore: Int = 0, file: String? = nil,
        nanoseconds: Int64 = 304_033_333_333
    ) -> FrameResult {
        var timings = DetectorTimings()
        timings.prepare = 1.9
        timings.network = 81
        timings.select = 0.75
        let frame = Frame(
            pixels: BlankPixels(width: 1280, height: 720), sequence: sequence,
            time: Timestamp(nanoseconds: nanoseconds), pts: 304_033_333, arrival: .now, file: file)
        return FrameResult(
            frame: frame, detections: detections, droppedBefore: droppedBefore, wait: 1.8, timings: timings,
            latency: 85.5)
    }

    static let person = Detection(
        box: Box(x1: 212.25, y1: 140, x2: 388, y2: 640.5), score: 0.8731, classIndex: 0)
}

/// A folder of its own that goes away with the test.
final class Folder {
    let path: String

    init() {
        path = makeFolder()
    }

    deinit {
        for name in ["a.jsonl", "b.jsonl"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var file: String { "\(path)/a.jsonl" }

    func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}

func makeFolder() -> String {
    var template = Array("/tmp/vedette-logs-XXXXXX".utf8CString)
    mkdtemp(&template)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func contents(of path: String) throws -> String {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = fread(&block, 1, block.count, file)
        if count == 0 { break }
        bytes += block[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

func text(_ record: LogRecord) -> String { String(decoding: record.line, as: UTF8.self) }
