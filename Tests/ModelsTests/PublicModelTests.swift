import EfficientDet
import Models
import Testing
import Weights

struct PublicModelTests {
    @Test func namesAndURLsAreUnique() {
        let all = PublicModel.all
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(Set(all.map(\.url)).count == all.count)
        #expect(Set(all.map(\.storeName)).count == all.count)
    }

    @Test(arguments: PublicModel.all)
    func everyRowIsSound(one: PublicModel) {
        #expect(Configuration.named(one.model) != nil)
        #expect(one.url.hasPrefix("https://"))
        #expect(ModelStore.isName(one.storeName))
        #expect(one.digest.map { $0.count == 8 && $0.allSatisfy(\.isHexDigit) } ?? true)
        #expect(one.digest.map { one.url.hasSuffix("-\($0).pth") } ?? true)
    }

    /// effdet's files hold the tensors of the configuration as 32-bit floats.
    @Test func sizesAreThoseOfTheTensors() throws {
        for one in PublicModel.all where one.digest != nil {
            let count = GraphBuilder.graph(of: try #require(Configuration.named(one.model))).count()
            #expect(one.size == 4 * (count.parameters + count.statistics), "\(one.name)")
        }
    }

    @Test(arguments: [
        ("d0", "d0"), ("tf_efficientdet_d0", "d0"), ("efficientdet-d7x", "d7x"), ("d3_ap", "d3-ap"),
        ("automl-d0", "automl-d0"), ("LITE2", "lite2"),
    ])
    func wordsNameThem(word: String, name: String) {
        #expect(PublicModel.named(word)?.name == name)
    }

    @Test(arguments: ["", "d8", "phi=1", "automl", "automl-d9", "https://x"])
    func otherWordsDoNot(word: String) {
        #expect(PublicModel.named(word) == nil)
    }
}
