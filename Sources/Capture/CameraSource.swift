import Frames
import Glibc

/// A camera through libv4l2. Uncompressed frames are lent from the driver's own buffers; JPEG frames are
/// decoded. Frames that the driver lost are gaps; a camera that is pulled is looked for until it is back.
final class CameraSource: FrameSource, @unchecked Sendable {
    // All mutable state belongs to the one queue that calls `next()`; `cancel()` touches only
    // `interrupt`.
    private enum State {
        case streaming(CameraStream)
        /// The camera went away; the gap was told.
        case lost
        case ended
    }

    private let camera: Camera
    private let calls: CameraCalls
    private let options: CaptureOptions
    private let interrupt = Interrupt()
    private var jpeg: JPEGDecoder?
    private var state: State
    private var backoff: Backoff?
    private var clock = MediaClock(timebase: CameraSource.timebase, rate: nil, allowsJumps: false)
    private var sequence = 0
    /// The driver's number that stands for our `sequence`.
    private var expected: Int?
    private var silence = 0.0
    private var pending: [SourceEvent] = []
    let description: SourceDescription

    /// Drivers stamp in microseconds.
    private static let timebase = Timebase(1, 1_000_000)
    /// Milliseconds between two looks at `cancel()`.
    private static let step: Int32 = 100

    init(
        _ query: SourceSpec.CameraQuery, spec: SourceSpec, options: CaptureOptions,
        calls: CameraCalls = .system
    ) throws(CaptureError) {
        self.calls = calls
        self.options = options
        FFmpegLog.route(verbose: options.verbose)
        camera = try CameraFinder(calls: calls).find(query)
        let stream = try Self.stream(camera, options: options, calls: calls)
        let layout = stream.layout
        backoff = options.reconnect.map { Backoff($0, seed: UInt64(getpid())) }
        description = SourceDescription(
            kind: .camera, spec: spec.shown, name: spec.displayName, width: layout.width,
            height: layout.height, rate: layout.interval.map { Timebase($0.denominator, $0.numerator) },
            timebase: Self.timebase, encoding: layout.format.pixelFormat?.rawValue ?? "mjpeg", isLive: true)
        state = .streaming(stream)
    }

    private static func stream(
        _ camera: Camera, options: CaptureOptions, calls: CameraCalls
    ) throws(CaptureError) -> CameraStream {
        let device = try CameraDevice(path: camera.node, calls: calls)
        let modes = device.modes(wanted: options.size)
        guard let mode = CameraModeChoice.best(of: modes, size: options.size, rate: options.rate) else {
            let size = options.size.map { "\($0.width)x\($0.height)" }
            let rate = options.rate.map { "\($0) frames a second" }
            let asked = [size, rate].compactMap(\.self).joined(separator: " at ")
            let nearest = CameraModeChoice.nearest(to: options.size, rate: options.rate, of: modes)
            throw .modeNotOffered(
                camera.node, asked: asked.isEmpty ? "any format that vedette reads" : asked,
                nearest: nearest.map(\.description))
        }
        return try CameraStream(device, mode: mode)
    }

    func cancel() { interrupt.cancel() }

    func next() throws -> SourceEvent? {
        while !interrupt.isCancelled {
            if !pending.isEmpty { return pending.removeFirst() }
            switch state {
            case .streaming(let stream): try advance(stream)
            case .lost: try reconnect()
            case .ended: return nil
            }
        }
        if case .streaming(let stream) = state { stream.stop() }
        state = .ended
        return nil
    }

    private func advance(_ stream: CameraStream) throws(CaptureError) {
        switch stream.dequeue(within: Self.step) {
        case .filled(let filled):
            silence = 0
            accept(filled, from: stream)
        case .nothingYet:
            silence += Double(Self.step) / 1000
            if options.timeout > 0, silence >= options.timeout {
                lose(stream, "nothing came for \(Int(options.timeout)) s")
            }
        case .failed(let code):
            lose(stream, code == -ENODEV ? "unplugged" : String(cString: strerror(-code)))
        }
    }

    private func accept(_ filled: CameraStream.Filled, from stream: CameraStream) {
        tellLost(before: filled.sequence)
        let pts = filled.stamp ?? calls.now()
        do throws(FFmpegError) {
            let pixels = try pixels(of: filled, from: stream)
            pending.append(
                .frame(
                    Frame(
                        pixels: pixels, sequence: sequence, time: clock.time(of: pts), pts: pts, arrival: .now
                    )))
        } catch {
            let words = filled.isDamaged ? "damaged on its way" : error.description
            pending.append(
                .gap(Gap(reason: .decode, lost: sequence...sequence, from: clock.last, detail: words)))
        }
        sequence += 1
    }

    /// The driver numbers what it captured, whether or not it found room for it. A number that does not
    /// rise says nothing.
    private func tellLost(before number: Int) {
        defer { expected = number + 1 }
        guard let expected, number > expected else { return }
        let count = number - expected
        pending.append(
            .gap(Gap(reason: .driver, lost: sequence...(sequence + count - 1), from: clock.last)))
        sequence += count
    }

    private func pixels(
        of filled: CameraStream.Filled, from stream: CameraStream
    ) throws(FFmpegError) -> any PixelBuffer {
        let bytes = stream.bytes(of: filled.index)
        guard let format = stream.layout.format.pixelFormat else {
            defer { stream.giveBack(filled.index) }
            guard !filled.isDamaged else { throw FFmpegError.damaged }
            if jpeg == nil { jpeg = try JPEGDecoder(maximumPixels: options.maximumPixels) }
            guard let jpeg else { throw FFmpegError.damaged }
            return try jpeg.decode(UnsafeRawBufferPointer(rebasing: bytes[..<filled.bytesUsed]))
        }
        guard !filled.isDamaged, filled.bytesUsed >= stream.layout.byteCount else {
            stream.giveBack(filled.index)
            throw FFmpegError.damaged
        }
        if stream.canLend { return CameraPixels(lending: filled.index, of: stream, format: format) }
        defer { stream.giveBack(filled.index) }
        return CopiedCameraPixels(of: filled.index, in: stream, format: format)
    }

    private func lose(_ stream: CameraStream, _ words: String) {
        stream.stop()
        expected = nil
        silence = 0
        pending.append(.gap(Gap(reason: .unplugged, from: clock.last, detail: words)))
        state = .lost
    }

    /// One attempt after a pause; without leave to try, the loss is the end.
    private func reconnect() throws(CaptureError) {
        guard let pause = backoff?.next() else {
            state = .ended
            throw .lost(description.spec, reason: "the camera went away")
        }
        calls.pause(interrupt, pause)
        guard !interrupt.isCancelled, let found = CameraFinder(calls: calls).refind(camera),
            let stream = try? Self.stream(found, options: options, calls: calls)
        else { return }
        backoff?.reset()
        state = .streaming(stream)
    }
}
