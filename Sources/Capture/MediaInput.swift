import CFFmpeg
import Frames
import Glibc

/// An opened container: owns libavformat's context and knows its video stream.
final class MediaInput {
    private var context: UnsafeMutablePointer<AVFormatContext>?
    private let pipe: PipeInput?
    private let interrupt: Interrupt
    private let timeout: Double
    let stream: UnsafeMutablePointer<AVStream>
    let decoder: UnsafePointer<AVCodec>

    /// Formats that turn what is no video (text, a graph, a list of other files) into one.
    private static let refusedFormats: Set<String> = [
        "tty", "lavfi", "concat", "ffmetadata", "bin", "xbin", "adf", "idf", "vapoursynth",
    ]

    /// `shown` names the source in errors.
    init(
        _ location: MediaLocation, shown: String, options: CaptureOptions, interrupt: Interrupt
    ) throws(CaptureError) {
        try location.check()
        self.interrupt = interrupt
        timeout = location.isPipe ? 0 : options.timeout
        let pipe = try Self.pipe(for: location, shown: shown, interrupt: interrupt)
        self.pipe = pipe
        let failure = MediaFailure(
            location: location, shown: shown, timeout: options.timeout, interrupt: interrupt)

        interrupt.arm(seconds: timeout)
        defer { interrupt.disarm() }
        var opened = try Self.allocate(pipe: pipe, interrupt: interrupt, shown: shown)
        do throws(CaptureError) {
            try Self.open(&opened, location: location, options: options, failure: failure)
            guard let context = opened else { throw CaptureError.outOfMemory(shown) }
            (stream, decoder) = try Self.videoStream(
                of: context, maximumPixels: options.maximumPixels, failure: failure)
            self.context = context
        } catch {
            avformat_close_input(&opened)
            throw error
        }
    }

    deinit { avformat_close_input(&context) }

    private static func pipe(
        for location: MediaLocation, shown: String, interrupt: Interrupt
    ) throws(CaptureError) -> PipeInput? {
        switch location {
        case .file, .url: return nil
        case .descriptor(let descriptor): return PipeInput(descriptor: descriptor, interrupt: interrupt)
        case .fifo(let path):
            guard let pipe = PipeInput(fifo: path, interrupt: interrupt) else {
                throw .unreadable(shown, reason: String(cString: strerror(errno)))
            }
            return pipe
        }
    }

    private static func allocate(
        pipe: PipeInput?, interrupt: Interrupt, shown: String
    ) throws(CaptureError) -> UnsafeMutablePointer<AVFormatContext>? {
        guard let context = avformat_alloc_context() else { throw .outOfMemory(shown) }
        context.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 1 }
                return Unmanaged<Interrupt>.fromOpaque(opaque).takeUnretainedValue().shouldStop ? 1 : 0
            }, opaque: Unmanaged.passUnretained(interrupt).toOpaque())
        if let pipe {
            guard let io = pipe.context else { throw .outOfMemory(shown) }
            context.pointee.pb = io
            context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        }
        return context
    }

    private static func open(
        _ context: inout UnsafeMutablePointer<AVFormatContext>?, location: MediaLocation,
        options: CaptureOptions, failure: MediaFailure
    ) throws(CaptureError) {
        var forced: UnsafePointer<AVInputFormat>?
        if let name = options.inputFormat {
            forced = av_find_input_format(name)
            guard forced != nil, !refusedFormats.contains(name) else {
                throw .badSpec(failure.shown, reason: "there is no input format \(name)")
            }
        }
        var dictionary = settings(for: location, options: options)
        defer { av_dict_free(&dictionary) }
        let code = avformat_open_input(&context, location.address, forced, &dictionary)
        guard code >= 0 else { throw failure.opening(code) }
        if let name = context?.pointee.iformat?.pointee.name.map({ String(cString: $0) }),
            refusedFormats.contains(name)
        {
            throw .notVideo(failure.shown, reason: FFmpegError(code: cffmpeg_error_invalid_data).description)
        }
    }

    private static func settings(for location: MediaLocation, options: CaptureOptions) -> OpaquePointer? {
        var dictionary: OpaquePointer?
        av_dict_set(&dictionary, "protocol_whitelist", location.protocols, 0)
        // A picture's name is a name, not a pattern of names.
        av_dict_set(&dictionary, "pattern_type", "none", 0)
        if location.isRemote { av_dict_set(&dictionary, "rtsp_transport", options.rtspTransport.rawValue, 0) }
        if let size = options.size {
            av_dict_set(&dictionary, "video_size", "\(size.width)x\(size.height)", 0)
        }
        if let rate = options.rate { av_dict_set(&dictionary, "framerate", "\(rate)", 0) }
        return dictionary
    }

    /// The stream that FFmpeg thinks best, pictures attached to sound excluded.
    private static func videoStream(
        of context: UnsafeMutablePointer<AVFormatContext>, maximumPixels: Int, failure: MediaFailure
    ) throws(CaptureError) -> (UnsafeMutablePointer<AVStream>, UnsafePointer<AVCodec>) {
        let count = Int(context.pointee.nb_streams)
        // Finding a stream's format decodes a little: the size limit must hold there, too.
        var limits = [OpaquePointer?](repeating: nil, count: count)
        for index in limits.indices { av_dict_set_int(&limits[index], "max_pixels", Int64(maximumPixels), 0) }
        let code = avformat_find_stream_info(context, &limits)
        for index in limits.indices { av_dict_free(&limits[index]) }
        guard code >= 0 else { throw failure.opening(code) }
        if failure.interrupt.shouldStop { throw failure.opening(cffmpeg_error_exit) }

        var decoder: UnsafePointer<AVCodec>?
        let best = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0)
        if best == cffmpeg_error_no_decoder { throw .noDecoder(failure.shown, codec: codecName(in: context)) }
        guard best >= 0, let stream = context.pointee.streams[Int(best)], let decoder,
            stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        else { throw .noVideoStream(failure.shown) }
        for index in 0..<Int(context.pointee.nb_streams) where index != Int(best) {
            context.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
        }
        let size = stream.pointee.codecpar.pointee
        try failure.checkSize(width: Int(size.width), height: Int(size.height), maximumPixels: maximumPixels)
        return (stream, decoder)
    }

    private static func codecName(in context: UnsafeMutablePointer<AVFormatContext>) -> String {
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let parameters = context.pointee.streams[index]?.pointee.codecpar?.pointee,
                parameters.codec_type == AVMEDIA_TYPE_VIDEO
            else { continue }
            return String(cString: avcodec_get_name(parameters.codec_id))
        }
        return "its codec"
    }

    /// The next packet of the video stream, or FFmpeg's code. A read may stay silent for `timeout`.
    func read(into packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
        guard let context else { return cffmpeg_error_eof }
        interrupt.arm(seconds: timeout)
        defer { interrupt.disarm() }
        while true {
            let code = av_read_frame(context, packet)
            if code == cffmpeg_error_again, !interrupt.shouldStop {
                poll(nil, 0, 5)
                continue
            }
            if code < 0 || packet.pointee.stream_index == stream.pointee.index {
                // A late answer stands for itself: demuxers end quietly when interrupted.
                return code < 0 && interrupt.shouldStop ? cffmpeg_error_exit : code
            }
            av_packet_unref(packet)
        }
    }

    /// Moves to the last key frame at or before `pts` in the stream's timebase.
    func seek(to pts: Int64) -> Bool {
        guard let context, canSeek else { return false }
        interrupt.arm(seconds: timeout)
        defer { interrupt.disarm() }
        return av_seek_frame(context, stream.pointee.index, pts, AVSEEK_FLAG_BACKWARD) >= 0
    }

    var canSeek: Bool {
        guard let io = context?.pointee.pb else { return false }
        return io.pointee.seekable & AVIO_SEEKABLE_NORMAL != 0
    }

    /// Of the whole container; nil where it does not say.
    var duration: Timestamp? {
        guard let duration = context?.pointee.duration, duration > 0 else { return nil }
        return Timestamp(ticks: duration, of: Timebase(1, Int(AV_TIME_BASE)))
    }

    /// True where time may jump in the middle, as in broadcast streams.
    var hasDiscontinuities: Bool {
        (context?.pointee.iformat?.pointee.flags ?? 0) & AVFMT_TS_DISCONT != 0
    }

    /// True for containers of a single picture.
    var isPicture: Bool {
        guard let name = context?.pointee.iformat?.pointee.name.map({ String(cString: $0) }) else {
            return false
        }
        return name == "image2" || name.hasSuffix("_pipe") && name != "yuv4mpegpipe"
    }

    /// Nominal frames per second.
    var rate: Timebase? {
        let guess = av_guess_frame_rate(context, stream, nil)
        guard guess.num > 0, guess.den > 0 else { return nil }
        return Timebase(Int(guess.num), Int(guess.den))
    }
}

/// Puts FFmpeg's codes from opening a source into sentences.
struct MediaFailure {
    var location: MediaLocation
    var shown: String
    var timeout: Double
    var interrupt: Interrupt

    func opening(_ code: Int32) -> CaptureError {
        if interrupt.isCancelled { return .cancelled(shown) }
        if code == cffmpeg_error_exit || interrupt.isLate { return .timedOut(shown, seconds: timeout) }
        if code == cffmpeg_error_memory { return .outOfMemory(shown) }
        let reason = Redaction.shown(FFmpegError(code: code).description)
        if location.isRemote { return .connectionFailed(shown, reason: reason) }
        if code == cffmpeg_error_invalid_data, location.beginsLikeMP4 { return .truncated(shown) }
        if location.isPipe, code == cffmpeg_error_eof { return .emptyFile(shown) }
        return .notVideo(shown, reason: reason)
    }

    func checkSize(width: Int, height: Int, maximumPixels: Int) throws(CaptureError) {
        guard width <= PictureLimit.side, height <= PictureLimit.side, width * height <= maximumPixels else {
            throw .tooLarge(shown, width: width, height: height, maximumPixels: maximumPixels)
        }
    }
}
