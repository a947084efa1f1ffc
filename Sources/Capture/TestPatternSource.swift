import Frames
import Glibc
import Synchronization

/// Draws a `TestPattern`, frame after frame without end, in yuv420p.
final class TestPatternSource: FrameSource, @unchecked Sendable {
    // `sequence` belongs to the one queue that calls `next()`.
    private var sequence = 0
    private let pattern: TestPattern
    private let background: DrawnPixels
    private let cancelled = Atomic<Bool>(false)
    let description: SourceDescription

    init(_ pattern: TestPattern, spec: SourceSpec) {
        self.pattern = pattern
        self.background = DrawnPixels(gradientOf: pattern)
        self.description = SourceDescription(
            kind: .test, spec: spec.shown, name: spec.displayName, width: pattern.width,
            height: pattern.height, rate: Timebase(pattern.rate, 1), timebase: Timebase(1, pattern.rate),
            encoding: "yuv420p", isLive: pattern.isLive)
    }

    func next() -> SourceEvent? {
        guard !cancelled.load(ordering: .relaxed) else { return nil }
        defer { sequence += 1 }
        let pixels = DrawnPixels(background: background, objects: pattern.objects(atFrame: sequence))
        let pts = Int64(sequence)
        return .frame(
            Frame(
                pixels: pixels, sequence: sequence,
                time: Timestamp(ticks: pts, of: Timebase(1, pattern.rate)), pts: pts, arrival: .now))
    }

    func cancel() { cancelled.store(true, ordering: .relaxed) }
}

/// A drawn yuv420p picture in one block of memory: Y (height, width), then U and V
/// ((height + 1) / 2, (width + 1) / 2), without padding.
final class DrawnPixels: PixelBuffer, @unchecked Sendable {
    // Immutable after `init`, freed in `deinit`.
    private let memory: UnsafeMutableRawBufferPointer
    let width: Int
    let height: Int
    let format = PixelFormat.yuv420p
    let encoding = ColorEncoding(matrix: .bt601, isFullRange: false)

    private init(width: Int, height: Int) {
        self.width = width
        self.height = height
        let chroma = (width + 1) / 2 * ((height + 1) / 2)
        memory = .allocate(byteCount: width * height + 2 * chroma, alignment: 64)
    }

    deinit { memory.deallocate() }

    /// A dark slope from left to right, neutral in colour.
    convenience init(gradientOf pattern: TestPattern) {
        self.init(width: pattern.width, height: pattern.height)
        for x in 0..<width { memory[x] = UInt8(24 + 64 * x / width) }
        for y in 1..<height {
            UnsafeMutableRawBufferPointer(rebasing: memory[(y * width)..<((y + 1) * width)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<width]))
        }
        fill(at: width * height, count: memory.count - width * height, with: 128)
    }

    convenience init(background: DrawnPixels, objects: [TestPattern.Object]) {
        self.init(width: background.width, height: background.height)
        memory.copyMemory(from: UnsafeRawBufferPointer(background.memory))
        for object in objects { draw(object) }
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        precondition((0..<3).contains(plane), "yuv420p has planes 0 to 2, not \(plane)")
        let stride = format.rowBytes(plane: plane, width: width)
        let start = offset(of: plane)
        let bytes = memory[start..<(start + stride * format.rows(plane: plane, height: height))]
        return body(UnsafeRawBufferPointer(rebasing: bytes).bytes, stride)
    }

    private func offset(of plane: Int) -> Int {
        let chroma = (width + 1) / 2 * ((height + 1) / 2)
        return plane == 0 ? 0 : width * height + (plane - 1) * chroma
    }

    private func fill(at start: Int, count: Int, with value: UInt8) {
        UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + count)])
            .initializeMemory(as: UInt8.self, repeating: value)
    }

    private func draw(_ object: TestPattern.Object) {
        for plane in 0..<3 {
            let scale = plane == 0 ? 1 : 2
            let left = Int(object.box.x1) / scale
            let top = Int(object.box.y1) / scale
            let (w, h) = (Int(object.box.width) / scale, Int(object.box.height) / scale)
            let rowBytes = format.rowBytes(plane: plane, width: width)
            for row in 0..<h {
                let (from, to) = Self.extent(of: object.shape, row: row, width: w, height: h)
                let start = offset(of: plane) + (top + row) * rowBytes + left + from
                fill(at: start, count: to - from, with: object.color[plane])
            }
        }
    }

    /// The columns that `shape` covers in `row` of its box. Every shape touches all four sides.
    private static func extent(
        of shape: TestPattern.Shape, row: Int, width: Int, height: Int
    ) -> (from: Int, to: Int) {
        switch shape {
        case .rectangle: return (0, width)
        case .ellipse:
            let y = (Double(row) + 0.5) / Double(height) * 2 - 1
            let half = (1 - y * y).squareRoot() * Double(width) / 2
            let inset = min(Int(Double(width) / 2 - half), max((width - 1) / 2, 0))
            return (inset, width - inset)
        case .triangle:
            let inset = (width - width * (row + 1) / height) / 2
            return (inset, max(width - inset, inset + 1))
        }
    }
}
