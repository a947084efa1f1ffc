import CV4L2
import Frames
import Glibc
import Synchronization

/// A camera that delivers: owns the driver's mapped buffers. Frames refer to it, so the mapping lives
/// until the last of them is gone, even if the camera is pulled in between.
final class CameraStream: Sendable {
    /// As the driver granted it.
    struct Layout: Sendable, Hashable {
        var format: CameraFormat
        var width: Int
        var height: Int
        /// Bytes from row to row of the first plane.
        var stride: Int
        var encoding: ColorEncoding
        var interval: Timebase?

        /// Stride of `plane`: chroma planes follow the first without gaps.
        func stride(of plane: Int) -> Int {
            format == .yuv420 && plane > 0 ? stride / 2 : stride
        }

        /// Where `plane` begins in the buffer.
        func offset(of plane: Int) -> Int {
            guard let pixels = format.pixelFormat else { return 0 }
            return (0..<plane).reduce(0) { $0 + stride(of: $1) * pixels.rows(plane: $1, height: height) }
        }

        /// Bytes that a whole picture needs; 0 for compressed formats.
        var byteCount: Int {
            guard let pixels = format.pixelFormat else { return 0 }
            let last = pixels.planeCount - 1
            return offset(of: last) + stride(of: last) * (pixels.rows(plane: last, height: height) - 1)
                + pixels.rowBytes(plane: last, width: width)
        }

        var isSane: Bool {
            guard let pixels = format.pixelFormat else { return true }
            return (0..<pixels.planeCount).allSatisfy {
                stride(of: $0) >= pixels.rowBytes(plane: $0, width: width)
            }
        }
    }

    /// One filled buffer, to be given back with `giveBack`.
    struct Filled: Sendable, Hashable {
        var index: Int
        var bytesUsed: Int
        var sequence: Int
        /// Microseconds of the monotonic clock; nil where the driver stamps otherwise.
        var stamp: Int64?
        /// The driver says that the data is damaged.
        var isDamaged: Bool
    }

    enum Outcome {
        case filled(Filled)
        case nothingYet
        /// The negative `errno`.
        case failed(Int32)
    }

    let device: CameraDevice
    let layout: Layout
    private let buffers: Buffers
    private let lentCount = Atomic<Int>(0)

    /// Enough for one being filled, one waiting, and several in the pipeline.
    private static let wantedBuffers: UInt32 = 8
    /// The driver keeps at least so many, or it loses frames.
    private static let reserve = 2

    init(_ device: CameraDevice, mode: CameraMode) throws(CaptureError) {
        self.device = device
        layout = try Self.negotiate(device, mode)
        buffers = try Buffers(device, count: Self.wantedBuffers)
        guard buffers.regions.allSatisfy({ $0.count >= layout.byteCount }) else {
            throw .cameraFailed(device.path, call: "setting the mode", reason: "its buffers are too small")
        }
        for index in buffers.regions.indices {
            var buffer = Self.buffer(index)
            try device.demand(cv4l2_qbuf, "queueing a buffer", &buffer)
        }
        var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        try device.demand(cv4l2_streamon, "starting", &type)
    }

    deinit { stop() }

    /// Ends delivery; frames that are lent stay readable.
    func stop() {
        var type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        _ = device.request(cv4l2_streamoff, &type)
    }

    /// Frames that readers hold.
    var lent: Int { lentCount.load(ordering: .relaxed) }

    /// True while the driver keeps enough buffers for another one to be lent.
    var canLend: Bool { buffers.regions.count - lent > Self.reserve }

    func lend() { lentCount.add(1, ordering: .relaxed) }

    func takeBack(_ index: Int) {
        lentCount.subtract(1, ordering: .relaxed)
        giveBack(index)
    }

    /// The driver may fill the buffer again. A camera that is gone takes none, which does not matter.
    func giveBack(_ index: Int) {
        var buffer = Self.buffer(index)
        _ = device.request(cv4l2_qbuf, &buffer)
    }

    func bytes(of index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(buffers.regions[index]) }

    func dequeue(within milliseconds: Int32) -> Outcome {
        let ready = device.calls.wait(device.descriptor, milliseconds)
        guard ready != 0 else { return .nothingYet }
        guard ready > 0 else { return .failed(ready) }
        var buffer = Self.buffer(0)
        let result = device.request(cv4l2_dqbuf, &buffer)
        guard result >= 0 else { return result == -EAGAIN ? .nothingYet : .failed(result) }
        guard buffers.regions.indices.contains(Int(buffer.index)) else { return .failed(-EIO) }
        let isMonotonic = buffer.flags & cv4l2_flag_timestamp_mask == cv4l2_flag_timestamp_monotonic
        let stamp = Int64(buffer.timestamp.tv_sec) * 1_000_000 + Int64(buffer.timestamp.tv_usec)
        return .filled(
            Filled(
                index: Int(buffer.index),
                bytesUsed: min(Int(buffer.bytesused), buffers.regions[Int(buffer.index)].count),
                sequence: Int(buffer.sequence), stamp: isMonotonic && stamp > 0 ? stamp : nil,
                isDamaged: buffer.flags & cv4l2_flag_error != 0))
    }

    private static func buffer(_ index: Int) -> v4l2_buffer {
        var buffer = v4l2_buffer()
        buffer.index = UInt32(index)
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return buffer
    }

    private static func negotiate(_ device: CameraDevice, _ mode: CameraMode) throws(CaptureError) -> Layout {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        format.fmt.pix.width = UInt32(mode.width)
        format.fmt.pix.height = UInt32(mode.height)
        format.fmt.pix.pixelformat = mode.format.code
        format.fmt.pix.field = V4L2_FIELD_ANY.rawValue
        try device.demand(cv4l2_s_fmt, "setting the mode", &format)
        let pixels = format.fmt.pix
        guard let granted = CameraFormat(code: pixels.pixelformat),
            (1...PictureLimit.side).contains(Int(pixels.width)),
            (1...PictureLimit.side).contains(Int(pixels.height))
        else { throw .modeNotOffered(device.path, asked: mode.description, nearest: []) }

        var rate = v4l2_streamparm()
        rate.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        if let interval = mode.interval {
            rate.parm.capture.timeperframe = v4l2_fract(
                numerator: UInt32(interval.numerator), denominator: UInt32(interval.denominator))
            // Drivers without a choice of rates refuse; their own rate is as good.
            if device.request(cv4l2_s_parm, &rate) < 0 { rate = v4l2_streamparm() }
        }
        let granted1 = rate.parm.capture.timeperframe
        let interval =
            granted1.numerator > 0 && granted1.denominator > 0
            ? Timebase(Int(granted1.numerator), Int(granted1.denominator)) : mode.interval
        let rowBytes = granted.pixelFormat?.rowBytes(plane: 0, width: Int(pixels.width)) ?? 0
        let layout = Layout(
            format: granted, width: Int(pixels.width), height: Int(pixels.height),
            stride: pixels.bytesperline > 0 ? Int(pixels.bytesperline) : rowBytes,
            encoding: ColorEncoding(of: pixels), interval: interval)
        guard layout.isSane else {
            throw .cameraFailed(
                device.path, call: "setting the mode", reason: "rows are shorter than its picture")
        }
        return layout
    }
}

/// The driver's buffers mapped into this process; unmapped in `deinit`.
private final class Buffers: @unchecked Sendable {
    // Immutable after `init`. The driver writes only into buffers that are queued, readers read only
    // those that are not.
    let regions: [UnsafeMutableRawBufferPointer]
    private let device: CameraDevice

    init(_ device: CameraDevice, count: UInt32) throws(CaptureError) {
        self.device = device
        var request = v4l2_requestbuffers()
        request.count = count
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.memory = V4L2_MEMORY_MMAP.rawValue
        var mapped: [UnsafeMutableRawBufferPointer] = []
        do throws(CaptureError) {
            try device.demand(cv4l2_reqbufs, "asking for buffers", &request)
            for index in 0..<min(request.count, 32) {
                var buffer = v4l2_buffer()
                buffer.index = index
                buffer.type = request.type
                buffer.memory = request.memory
                try device.demand(cv4l2_querybuf, "asking for a buffer", &buffer)
                let length = Int(buffer.length)
                guard let address = device.calls.map(device.descriptor, length, Int(buffer.m.offset)) else {
                    throw .outOfMemory(device.path)
                }
                mapped.append(UnsafeMutableRawBufferPointer(start: address, count: length))
            }
            guard mapped.count >= 2 else {
                throw .cameraFailed(
                    device.path, call: "asking for buffers", reason: "it has only \(mapped.count)")
            }
        } catch {
            Self.unmap(mapped, device)
            throw error
        }
        regions = mapped
    }

    deinit { Self.unmap(regions, device) }

    private static func unmap(_ regions: [UnsafeMutableRawBufferPointer], _ device: CameraDevice) {
        for region in regions {
            if let start = region.baseAddress { device.calls.unmap(start, region.count) }
        }
    }
}

extension ColorEncoding {
    init(of pixels: v4l2_pix_format) {
        let matrix: Matrix =
            switch pixels.ycbcr_enc {
            case V4L2_YCBCR_ENC_709.rawValue: .bt709
            case V4L2_YCBCR_ENC_BT2020.rawValue: .bt2020
            case V4L2_YCBCR_ENC_DEFAULT.rawValue where pixels.colorspace == V4L2_COLORSPACE_REC709.rawValue:
                .bt709
            default: .bt601
            }
        let isFull =
            switch pixels.quantization {
            case V4L2_QUANTIZATION_FULL_RANGE.rawValue: true
            case V4L2_QUANTIZATION_LIM_RANGE.rawValue: false
            default: pixels.colorspace == V4L2_COLORSPACE_JPEG.rawValue
            }
        self.init(matrix: matrix, isFullRange: isFull)
    }
}
