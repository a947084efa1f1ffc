import CKernels
import Frames

/// Everything about drawing pictures of one kind that does not change from picture to picture.
final class LetterboxDrawing {
    struct Kind: Equatable {
        var format: PixelFormat
        var encoding: ColorEncoding
        var width: Int
        var height: Int
        var canvasWidth: Int
        var canvasHeight: Int
    }

    /// One plane's vertical resampling and the memory of a block of rows.
    private struct Plane {
        let rowBytes: Int
        let rows: Int
        let taps: ResamplingTaps
        /// `[CK_LETTERBOX_ROWS][rowBytes]`.
        let lines: FloatStore
        /// `[rowBytes][CK_LETTERBOX_ROWS]`.
        let columns: FloatStore
    }

    /// One component's horizontal resampling and its result, `[fit.width][CK_LETTERBOX_ROWS]`.
    private struct Channel {
        let component: PixelComponent
        let taps: ResamplingTaps
        let values: FloatStore
    }

    private static let blockRows = Int(CK_LETTERBOX_ROWS)

    let kind: Kind
    let fit: LetterboxFit
    private let kernels: KernelSet
    private let planes: [Plane]
    private let channels: [Channel]
    private let matrix: [Float]
    /// Source rows of an output row.
    private var sources: [UnsafePointer<UInt8>?]

    init(_ kind: Kind, _ resampling: Resampling, _ kernels: KernelSet) {
        self.kind = kind
        self.kernels = kernels
        let fit = LetterboxFit(
            frameWidth: kind.width, frameHeight: kind.height, canvasWidth: kind.canvasWidth,
            canvasHeight: kind.canvasHeight)
        self.fit = fit
        let components = kind.format.components
        planes = (0..<kind.format.planeCount).map { number in
            let subsampling = components.first { $0.plane == number }?.subsamplingY ?? 1
            let rowBytes = kind.format.rowBytes(plane: number, width: kind.width)
            let rows = kind.format.rows(plane: number, height: kind.height)
            return Plane(
                rowBytes: rowBytes, rows: rows,
                taps: ResamplingTaps(
                    samples: rows, extent: Double(kind.height) / Double(subsampling), output: fit.height,
                    resampling),
                lines: FloatStore(count: rowBytes * Self.blockRows),
                columns: FloatStore(count: rowBytes * Self.blockRows))
        }
        channels = components.map { component in
            let samples = (kind.width + component.subsamplingX - 1) / component.subsamplingX
            return Channel(
                component: component,
                taps: ResamplingTaps(
                    samples: samples, extent: Double(kind.width) / Double(component.subsamplingX),
                    output: fit.width, resampling),
                values: FloatStore(count: fit.width * Self.blockRows))
        }
        matrix = kind.format.rgbMatrix(kind.encoding)
        sources = Array(repeating: nil, count: planes.map(\.taps.most).max() ?? 0)
    }

    func draw(_ pixels: any PixelBuffer, on canvas: PixelCanvas) {
        for start in stride(from: 0, to: fit.height, by: Self.blockRows) {
            let rows = min(Self.blockRows, fit.height - start)
            for (number, plane) in planes.enumerated() {
                pixels.withPlane(number) { bytes, stride in
                    bytes.withUnsafeBytes { blendRows(start..<start + rows, plane, $0, stride) }
                }
                ck_interleave_rows_f32(plane.lines.base, plane.rowBytes, plane.rowBytes, plane.columns.base)
            }
            for channel in channels { blendColumns(channel) }
            storePixels(start, rows, on: canvas)
        }
    }

    private func blendRows(_ rows: Range<Int>, _ plane: Plane, _ bytes: UnsafeRawBufferPointer, _ stride: Int)
    {
        precondition(
            stride >= plane.rowBytes && bytes.count >= (plane.rows - 1) * stride + plane.rowBytes,
            "a plane is as large as its format says")
        let taps = plane.taps
        for (line, row) in rows.enumerated() {
            let first = Int(taps.first[row])
            let count = Int(taps.counts[row])
            for tap in 0..<count {
                sources[tap] = bytes.baseAddress?.advanced(by: (first + tap) * stride)
                    .assumingMemoryBound(to: UInt8.self)
            }
            taps.weights.withUnsafeBufferPointer { weights in
                kernels.kernels.pointee.blend_rows_u8?(
                    &sources, weights.baseAddress.map { $0 + row * taps.most }, count, plane.rowBytes,
                    plane.lines.base + line * plane.rowBytes)
            }
        }
    }

    private func blendColumns(_ channel: Channel) {
        let (component, taps) = (channel.component, channel.taps)
        kernels.kernels.pointee.blend_columns_f32?(
            planes[component.plane].columns.base + component.offset * Self.blockRows, taps.first, taps.counts,
            taps.weights, taps.most, component.step, fit.width, channel.values.base)
    }

    private func storePixels(_ start: Int, _ rows: Int, on canvas: PixelCanvas) {
        guard let base = canvas.bytes.baseAddress else { return }
        // Grey has one channel for all three.
        let last = channels.count - 1
        kernels.kernels.pointee.store_rgb_u8?(
            channels[0].values.base, channels[min(1, last)].values.base, channels[min(2, last)].values.base,
            matrix, fit.width, rows, base + start * canvas.width * 3, canvas.width * 3)
    }
}
