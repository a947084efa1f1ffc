import CKernels
import Frames

/// Where a picture lies on the network's input: scaled to fit, at the top left.
public struct LetterboxFit: Sendable, Hashable {
    /// Network pixels per frame pixel.
    public let scale: Double
    /// Of the picture without the border, in network pixels.
    public let width: Int
    public let height: Int

    /// effdet's rule: the smaller ratio; sizes are cut, not rounded.
    public init(frameWidth: Int, frameHeight: Int, canvasWidth: Int, canvasHeight: Int) {
        scale = min(
            Double(canvasWidth) / Double(frameWidth), Double(canvasHeight) / Double(frameHeight))
        width = max(1, Int(Double(frameWidth) * scale))
        height = max(1, Int(Double(frameHeight) * scale))
    }

    /// A box of the network in pixels of the frame.
    public func frameBox(_ box: NetworkBox) -> Box {
        let factor = Float(1 / scale)
        return Box(x1: box.x1 * factor, y1: box.y1 * factor, x2: box.x2 * factor, y2: box.y2 * factor)
    }
}

/// Draws pictures of any pixel format on the network's canvas: resized, converted to RGB and bordered in
/// one pass, the picture itself is never copied. Planes are resized as they are (colours are converted
/// afterwards, at the canvas's size), rows first, since those are contiguous.
///
/// It belongs to one queue at a time, like its canvas.
public final class Letterbox: @unchecked Sendable {
    private let fill: [UInt8]
    private let resampling: Resampling
    private let kernels: KernelSet
    private var drawing: LetterboxDrawing?
    /// A row of the border.
    private var border: [UInt8] = []

    /// - Parameter fill: R, G, B of the border.
    public init(fill: [UInt8], resampling: Resampling = .antialiased, kernels: KernelSet) {
        precondition(fill.count == 3, "a colour has three parts")
        self.fill = fill
        self.resampling = resampling
        self.kernels = kernels
    }

    /// Draws `pixels` and the border on all of `canvas`.
    public func draw(_ pixels: any PixelBuffer, on canvas: PixelCanvas) -> LetterboxFit {
        let kind = LetterboxDrawing.Kind(
            format: pixels.format, encoding: pixels.encoding, width: pixels.width, height: pixels.height,
            canvasWidth: canvas.width, canvasHeight: canvas.height)
        let drawing: LetterboxDrawing
        if let known = self.drawing, known.kind == kind {
            drawing = known
        } else {
            drawing = LetterboxDrawing(kind, resampling, kernels)
            self.drawing = drawing
        }
        drawing.draw(pixels, on: canvas)
        paintBorder(of: drawing.fit, on: canvas)
        return drawing.fit
    }

    private func paintBorder(of fit: LetterboxFit, on canvas: PixelCanvas) {
        guard let base = canvas.bytes.baseAddress else { return }
        let rowBytes = canvas.width * 3
        if border.count != rowBytes { border = (0..<rowBytes).map { fill[$0 % 3] } }
        border.withUnsafeBufferPointer { border in
            guard let colours = border.baseAddress else { return }
            for row in 0..<canvas.height {
                let start = row < fit.height ? fit.width * 3 : 0
                (base + row * rowBytes + start).update(from: colours, count: rowBytes - start)
            }
        }
    }
}
