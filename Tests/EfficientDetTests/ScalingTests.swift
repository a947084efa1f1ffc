import EfficientDet
import Graph
import Testing

/// The paper's section 4 and its table 1.
struct ScalingTests {
    /// φ: input, width, depth, head depth as the formulas give them (the width to a multiple of 8).
    @Test(arguments: [
        (0, 512, 64, 3, 3), (1, 640, 88, 4, 3), (2, 768, 120, 5, 3), (3, 896, 160, 6, 4),
        (4, 1024, 216, 7, 4), (5, 1152, 288, 8, 4), (6, 1280, 384, 9, 5), (7, 1408, 520, 10, 5),
    ])
    func wholeCoefficientsFollowTheFormulas(phi: Int, input: Int, width: Int, depth: Int, head: Int) {
        let one = Configuration(compound: Double(phi))
        #expect([one.inputHeight, one.inputWidth] == [input, input])
        #expect([one.width, one.depth, one.headDepth] == [width, depth, head])
        #expect(one.backbone == .b(phi))
    }

    @Test func theFirstTwoAreTheModelsThatWereTrained() throws {
        for phi in [0, 1] {
            let trained = try #require(Configuration.named("d\(phi)"))
            let scaled = GraphBuilder.graph(of: Configuration(compound: Double(phi)))
            #expect(scaled.count() == GraphBuilder.graph(of: trained).count())
        }
    }

    @Test func coefficientsBetweenLieBetween() {
        var before = 0
        for step in 0...28 {
            let one = Configuration(compound: Double(step) / 4)
            let count = GraphBuilder.graph(of: one).count().multiplyAdds
            #expect(count >= before, "φ = \(Double(step) / 4)")
            #expect(one.inputHeight % 128 == 0 && one.width % 8 == 0)
            before = count
        }
    }

    @Test(arguments: ScalingDimension.allCases)
    func oneDimensionAloneLeavesTheOthers(dimension: ScalingDimension) {
        let base = Configuration(compound: 0)
        let all = Configuration(compound: 3.5)
        let one = Configuration(scaling: dimension, alone: 3.5)
        func pick(_ of: ScalingDimension) -> Configuration { of == dimension ? all : base }
        #expect(one.inputHeight == pick(.input).inputHeight)
        #expect(one.backbone == pick(.backbone).backbone)
        #expect(one.width == pick(.width).width)
        #expect(one.depth == pick(.depth).depth)
        #expect(one.headDepth == pick(.head).headDepth)
    }

    @Test(arguments: [
        ("phi=1.5", "efficientdet-phi=1.5"), ("efficientdet-phi=2", "efficientdet-phi=2"),
        ("width=3", "efficientdet-width=3"), ("Input=0.5", "efficientdet-input=0.5"),
    ])
    func scaledNetworksHaveNames(word: String, name: String) {
        #expect(Configuration.named(word)?.name == name)
    }

    @Test(arguments: ["phi=", "phi=-1", "phi=11", "phi=nan", "phi", "size=1", "phi=1=2", "=1"])
    func otherWordsHaveNone(word: String) {
        #expect(Configuration.named(word) == nil)
    }
}
