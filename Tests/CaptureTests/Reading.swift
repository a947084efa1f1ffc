import Frames

@testable import Capture

/// Everything that a source yields.
struct Reading {
    var frames: [Frame] = []
    var gaps: [Gap] = []

    init(_ source: any FrameSource, limit: Int = 10_000) throws {
        while frames.count < limit, let event = try source.next() {
            switch event {
            case .frame(let frame): frames.append(frame)
            case .gap(let gap): gaps.append(gap)
            }
        }
    }

    init(_ path: String, _ set: (inout CaptureOptions) -> Void = { _ in }) throws {
        var options = CaptureOptions()
        set(&options)
        try self.init(try Capture.open(SourceSpec(path), options: options))
    }
}

extension PixelBuffer {
    /// The rows of all planes without padding, as ffmpeg's `rawvideo` writes them.
    var packed: [UInt8] {
        var bytes: [UInt8] = []
        for plane in 0..<format.planeCount {
            let rowBytes = format.rowBytes(plane: plane, width: width)
            let rows = format.rows(plane: plane, height: height)
            withPlane(plane) { span, stride in
                for row in 0..<rows {
                    span.withUnsafeBytes { bytes += $0[(row * stride)..<(row * stride + rowBytes)] }
                }
            }
        }
        return bytes
    }
}
