import CV4L2
import Glibc
import Synchronization

@testable import Capture

/// Stands in for driver and kernel: answers the requests of `CameraCalls` from a script.
final class FakeCamera: Sendable {
    struct Size {
        var format: CameraFormat
        var width: Int
        var height: Int
        var rates: [Int]
    }

    enum Step {
        /// A frame with this number of the driver's, filled with `value`.
        case frame(sequence: Int, value: UInt8 = 7)
        case damagedFrame(sequence: Int)
        case data(sequence: Int, [UInt8])
        case silence
        case fails(Int32)
    }

    struct State {
        var nodes = ["/dev/video0"]
        var stableNames: [(name: String, node: String)] = []
        /// Nodes that carry metadata only.
        var metadata: Set<String> = []
        var openErrors: [String: Int32] = [:]
        /// By request number.
        var requestErrors: [UInt: Int32] = [:]
        var sizes: [Size] = [Size(format: .yuyv, width: 64, height: 48, rates: [30])]
        var card = "Fake Camera"
        var script: [Step] = []
        /// What happens after the script.
        var afterwards = Step.silence
        /// Run at each pause, instead of waiting.
        var onPause: (@Sendable (inout State) -> Void)?

        var openDescriptors: Set<Int32> = []
        var nextDescriptor: Int32 = 100
        var memory: [Int] = []
        var queued: [Int] = []
        var mapped = 0
        var isStreaming = false
        var granted: (width: Int, height: Int, format: UInt32) = (0, 0, 0)
        var pauses: [Double] = []
    }

    let state: Mutex<State>
    static let bufferCount = 8

    init(_ set: (inout sending State) -> Void = { _ in }) {
        var initial = State()
        set(&initial)
        state = Mutex(initial)
    }

    func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

    var calls: CameraCalls {
        CameraCalls(
            nodes: { self.state.withLock { $0.nodes } },
            stableNames: { self.state.withLock { $0.stableNames } },
            holder: { _ in "cheese (process 42)" },
            open: { path in
                self.state.withLock { state in
                    guard state.nodes.contains(path) else { return -ENOENT }
                    if let code = state.openErrors[path] { return -code }
                    // The descriptor's parity tells the node's kind.
                    state.nextDescriptor += 2
                    let descriptor = state.nextDescriptor + (state.metadata.contains(path) ? 1 : 0)
                    state.openDescriptors.insert(descriptor)
                    return descriptor
                }
            },
            close: { descriptor in self.state.withLock { _ = $0.openDescriptors.remove(descriptor) } },
            control: { descriptor, request, argument in
                self.state.withLock { $0.answer(descriptor, request, argument) }
            },
            map: { _, length, _ in
                self.state.withLock { $0.mapped += 1 }
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
                memory.initializeMemory(as: UInt8.self, repeating: 0)
                self.state.withLock { $0.memory.append(Int(bitPattern: memory.baseAddress)) }
                return memory.baseAddress
            },
            unmap: { address, _ in
                self.state.withLock { $0.mapped -= 1 }
                address.deallocate()
            },
            wait: { _, _ in
                self.state.withLock { state in
                    let next = state.script.first ?? state.afterwards
                    if case .silence = next {
                        if !state.script.isEmpty { state.script.removeFirst() }
                        return 0
                    }
                    return 1
                }
            },
            pause: { _, seconds in
                self.state.withLock { state in
                    state.pauses.append(seconds)
                    state.onPause?(&state)
                }
            },
            now: { 0 })
    }
}

extension FakeCamera.State {
    mutating func answer(_ descriptor: Int32, _ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32 {
        if let code = requestErrors[request] { return -code }
        switch request {
        case cv4l2_querycap:
            let isMetadata = descriptor % 2 == 1
            argument.with(v4l2_capability.self) { about in
                about.capabilities = 0x8000_0000
                about.device_caps = isMetadata ? 0x0080_0000 : 0x0400_0001
                withUnsafeMutableBytes(of: &about.card) { $0.copyBytes(from: card.utf8.prefix(31)) }
                withUnsafeMutableBytes(of: &about.bus_info) { $0.copyBytes(from: "usb-1".utf8) }
            }
        case cv4l2_enum_fmt:
            var formats: [CameraFormat] = []
            for size in sizes where !formats.contains(size.format) { formats.append(size.format) }
            return argument.with(v4l2_fmtdesc.self) { about in
                guard about.index < formats.count else { return -EINVAL }
                about.pixelformat = formats[Int(about.index)].code
                return 0
            }
        case cv4l2_enum_framesizes:
            return argument.with(v4l2_frmsizeenum.self) { about in
                let own = sizes.filter { $0.format.code == about.pixel_format }
                guard about.index < own.count else { return -EINVAL }
                about.type = V4L2_FRMSIZE_TYPE_DISCRETE.rawValue
                about.discrete.width = UInt32(own[Int(about.index)].width)
                about.discrete.height = UInt32(own[Int(about.index)].height)
                return 0
            }
        case cv4l2_enum_frameintervals:
            return argument.with(v4l2_frmivalenum.self) { about in
                let rates =
                    sizes.first {
                        $0.format.code == about.pixel_format && $0.width == Int(about.width)
                            && $0.height == Int(about.height)
                    }?.rates ?? []
                guard about.index < rates.count else { return -EINVAL }
                about.type = V4L2_FRMIVAL_TYPE_DISCRETE.rawValue
                about.discrete = v4l2_fract(numerator: 1, denominator: UInt32(rates[Int(about.index)]))
                return 0
            }
        case cv4l2_s_fmt:
            argument.with(v4l2_format.self) { format in
                let bytes =
                    Int(format.fmt.pix.width) * (format.fmt.pix.pixelformat == CameraFormat.yuyv.code ? 2 : 1)
                format.fmt.pix.bytesperline = UInt32(bytes)
                granted = (
                    Int(format.fmt.pix.width), Int(format.fmt.pix.height), format.fmt.pix.pixelformat
                )
            }
        case cv4l2_reqbufs:
            memory = []
            queued = []
            argument.with(v4l2_requestbuffers.self) { $0.count = UInt32(FakeCamera.bufferCount) }
        case cv4l2_querybuf:
            argument.with(v4l2_buffer.self) { $0.length = UInt32(granted.width * granted.height * 2 + 4096) }
        case cv4l2_qbuf: argument.with(v4l2_buffer.self) { queued.append(Int($0.index)) }
        case cv4l2_streamon: isStreaming = true
        case cv4l2_streamoff: isStreaming = false
        case cv4l2_dqbuf: return dequeue(argument)
        default: return 0
        }
        return 0
    }

    private mutating func dequeue(_ argument: UnsafeMutableRawPointer) -> Int32 {
        let step = script.isEmpty ? afterwards : script.removeFirst()
        let whole = granted.width * granted.height * 2
        var (number, isDamaged, bytes) = (0, false, [UInt8]())
        switch step {
        case .fails(let code): return -code
        case .silence: return -EAGAIN
        case .frame(let sequence, let value):
            (number, bytes) = (sequence, [UInt8](repeating: value, count: whole))
        case .damagedFrame(let sequence):
            (number, isDamaged, bytes) = (sequence, true, [UInt8](repeating: 0, count: whole))
        case .data(let sequence, let data): (number, bytes) = (sequence, data)
        }
        guard !queued.isEmpty else { return -EAGAIN }
        let index = queued.removeFirst()
        UnsafeMutableRawPointer(bitPattern: memory[index])?.copyMemory(from: bytes, byteCount: bytes.count)
        argument.with(v4l2_buffer.self) { buffer in
            buffer.index = UInt32(index)
            buffer.bytesused = UInt32(bytes.count)
            buffer.sequence = UInt32(number)
            buffer.flags = cv4l2_flag_timestamp_monotonic | (isDamaged ? cv4l2_flag_error : 0)
            buffer.timestamp = timeval(tv_sec: 1000, tv_usec: number * 33_000)
        }
        return 0
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func with<Structure, R>(_ type: Structure.Type, _ body: (inout Structure) -> R) -> R {
        body(&assumingMemoryBound(to: type).pointee)
    }
}
