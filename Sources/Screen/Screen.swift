/// A run on a terminal: the video as coloured characters with boxes, names and figures over it, and keys.
///
/// Wiring it up:
///
///     let screen = try TerminalScreen(options: options, subject: subject)   // no terminal, too small: ScreenError
///     let run = Run(source: …, detector: …, sinks: …, screen: screen)
///     try screen.open()                     // the terminal is taken
///     run.start()
///     screen.start(snapshot: { run.snapshot }, act: { action in
///         switch action {
///         case .quit: run.stop(reason: .quit)
///         case .pause: run.pause()
///         case .resume: run.resume()
///         case .step: run.step()
///         case .hangUp: …                   // the terminal is gone: end as SIGHUP does
///         }
///     })
///     let summary = run.wait()
///     …                                     // close the logs
///     screen.close()                        // the terminal is given back; idempotent
///
/// The screen wants to see results from a score of 0.1 on: `+` and `-` act at once on what is shown. It
/// draws one thing under one name (the best of boxes that cover each other by IoU 0.6) and counts what it
/// draws. `show` costs microseconds and never waits: drawing happens on the screen's own queue, of frames
/// only the newest, and the next one only when the terminal has dealt with the last.
///
/// How it is made: `FrameSampler` (frame in, small picture out), `Layout`, `Composer` (a moment in, a `Grid`
/// of cells out, all pure), `TerminalEncoder` (the difference of two grids as bytes), `TerminalFeed` (one
/// screenful on its way), `Terminal` (ncurses: set-up, keys, giving back). ncurses draws nothing: its colours
/// are numbered pairs, and video needs thousands of new ones a frame; one writer for everything keeps
/// what is over the video and the video itself in one order.
///
/// Where standard output is no terminal, `PlainOutput` says in lines what changed.
