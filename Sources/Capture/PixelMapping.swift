import CFFmpeg
import Frames

/// How FFmpeg's pixel formats meet `Frames.PixelFormat`.
enum PixelMapping {
    /// Formats whose bytes the letterbox reads as they are. The `j` formats differ in range only; a
    /// fourth byte, alpha or not, is ignored.
    private static let direct: [(ffmpeg: AVPixelFormat, format: PixelFormat)] = [
        (AV_PIX_FMT_YUV420P, .yuv420p), (AV_PIX_FMT_YUVJ420P, .yuv420p), (AV_PIX_FMT_YUVA420P, .yuv420p),
        (AV_PIX_FMT_YUV422P, .yuv422p), (AV_PIX_FMT_YUVJ422P, .yuv422p), (AV_PIX_FMT_YUVA422P, .yuv422p),
        (AV_PIX_FMT_YUV444P, .yuv444p), (AV_PIX_FMT_YUVJ444P, .yuv444p), (AV_PIX_FMT_YUVA444P, .yuv444p),
        (AV_PIX_FMT_NV12, .nv12),
        (AV_PIX_FMT_YUYV422, .yuyv422),
        (AV_PIX_FMT_UYVY422, .uyvy422),
        (AV_PIX_FMT_RGB24, .rgb24),
        (AV_PIX_FMT_BGR24, .bgr24),
        (AV_PIX_FMT_RGB0, .rgb0), (AV_PIX_FMT_RGBA, .rgb0),
        (AV_PIX_FMT_BGR0, .bgr0), (AV_PIX_FMT_BGRA, .bgr0),
        (AV_PIX_FMT_GRAY8, .gray8),
    ]

    static func format(of pixels: AVPixelFormat) -> PixelFormat? {
        direct.first { $0.ffmpeg == pixels }?.format
    }

    /// What FFmpeg calls `format`, in its form without a range of its own.
    static func ffmpegFormat(of format: PixelFormat) -> AVPixelFormat {
        direct.first { $0.format == format }?.ffmpeg ?? AV_PIX_FMT_RGB24
    }

    /// The nearest readable layout for anything else: the same chroma sampling where there is one, so
    /// that deeper YUV only loses depth; rgb24 for everything that is not YUV.
    static func nearest(to pixels: AVPixelFormat) -> PixelFormat {
        guard let about = av_pix_fmt_desc_get(pixels)?.pointee else { return .rgb24 }
        if about.nb_components <= 2 { return pixels == AV_PIX_FMT_PAL8 ? .rgb24 : .gray8 }
        let isRGB = about.flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
        guard !isRGB else { return .rgb24 }
        return switch (about.log2_chroma_w, about.log2_chroma_h) {
        case (1, 1): .yuv420p
        case (1, 0): .yuv422p
        default: .yuv444p
        }
    }

    static func name(of pixels: AVPixelFormat) -> String {
        av_get_pix_fmt_name(pixels).map { String(cString: $0) } ?? "unknown"
    }
}

extension ColorEncoding {
    /// As the stream says; where it is silent, by size, as players do: above 576 lines BT.709.
    init(of frame: AVFrame) {
        let matrix: Matrix =
            switch frame.colorspace {
            case AVCOL_SPC_BT709: .bt709
            case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: .bt2020
            case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC, AVCOL_SPC_SMPTE240M: .bt601
            default: frame.height > 576 ? .bt709 : .bt601
            }
        let isFull =
            switch frame.color_range {
            case AVCOL_RANGE_JPEG: true
            case AVCOL_RANGE_MPEG: false
            default: Self.hasFullRangeByName(AVPixelFormat(rawValue: frame.format))
            }
        self.init(matrix: matrix, isFullRange: isFull)
    }

    private static func hasFullRangeByName(_ pixels: AVPixelFormat) -> Bool {
        [
            AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P,
            AV_PIX_FMT_GRAY8,
        ]
        .contains(pixels)
    }
}
