import CFFmpeg
import Glibc

/// One of FFmpeg's negative codes, described in FFmpeg's own words.
struct FFmpegError: Error, Hashable, CustomStringConvertible {
    var code: Int32

    static let damaged = FFmpegError(code: cffmpeg_error_invalid_data)

    var description: String {
        let size = 256
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { text in
            text.initialize(repeating: 0)
            av_strerror(code, text.baseAddress, size)
            return text.baseAddress.map { String(cString: $0) } ?? "error \(code)"
        }
    }
}

/// Where FFmpeg's own messages go.
enum FFmpegLog {
    /// FFmpeg has one log for the whole process: nothing is written unless `verbose`, and then with
    /// passwords cut.
    static func route(verbose: Bool) {
        guard verbose else {
            av_log_set_level(AV_LOG_QUIET)
            return
        }
        av_log_set_level(AV_LOG_WARNING)
        av_log_set_callback { context, level, format, arguments in
            guard level <= av_log_get_level(), let format, let arguments else { return }
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { line in
                line.initialize(repeating: 0)
                var prefix: Int32 = 1
                av_log_format_line2(
                    context, level, format, arguments, line.baseAddress, Int32(line.count), &prefix)
                guard let start = line.baseAddress else { return }
                let words = Redaction.shown(String(String(cString: start).filter { $0 != "\n" }))
                var message = "ffmpeg: \(words)\n"
                message.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
            }
        }
    }
}
