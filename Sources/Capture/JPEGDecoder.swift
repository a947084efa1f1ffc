import CFFmpeg
import Frames

/// Decodes JPEGs, one at a time; belongs to one queue.
final class JPEGDecoder {
    private let converter = PictureConverter()
    private var codec: UnsafeMutablePointer<AVCodecContext>?
    private var packet = av_packet_alloc()
    private var frame = av_frame_alloc()

    init(maximumPixels: Int) throws(FFmpegError) {
        guard let decoder = avcodec_find_decoder(AV_CODEC_ID_MJPEG) else {
            throw FFmpegError(code: cffmpeg_error_no_decoder)
        }
        codec = avcodec_alloc_context3(decoder)
        guard let codec, packet != nil, frame != nil else { throw FFmpegError(code: cffmpeg_error_memory) }
        codec.pointee.max_pixels = Int64(maximumPixels)
        codec.pointee.thread_count = 1
        let code = avcodec_open2(codec, decoder, nil)
        guard code >= 0 else { throw FFmpegError(code: code) }
    }

    deinit {
        avcodec_free_context(&codec)
        av_packet_free(&packet)
        av_frame_free(&frame)
    }

    /// Decodes one picture; `bytes` are copied (decoders read a little beyond the end).
    /// - Parameter isTurned: as its EXIF orientation says; cameras write none.
    func decode(_ bytes: UnsafeRawBufferPointer, turning isTurned: Bool = false) throws(FFmpegError)
        -> any PixelBuffer
    {
        guard let packet, let frame, let start = bytes.baseAddress else {
            throw FFmpegError(code: cffmpeg_error_invalid_data)
        }
        var code = av_new_packet(packet, Int32(clamping: bytes.count))
        guard code >= 0 else { throw FFmpegError(code: code) }
        defer { av_packet_unref(packet) }
        packet.pointee.data.update(from: start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
        code = avcodec_send_packet(codec, packet)
        guard code >= 0 else { throw FFmpegError(code: code) }
        code = avcodec_receive_frame(codec, frame)
        guard code >= 0 else { throw FFmpegError(code: code) }
        let orientation = isTurned ? Orientation(of: frame) ?? .upright : .upright
        return try converter.pixels(of: frame, orientation: orientation)
    }
}
