import Frames
import Testing

@testable import Detector

/// Noise in the size of a small camera's picture.
private final class Noise: PixelBuffer {
    let width: Int
    let height: Int
    let format = PixelFormat.rgb24
    let encoding = ColorEncoding(matrix: .bt601, isFullRange: true)
    private let bytes: [UInt8]

    init(width: Int, height: Int, seed: UInt64) {
        self.width = width
        self.height = height
        var state = seed
        bytes = (0..<width * height * 3).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    func withPlane<R>(_ plane: Int, _ body: (RawSpan, Int) -> R) -> R {
        bytes.withUnsafeBytes { body($0.bytes, width * 3) }
    }
}

struct DetectorTeamTests {
    /// Bit for bit, and each picture by itself: nothing of the one before is left.
    @Test func everyMemberFindsWhatOneDetectorFinds() throws {
        let model = try Model.load(nil)
        var options = DetectorOptions(workers: 2)
        options.postProcessing.minimumScore = 0.01
        let one = try NetworkDetector(model, options)
        options.workers = 3
        let team = try DetectorTeam(model, options)
        #expect(team.members.count == 3 && team.members.allSatisfy { $0.plan.workers == 1 })
        #expect(team.members[1].plan.weightBytes == team.members[0].plan.weightBytes)
        for seed in 1...2 {
            let frame = Frame(
                pixels: Noise(width: 200 + seed, height: 140, seed: UInt64(seed)), sequence: 0, time: .zero,
                pts: nil, arrival: .now)
            _ = one.prepare(frame, slot: 1)
            let expected = one.detect(slot: 1).detections
            #expect(!expected.isEmpty, "the test must compare something")
            for member in team.members { #expect(member.detections(in: frame) == expected) }
        }
    }
}
