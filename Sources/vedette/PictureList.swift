import Capture
import Evaluation
import Frames
import Synchronization

/// The pictures that annotations name, in their order; frame n is picture n. One that cannot be read ends
/// it: accuracy over the others would be another number.
final class PictureList: FrameSource {
    let description: SourceDescription
    private let paths: [String]
    private let position = Mutex(0)
    private let isCancelled = Atomic<Bool>(false)

    /// - Throws: `Failure` where there is no picture, or a name leads out of `folder`.
    init(_ images: [Annotations.Image], folder: String) throws {
        for image in images {
            let parts = image.fileName.split(separator: "/", omittingEmptySubsequences: false)
            if image.fileName.isEmpty || parts.first == "" || parts.contains("..") {
                throw Failure("the annotations name no usable file for image \(image.id)", .input)
            }
        }
        guard !images.isEmpty else { throw Failure("the annotations name no images", .input) }
        paths = images.map { "\(folder)/\($0.fileName)" }
        description = SourceDescription(
            kind: .folder, spec: folder, name: "pictures", width: 1, height: 1, rate: nil, timebase: nil,
            encoding: "", isLive: false, frameCount: images.count)
    }

    func next() throws -> SourceEvent? {
        let number = position.withLock { position in
            defer { position += 1 }
            return position
        }
        guard number < paths.count, !isCancelled.load(ordering: .relaxed) else { return nil }
        let picture = try Capture.open(try SourceSpec(paths[number]))
        while let event = try picture.next() {
            guard case .frame(var frame) = event else { continue }
            frame.sequence = number
            return .frame(frame)
        }
        throw CaptureError.nothingDecoded(paths[number], reason: "no picture in it")
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}
