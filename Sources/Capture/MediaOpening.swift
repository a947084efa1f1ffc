import CFFmpeg
import Frames
import Glibc

/// Everything needed to open a container, once or again.
struct MediaOpening {
    var location: MediaLocation
    /// The source's name for screen and log.
    var name: String
    /// How errors and logs call the source; without secrets.
    var shown: String
    var options: CaptureOptions
    /// The name that a picture of a folder carries in its frame.
    var file: String?
    var interrupt = Interrupt()

    init(_ location: MediaLocation, name: String, shown: String, options: CaptureOptions) {
        self.location = location
        self.name = name
        self.shown = shown
        self.options = options
        FFmpegLog.route(verbose: options.verbose)
    }

    func decoder() throws(CaptureError) -> MediaDecoder {
        let input = try MediaInput(location, shown: shown, options: options, interrupt: interrupt)
        do throws(FFmpegError) {
            // Frame threads delay live pictures; the network needs the other cores.
            let threads: Int32 = input.canSeek ? 2 : 1
            return try MediaDecoder(input, threads: threads, maximumPixels: options.maximumPixels)
        } catch {
            throw .nothingDecoded(shown, reason: error.description)
        }
    }

    /// Decodes up to the first picture; throws where there is none.
    func firstPicture(of decoder: MediaDecoder) throws(CaptureError) -> Damage {
        var damage = Damage()
        while true {
            switch decoder.decode() {
            case .frame: return damage
            case .damaged(let code): damage.add(code)
            case .end(let code):
                if interrupt.isCancelled { throw .cancelled(shown) }
                if code == cffmpeg_error_exit { throw .timedOut(shown, seconds: options.timeout) }
                let words =
                    damage.count > 0
                    ? damage.words
                    : code.map { FFmpegError(code: $0).description } ?? "there is no picture in it"
                throw .nothingDecoded(shown, reason: words)
            }
        }
    }

    /// Of a decoder that holds its first picture.
    func description(of decoder: MediaDecoder) throws(CaptureError) -> SourceDescription {
        let input = decoder.input
        let (width, height) = (Int(decoder.frame.pointee.width), Int(decoder.frame.pointee.height))
        let failure = MediaFailure(
            location: location, shown: shown, timeout: options.timeout, interrupt: interrupt)
        try failure.checkSize(width: width, height: height, maximumPixels: options.maximumPixels)
        let isTransposed = decoder.orientation.isTransposed
        let isPicture = input.isPicture
        let isLive = location.isRemote && !(input.canSeek && input.duration != nil)
        let frames = Int(input.stream.pointee.nb_frames)
        return SourceDescription(
            kind: isPicture ? .picture : location.isRemote ? .stream : .file, spec: shown, name: name,
            width: isTransposed ? height : width, height: isTransposed ? width : height,
            rate: isPicture ? nil : input.rate,
            timebase: isPicture ? nil : Timebase(input.stream.pointee.time_base),
            encoding: decoder.codecName, isLive: isLive,
            duration: isPicture || isLive ? nil : input.duration,
            frameCount: isPicture ? 1 : frames > 0 ? frames : nil)
    }
}
