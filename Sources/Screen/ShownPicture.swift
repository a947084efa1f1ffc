import Frames

/// The picture on the screen and the result that is drawn over it.
struct ShownPicture: Sendable {
    private let isLive: Bool
    private(set) var samples: SampleGrid?
    private(set) var time: Timestamp?
    private(set) var arrival: ContinuousClock.Instant?
    private(set) var width: Int
    private(set) var height: Int
    private(set) var result: FrameResult?
    /// The frame's pixels, where they are not on their way: a file's, or a copy of a camera's still.
    private var pixels: (any PixelBuffer)?
    /// Not sampled yet.
    private var isFresh = false
    /// A live picture that stands still while the camera goes on.
    private var isFrozen = false
    private var wantsStill = false

    init(source: SourceDescription) {
        isLive = source.isLive
        width = source.width
        height = source.height
    }

    /// Takes what is new.
    /// - Returns: whether there is anything to draw.
    mutating func take(from inbox: inout ScreenInbox) -> Bool {
        if isLive {
            if isFrozen { return false }
            let result = inbox.takeResult()
            if let result { self.result = result }
            guard let frame = inbox.takeFrame() else { return result != nil }
            show(frame)
            if wantsStill {
                wantsStill = false
                isFrozen = true
                pixels = StillPixels(copying: frame.pixels)
            }
            return true
        }
        guard let result = inbox.takeResult() else { return false }
        self.result = result
        show(result.frame)
        return true
    }

    private mutating func show(_ frame: Frame) {
        (time, arrival) = (frame.time, frame.arrival)
        (width, height) = (frame.width, frame.height)
        pixels = frame.pixels
        isFresh = true
    }

    /// A live picture is held at the next frame, or let go.
    mutating func hold(_ holds: Bool) {
        guard isLive else { return }
        wantsStill = holds
        if !holds {
            isFrozen = false
            pixels = nil
        }
    }

    /// The next frame of a held live picture.
    mutating func step() {
        guard isLive, isFrozen else { return }
        isFrozen = false
        wantsStill = true
    }

    /// Brings the samples to the size that is drawn. A live frame goes back to its owner at once; until the
    /// next one, another size is made from its samples.
    mutating func sample(width: Int, height: Int) {
        if let pixels, isFresh || samples?.width != width || samples?.height != height {
            samples = FrameSampler.sample(pixels, width: width, height: height)
        } else {
            samples = samples?.resized(width: width, height: height)
        }
        isFresh = false
        if isLive, !isFrozen { pixels = nil }
    }

    /// The boxes belong to an older moment than the picture.
    var isStale: Bool {
        guard let time, let result else { return false }
        return time.nanoseconds - result.frame.time.nanoseconds > 300_000_000
    }
}
