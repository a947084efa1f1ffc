/// What flows through vedette: a `Frame` (pixels in the decoder's own format with the source's time),
/// the `Detection`s found in it, and the protocols between stages (`FrameSource`, `FrameDetector`,
/// `ResultSink`). It knows nothing of where frames come from or how they are looked at.
