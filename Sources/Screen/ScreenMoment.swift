import Frames
import Pipeline

/// Everything that one screenful shows.
struct ScreenMoment: Sendable {
    /// The screen's own figures.
    struct Figures: Sendable {
        var rate = RunSnapshot.Rate(now: 0, samples: [])
        /// Milliseconds to compose a screen and to write it, until the terminal has taken it.
        var draw: Percentiles?
        /// Milliseconds from capture until the terminal has taken it.
        var captureToScreen: Percentiles?
        /// The terminal, not the source, keeps the rate down.
        var isSlow = false
    }

    var subject: ScreenSubject
    var view: ViewState
    var snapshot: RunSnapshot?
    var figures = Figures()
    var tally: [ClassTally.Row] = []
    /// Source time of the frame that is shown.
    var time: Timestamp?
    /// Size of the frame that is shown.
    var frameWidth: Int
    var frameHeight: Int
    /// Nil before the first frame.
    var samples: SampleGrid?
    /// What is shown of the newest result, best score first.
    var detections: [Detection] = []
    /// The boxes belong to a frame more than 0.3 s older than the picture.
    var isStale = false
    /// Seconds since the screen was opened.
    var elapsed: Double = 0
}
