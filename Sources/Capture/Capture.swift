import Frames
import Glibc

/// Where frames come from: cameras through libv4l2, files and streams and pictures through FFmpeg, and a
/// synthetic test pattern, all behind `FrameSource`. A frame refers to the decoder's or driver's own
/// buffer and gives it back when the last reader lets go. `SourceSpec` is the grammar of what a user may
/// name; `Capture.open` turns it into a source. Nothing here knows of detection.
public enum Capture {
    /// Opens `spec` and reads its first frame, so that what fails fails here.
    ///
    /// Frames before `options.start` count in the source's `skippedOutside`.
    public static func open(
        _ spec: SourceSpec, options: CaptureOptions = CaptureOptions()
    ) throws(CaptureError) -> any FrameSource {
        var source = try unbounded(spec, options: options)
        if options.start != nil || options.duration != nil || options.frames != nil {
            let start = source.description.kind == .camera || source.description.isLive ? nil : options.start
            source = BoundedSource(
                source, start: start, duration: options.duration, frames: options.frames)
        }
        // A live pattern has no driver to set its pace.
        if source.description.kind == .test, source.description.isLive { source = PacedSource(source) }
        return source
    }

    private static func unbounded(
        _ spec: SourceSpec, options: CaptureOptions
    ) throws(CaptureError) -> any FrameSource {
        func media(_ location: MediaLocation, shown: String) throws(CaptureError) -> any FrameSource {
            try MediaSource(
                MediaOpening(location, name: spec.displayName, shown: shown, options: options))
        }
        switch spec.kind {
        case .test(let pattern): return TestPatternSource(pattern, spec: spec)
        case .standardInput: return try media(.descriptor(STDIN_FILENO), shown: "standard input")
        case .url(let url): return try media(.url(url), shown: spec.shown)
        case .path(let path): return try opened(path: path, spec: spec, options: options)
        case .camera(let query): return try CameraSource(query, spec: spec, options: options)
        }
    }

    /// The file system says whether a path is a file, a folder, a pipe or a glob; a file that is called
    /// like a glob comes first.
    private static func opened(
        path: String, spec: SourceSpec, options: CaptureOptions
    ) throws(CaptureError) -> any FrameSource {
        var location = MediaLocation.file(path)
        switch FileListing.kind(of: path) {
        case .folder:
            let files = try FileListing.files(inFolder: path, recursive: options.recursive)
            return try FolderSource(
                folder: path, files: files, name: spec.displayName, shown: spec.shown, options: options)
        case .missing where FileListing.looksLikeGlob(path):
            return try FolderSource(
                folder: "", files: FileListing.files(matching: path), name: spec.displayName,
                shown: spec.shown, options: options)
        case .fifo: location = .fifo(path)
        case .file, .missing: break
        }
        return try MediaSource(
            MediaOpening(location, name: spec.displayName, shown: spec.shown, options: options))
    }
}
