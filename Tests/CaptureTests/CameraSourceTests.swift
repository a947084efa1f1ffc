import CV4L2
import Frames
import Glibc
import Testing

@testable import Capture

struct CameraSourceTests {
    private func open(
        _ fake: FakeCamera, _ spec: String = "camera:", _ set: (inout CaptureOptions) -> Void = { _ in }
    ) throws -> CameraSource {
        var options = CaptureOptions()
        set(&options)
        let spec = try SourceSpec(spec)
        guard case .camera(let query) = spec.kind else { throw CaptureError.noCamera }
        return try CameraSource(query, spec: spec, options: options, calls: fake.calls)
    }

    @Test func framesAreLentFromTheDriversBuffersAndGivenBack() throws {
        let fake = FakeCamera { $0.script = (0..<20).map { .frame(sequence: $0, value: UInt8($0)) } }
        let source = try open(fake)
        #expect(fake.state.withLock { $0.queued.count } == FakeCamera.bufferCount)
        for number in 0..<20 {
            guard case .frame(let frame)? = try source.next() else {
                Issue.record("no frame \(number)")
                return
            }
            #expect(frame.sequence == number)
            #expect(frame.pts == Int64(1_000_000_000 + number * 33_000))
            #expect(frame.time == Timestamp(nanoseconds: Int64(number) * 33_000_000))
            #expect(frame.pixels is CameraPixels)
            #expect(frame.pixels.packed == [UInt8](repeating: UInt8(number), count: 64 * 48 * 2))
            #expect(fake.state.withLock { $0.queued.count } == FakeCamera.bufferCount - 1)
        }
        #expect(fake.state.withLock { $0.queued.count } == FakeCamera.bufferCount)
    }

    @Test func aReaderThatHoldsManyFramesGetsCopiesAndTheDriverKeepsTwo() throws {
        let fake = FakeCamera { $0.script = (0..<12).map { .frame(sequence: $0, value: UInt8($0)) } }
        let source = try open(fake)
        var held: [Frame] = []
        for _ in 0..<12 { if case .frame(let frame)? = try source.next() { held.append(frame) } }
        #expect(held.count == 12)
        #expect(fake.state.withLock { $0.queued.count } == 2)
        for (number, frame) in held.enumerated() {
            #expect(frame.pixels.packed.allSatisfy { $0 == UInt8(number) })
        }
        held = []
        #expect(fake.state.withLock { $0.queued.count } == FakeCamera.bufferCount)
    }

    @Test func everythingIsReleasedWhenTheSourceAndItsFramesAreGone() throws {
        let fake = FakeCamera { $0.script = [.frame(sequence: 0)] }
        var source: CameraSource? = try open(fake)
        var event = try source?.next()
        source = nil
        #expect(fake.state.withLock { $0.mapped } == FakeCamera.bufferCount, "the frame keeps its memory")
        if case .frame(let frame) = event { #expect(frame.pixels.packed.first == 7) }
        event = nil
        #expect(fake.state.withLock { $0.mapped } == 0)
        #expect(fake.state.withLock { $0.openDescriptors.isEmpty })
        #expect(fake.state.withLock { !$0.isStreaming })
    }

    @Test func aJumpOfTheDriversNumbersIsAGapOfSoManyFrames() throws {
        let fake = FakeCamera { $0.script = [4, 5, 9, 10].map { .frame(sequence: $0) } + [.fails(ENODEV)] }
        let source = try open(fake) { $0.reconnect = nil }
        var events: [String] = []
        while events.count < 6, let event = try source.next() {
            switch event {
            case .frame(let frame): events.append("\(frame.sequence)")
            case .gap(let gap):
                events.append("\(gap.reason) \(gap.lost.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "")")
            }
        }
        #expect(events == ["0", "1", "driver 2-4", "5", "6", "unplugged "])
        #expect(throws: CaptureError.lost("camera:", reason: "the camera went away")) { try source.next() }
        #expect(try source.next() == nil)
    }

    @Test func damagedAndShortFramesCountAsLost() throws {
        let fake = FakeCamera {
            $0.script = [
                .frame(sequence: 0), .damagedFrame(sequence: 1), .data(sequence: 2, [1, 2, 3]),
                .frame(sequence: 3),
            ]
        }
        let source = try open(fake)
        var gaps: [Gap] = []
        var frames: [Int] = []
        for _ in 0..<4 {
            switch try source.next() {
            case .frame(let frame)?: frames.append(frame.sequence)
            case .gap(let gap)?: gaps.append(gap)
            case nil: break
            }
        }
        #expect(frames == [0, 3])
        #expect(gaps.map(\.lost) == [1...1, 2...2])
        #expect(gaps.allSatisfy { $0.reason == .decode })
        #expect(fake.state.withLock { $0.queued.count } == FakeCamera.bufferCount)
    }

    @Test func aPulledCameraIsFoundAgainByItsStableNameAtAnotherNode() throws {
        let name = "/dev/v4l/by-id/usb-Fake"
        let fake = FakeCamera {
            $0.stableNames = [(name, "/dev/video0")]
            $0.script = [.frame(sequence: 0), .fails(ENODEV)]
        }
        let source = try open(fake, name)
        #expect(try source.next() != nil)
        fake.change { state in
            state.nodes = ["/dev/video1"]
            state.stableNames = []
            state.onPause = { state in
                // A stranger at first; the camera comes back at the third look.
                guard state.pauses.count == 3 else { return }
                state.nodes = ["/dev/video1", "/dev/video3"]
                state.stableNames = [(name, "/dev/video3")]
                state.script = [.frame(sequence: 40, value: 9)]
            }
        }
        guard case .gap(let gap)? = try source.next(), case .frame(let frame)? = try source.next() else {
            Issue.record("expected a gap, then a frame")
            return
        }
        #expect(gap.reason == .unplugged)
        #expect(gap.lost == nil)
        #expect(frame.sequence == 1, "a new count of the driver's is no loss")
        #expect(frame.time == Timestamp(nanoseconds: 40 * 33_000_000))
        let pauses = fake.state.withLock { $0.pauses }
        #expect(pauses.count == 3)
        #expect(zip(pauses, [1.0, 2, 4]).allSatisfy { $0 <= $1 && $0 >= $1 * 0.75 })
    }

    @Test func silenceLongerThanTheTimeoutIsALoss() throws {
        let fake = FakeCamera { $0.script = [.frame(sequence: 0)] }
        let source = try open(fake) { $0.timeout = 2 }
        _ = try source.next()
        guard case .gap(let gap)? = try source.next() else {
            Issue.record("no gap")
            return
        }
        #expect(gap.detail == "nothing came for 2 s")
    }

    @Test func cancelEndsASilentCamera() throws {
        let fake = FakeCamera()
        let source = try open(fake) { $0.timeout = 0 }
        source.cancel()
        #expect(try source.next() == nil)
        #expect(fake.state.withLock { !$0.isStreaming })
    }

    @Test func failuresSayWhatToDo() throws {
        func failure(
            _ set: (inout sending FakeCamera.State) -> Void, _ spec: String = "camera:",
            _ options: (inout CaptureOptions) -> Void = { _ in }
        ) -> CaptureError? {
            do {
                _ = try open(FakeCamera(set), spec, options)
                return nil
            } catch { return error as? CaptureError }
        }
        #expect(failure { $0.nodes = [] } == .noCamera)
        #expect(failure({ $0.nodes = [] }, "0") == .noCamera)
        #expect(failure { $0.openErrors = ["/dev/video0": EACCES] } == .cameraNotPermitted("/dev/video0"))
        #expect(
            failure { $0.requestErrors = [cv4l2_streamon: EBUSY] }
                == .cameraBusy("/dev/video0", holder: "cheese (process 42)"))
        #expect(failure({ _ in }, "5") == .noSuchCamera("/dev/video5", present: ["/dev/video0"]))
        #expect(
            failure(
                { state in
                    state.nodes = ["/dev/video0", "/dev/video1"]
                    state.metadata = ["/dev/video1"]
                }, "1") == .notACaptureDevice("/dev/video1", use: "/dev/video0"))
        #expect(
            failure({ $0.nodes = ["/dev/video0", "/dev/video2"] }, "camera:FAKE")
                == .ambiguousCamera(
                    "FAKE", matches: ["/dev/video0 (Fake Camera)", "/dev/video2 (Fake Camera)"]))
        #expect(
            failure({ _ in }, "camera:Logi") == .noSuchCamera("Logi", present: ["/dev/video0 (Fake Camera)"]))
        #expect(
            failure({ _ in }, "camera:") { $0.size = (1920, 1080) }
                == .modeNotOffered("/dev/video0", asked: "1920x1080", nearest: ["64x48 at 30/s (YUYV)"]))
    }

    @Test func jpegFramesAreDecodedAndDamagedOnesCounted() throws {
        let fake = FakeCamera {
            $0.sizes = [.init(format: .motionJPEG, width: 64, height: 48, rates: [30])]
            $0.script = [.data(sequence: 0, [0xFF, 0xD8, 0xFF, 0xD9]), .data(sequence: 1, [])]
        }
        let source = try open(fake)
        #expect(source.description.encoding == "mjpeg")
        for number in 0..<2 {
            guard case .gap(let gap)? = try source.next() else {
                Issue.record("a damaged picture passed")
                return
            }
            #expect(gap.lost == number...number)
        }
        #expect(fake.state.withLock { $0.queued.count } == FakeCamera.bufferCount)
    }
}
