import CFFmpeg

/// How a stored picture is turned to stand upright: transposed first, then flipped.
struct Orientation: Hashable {
    var isTransposed = false
    var flipsX = false
    var flipsY = false

    static let upright = Orientation()

    /// From a display matrix of 9 numbers in which a point (x, y) goes to
    /// (m[0] x + m[3] y, m[1] x + m[4] y); anything but quarter turns is taken as the nearest one.
    init(matrix m: UnsafePointer<Int32>) {
        let straight = abs(Int(m[0])) + abs(Int(m[4]))
        let crossed = abs(Int(m[1])) + abs(Int(m[3]))
        isTransposed = crossed > straight
        flipsX = (isTransposed ? m[3] : m[0]) < 0
        flipsY = (isTransposed ? m[1] : m[4]) < 0
    }

    init() {}

    static let matrixBytes = 9 * MemoryLayout<Int32>.size

    /// - Parameter bytes: `matrixBytes` of them, as FFmpeg hands them on.
    init(matrixBytes bytes: UnsafePointer<UInt8>) {
        self = bytes.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(matrix: $0) }
    }

    /// What a decoded picture says of itself (EXIF, an SEI); nil where it says nothing.
    init?(of frame: UnsafePointer<AVFrame>) {
        guard let data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX),
            data.pointee.size >= Self.matrixBytes
        else { return nil }
        self.init(matrixBytes: data.pointee.data)
    }

    /// Writes `source` (sourceHeight rows of sourceWidth elements) upright to `target`.
    func turn(
        _ source: UnsafePointer<UInt8>, stride sourceStride: Int, width sourceWidth: Int,
        height sourceHeight: Int, to target: UnsafeMutablePointer<UInt8>, stride targetStride: Int,
        elementBytes: Int
    ) {
        let width = isTransposed ? sourceHeight : sourceWidth
        let height = isTransposed ? sourceWidth : sourceHeight
        // One step right in the target is `acrossStep` bytes in the source.
        let acrossStep = (isTransposed ? sourceStride : elementBytes) * (flipsX ? -1 : 1)
        let firstAcross = flipsX ? (width - 1) * -acrossStep : 0
        let downStep = (isTransposed ? elementBytes : sourceStride) * (flipsY ? -1 : 1)
        let firstDown = flipsY ? (height - 1) * -downStep : 0
        for row in 0..<height {
            var from = source + firstAcross + firstDown + row * downStep
            var to = target + row * targetStride
            for _ in 0..<width {
                for byte in 0..<elementBytes { to[byte] = from[byte] }
                from += acrossStep
                to += elementBytes
            }
        }
    }
}
