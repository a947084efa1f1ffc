import CFFmpeg
import Glibc

/// Lets libavformat read a descriptor that may block for ever: it waits in short steps and asks the
/// interrupt between them, which FFmpeg's own `pipe:` does not.
final class PipeInput {
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private let interrupt: Interrupt
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// Milliseconds between two looks at the interrupt.
    private static let step: Int32 = 50
    private static let bufferSize: Int32 = 64 << 10

    /// Opens a named pipe; does not wait for its writer. Nil where it cannot be opened, with `errno`.
    convenience init?(fifo path: String, interrupt: Interrupt) {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.init(descriptor: descriptor, interrupt: interrupt, ownsDescriptor: true)
    }

    init(descriptor: Int32, interrupt: Interrupt, ownsDescriptor: Bool = false) {
        self.descriptor = descriptor
        self.ownsDescriptor = ownsDescriptor
        self.interrupt = interrupt
        guard let buffer = av_malloc(Int(Self.bufferSize)) else { return }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Self.bufferSize, 0,
            Unmanaged.passUnretained(self).toOpaque(),
            { opaque, buffer, size in
                guard let opaque, let buffer else { return cffmpeg_error_exit }
                return Unmanaged<PipeInput>.fromOpaque(opaque).takeUnretainedValue().read(buffer, size)
            }, nil, nil)
        if context == nil { av_free(buffer) }
        context?.pointee.seekable = 0
    }

    deinit {
        freeBuffer(of: context)
        avio_context_free(&context)
        if ownsDescriptor { close(descriptor) }
    }

    /// libavformat may have replaced the buffer: free the one that is there now.
    private func freeBuffer(of context: UnsafeMutablePointer<AVIOContext>?) {
        guard let context else { return }
        av_free(context.pointee.buffer)
        context.pointee.buffer = nil
    }

    private func read(_ buffer: UnsafeMutablePointer<UInt8>, _ size: Int32) -> Int32 {
        while !interrupt.shouldStop {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, Self.step)
            if ready < 0 && errno != EINTR { return -errno }
            guard ready > 0 else { continue }
            let count = Glibc.read(descriptor, buffer, Int(size))
            if count > 0 { return Int32(count) }
            if count == 0 { return cffmpeg_error_eof }
            if errno != EINTR && errno != EAGAIN { return -errno }
        }
        return cffmpeg_error_exit
    }
}
