import CFFmpeg
import Frames

/// Makes `DecodedPixels` of decoded frames: by reference wherever the letterbox can read them, else by
/// one converted or upright copy. Belongs to one queue.
final class PictureConverter {
    private var scaler: OpaquePointer?
    let lent = LentBuffers()

    deinit { sws_freeContext(scaler) }

    /// Refers to `frame` (which stays the caller's). Throws FFmpeg's code.
    func pixels(of frame: UnsafeMutablePointer<AVFrame>, orientation: Orientation) throws(FFmpegError)
        -> DecodedPixels
    {
        let stored = AVPixelFormat(rawValue: frame.pointee.format)
        if let format = PixelMapping.format(of: stored), orientation == .upright,
            frame.pointee.isLaidOut(as: format)
        {
            guard let reference = av_frame_clone(frame) else { throw FFmpegError(code: cffmpeg_error_memory) }
            return DecodedPixels(owning: reference, format: format, lent: lent)
        }
        var format = PixelMapping.format(of: stored) ?? PixelMapping.nearest(to: stored)
        if orientation != .upright { format = Self.turnable(format) }
        let copy = try converted(frame, to: format)
        guard orientation != .upright else { return DecodedPixels(owning: copy, format: format, lent: lent) }
        defer { Self.free(copy) }
        let turned = try Self.turned(copy, format: format, by: orientation)
        return DecodedPixels(owning: turned, format: format, lent: lent)
    }

    /// Layouts in which every plane is a grid of whole elements with the same sampling both ways.
    private static func turnable(_ format: PixelFormat) -> PixelFormat {
        switch format {
        case .yuv420p, .yuv444p, .nv12, .rgb24, .bgr24, .rgb0, .bgr0, .gray8: format
        case .yuv422p, .yuyv422, .uyvy422: .yuv444p
        }
    }

    private static func elementBytes(_ format: PixelFormat, plane: Int) -> Int {
        switch format {
        case .nv12: plane == 0 ? 1 : 2
        case .rgb24, .bgr24: 3
        case .rgb0, .bgr0: 4
        default: 1
        }
    }

    private static func free(_ frame: UnsafeMutablePointer<AVFrame>) {
        var owned: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&owned)
    }

    private static func blank(
        like frame: UnsafeMutablePointer<AVFrame>, width: Int32, height: Int32, format: PixelFormat
    ) throws(FFmpegError) -> UnsafeMutablePointer<AVFrame> {
        guard let blank = av_frame_alloc() else { throw FFmpegError(code: cffmpeg_error_memory) }
        blank.pointee.width = width
        blank.pointee.height = height
        blank.pointee.format = PixelMapping.ffmpegFormat(of: format).rawValue
        blank.pointee.colorspace = frame.pointee.colorspace
        let isFull = ColorEncoding(of: frame.pointee).isFullRange
        blank.pointee.color_range = isFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        let code = av_frame_get_buffer(blank, 0)
        guard code >= 0 else {
            free(blank)
            throw FFmpegError(code: code)
        }
        return blank
    }

    /// A copy in `format`; range and matrix stay what they were.
    private func converted(_ frame: UnsafeMutablePointer<AVFrame>, to format: PixelFormat) throws(FFmpegError)
        -> UnsafeMutablePointer<AVFrame>
    {
        let (width, height) = (frame.pointee.width, frame.pointee.height)
        let copy = try Self.blank(like: frame, width: width, height: height, format: format)
        let target = PixelMapping.ffmpegFormat(of: format)
        let code: Int32
        if frame.pointee.format == target.rawValue {
            // Only the strides are in the way.
            code = av_frame_copy(copy, frame)
        } else {
            scaler = sws_getCachedContext(
                scaler, width, height, AVPixelFormat(rawValue: frame.pointee.format), width, height, target,
                Int32(SWS_POINT | SWS_ACCURATE_RND), nil, nil, nil)
            guard let scaler else {
                Self.free(copy)
                throw FFmpegError(code: cffmpeg_error_invalid_data)
            }
            let range: Int32 = ColorEncoding(of: frame.pointee).isFullRange ? 1 : 0
            let table = sws_getCoefficients(Int32(frame.pointee.colorspace.rawValue))
            sws_setColorspaceDetails(scaler, table, range, table, range, 0, 1 << 16, 1 << 16)
            code = sws_scale_frame(scaler, copy, frame)
        }
        guard code >= 0 else {
            Self.free(copy)
            throw FFmpegError(code: code)
        }
        return copy
    }

    private static func turned(
        _ frame: UnsafeMutablePointer<AVFrame>, format: PixelFormat, by orientation: Orientation
    ) throws(FFmpegError) -> UnsafeMutablePointer<AVFrame> {
        let (width, height) = (Int(frame.pointee.width), Int(frame.pointee.height))
        let upright = try blank(
            like: frame, width: Int32(orientation.isTransposed ? height : width),
            height: Int32(orientation.isTransposed ? width : height), format: format)
        for plane in 0..<format.planeCount {
            let element = elementBytes(format, plane: plane)
            let from = frame.pointee.plane(plane)
            let to = upright.pointee.plane(plane)
            guard let source = from.data, let target = to.data else { continue }
            orientation.turn(
                source, stride: from.stride, width: format.rowBytes(plane: plane, width: width) / element,
                height: format.rows(plane: plane, height: height), to: target, stride: to.stride,
                elementBytes: element)
        }
        return upright
    }
}
