import Capture
import Evaluation
import Frames

/// The pictures that annotations name, by number. One that cannot be read is an error: accuracy over the
/// others would be another number.
struct PictureList {
    private let paths: [String]

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
    }

    var count: Int { paths.count }

    /// - Parameter reader: belongs to the calling queue.
    func frame(_ number: Int, _ reader: PictureReader) throws -> Frame {
        var frame = try reader.picture(try SourceSpec(paths[number]))
        frame.sequence = number
        return frame
    }
}
