import Frames
import Glibc

/// Reads picture files one after the other with one decoder for all of them: opening a container for each
/// costs more than decoding a small picture. Belongs to one queue at a time.
public final class PictureReader: @unchecked Sendable {
    private let options: CaptureOptions
    private var jpeg: JPEGDecoder?

    /// Larger files take the long way.
    private static let mostBytes = 64 << 20
    /// Start of image and the first byte of the marker that follows.
    private static let jpegStart: [UInt8] = [0xFF, 0xD8, 0xFF]

    public init(options: CaptureOptions = CaptureOptions()) {
        self.options = options
    }

    /// The first picture of what `spec` names; of a JPEG file the same pixels that `Capture.open` gives.
    /// - Throws: what `Capture.open` throws.
    public func picture(_ spec: SourceSpec) throws -> Frame {
        if case .path(let path) = spec.kind, let pixels = pixelsOfJPEG(path) {
            return Frame(pixels: pixels, sequence: 0, time: .zero, pts: nil, arrival: .now)
        }
        let source = try Capture.open(spec, options: options)
        while let event = try source.next() {
            if case .frame(let frame) = event { return frame }
        }
        throw CaptureError.nothingDecoded(spec.shown, reason: "no picture in it")
    }

    /// Nil for whatever is not plainly a JPEG: the long way finds out what it is or what is wrong with it.
    private func pixelsOfJPEG(_ path: String) -> (any PixelBuffer)? {
        guard let bytes = Self.bytes(ofJPEG: path) else { return nil }
        do {
            let decoder = try jpeg ?? JPEGDecoder(maximumPixels: options.maximumPixels)
            jpeg = decoder
            return try bytes.withUnsafeBytes { try decoder.decode($0, turning: true) }
        } catch {
            // It may hold half a picture.
            jpeg = nil
            return nil
        }
    }

    private static func bytes(ofJPEG path: String) -> [UInt8]? {
        var about = stat()
        // Whoever writes to a pipe must not take us for its reader.
        guard stat(path, &about) == 0, about.st_mode & S_IFMT == S_IFREG,
            (jpegStart.count...mostBytes).contains(Int(about.st_size))
        else { return nil }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let size = Int(about.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = 0
            while count < size {
                let got = read(file, buffer.baseAddress?.advanced(by: count), size - count)
                guard got > 0 else { return }
                count += got
                if count == got, !buffer.prefix(jpegStart.count).elementsEqual(jpegStart) { return }
            }
        }
        return bytes.count == size && bytes.starts(with: jpegStart) ? bytes : nil
    }
}
