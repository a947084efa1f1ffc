import CFFmpeg

/// A container's video stream decoded: owns libavcodec's context and the frame that it fills.
final class MediaDecoder {
    enum Outcome {
        /// `frame` holds the next picture until the next call.
        case frame
        /// A packet that gave no picture, with FFmpeg's code.
        case damaged(Int32)
        /// Every packet is read and every delayed picture is out; the code tells why reading ended where
        /// it was not the end of the file.
        case end(Int32?)
    }

    let input: MediaInput
    let frame: UnsafeMutablePointer<AVFrame>
    private let packet: UnsafeMutablePointer<AVPacket>
    private var codec: UnsafeMutablePointer<AVCodecContext>?
    private var isDraining = false
    private var readFailure: Int32?

    /// `threads` stays small: the network needs the cores.
    init(_ input: MediaInput, threads: Int32, maximumPixels: Int) throws(FFmpegError) {
        guard let frame = av_frame_alloc() else { throw FFmpegError(code: cffmpeg_error_memory) }
        guard let packet = av_packet_alloc() else {
            var unused: UnsafeMutablePointer<AVFrame>? = frame
            av_frame_free(&unused)
            throw FFmpegError(code: cffmpeg_error_memory)
        }
        self.input = input
        self.frame = frame
        self.packet = packet
        codec = avcodec_alloc_context3(input.decoder)
        guard let codec else { throw FFmpegError(code: cffmpeg_error_memory) }
        var code = avcodec_parameters_to_context(codec, input.stream.pointee.codecpar)
        guard code >= 0 else { throw FFmpegError(code: code) }
        codec.pointee.pkt_timebase = input.stream.pointee.time_base
        codec.pointee.max_pixels = Int64(maximumPixels)
        codec.pointee.thread_count = threads
        code = avcodec_open2(codec, input.decoder, nil)
        guard code >= 0 else { throw FFmpegError(code: code) }
    }

    deinit {
        var (frame, packet) = (Optional(frame), Optional(packet))
        av_frame_free(&frame)
        av_packet_free(&packet)
        avcodec_free_context(&codec)
    }

    func decode() -> Outcome {
        while true {
            let received = avcodec_receive_frame(codec, frame)
            if received >= 0 { return .frame }
            if received == cffmpeg_error_eof { return .end(readFailure) }
            guard received == cffmpeg_error_again else { return .damaged(received) }
            if let damage = feed() { return .damaged(damage) }
        }
    }

    /// Gives the decoder one packet, or word that there are no more. Returns the code of a refused one.
    private func feed() -> Int32? {
        guard !isDraining else { return nil }
        let code = input.read(into: packet)
        guard code >= 0 else {
            if code != cffmpeg_error_eof { readFailure = code }
            isDraining = true
            avcodec_send_packet(codec, nil)
            return nil
        }
        defer { av_packet_unref(packet) }
        let sent = avcodec_send_packet(codec, packet)
        return sent < 0 && sent != cffmpeg_error_again ? sent : nil
    }

    /// Forgets what was decoded so far, after a seek.
    func flush() {
        avcodec_flush_buffers(codec)
        isDraining = false
        readFailure = nil
    }

    /// The picture's stamp in the stream's timebase, as ffprobe's `best_effort_timestamp`.
    var stamp: Int64? {
        let stamp = frame.pointee.best_effort_timestamp
        return stamp == cffmpeg_no_pts ? nil : stamp
    }

    /// How the pictures are to be turned: the frame's own word first, then the stream's.
    var orientation: Orientation {
        if let own = Orientation(of: frame) { return own }
        var bytes = 0
        if let data = av_stream_get_side_data(input.stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes),
            bytes >= Orientation.matrixBytes
        {
            return Orientation(matrixBytes: data)
        }
        return .upright
    }

    /// FFmpeg's name of the codec: `h264`.
    var codecName: String { String(cString: avcodec_get_name(input.decoder.pointee.id)) }
}
