import Testing

@testable import Weights

struct ModelRecognitionTests {
    private static let names = ["backbone.conv_stem.weight", "backbone.bn1.weight", "half"]

    private func candidate(_ name: String, _ change: ([(String, [Int])]) -> [(String, [Int])] = { $0 }) throws
        -> ModelRecognition.Candidate
    {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        let parameters = Self.names.map { ($0, file.shape(of: $0) ?? []) }
        return .init(name: name, parameters: change(parameters).map { (name: $0.0, shape: $0.1) })
    }

    private func recognise(_ candidates: [ModelRecognition.Candidate]) throws -> ModelRecognition {
        let file = try TensorFile.open(Fixture.path("pytorch/zip.pth"))
        return ModelRecognition(file, among: candidates) { !Self.names.contains($0) }
    }

    @Test func networksThatShareTheirTensorsAreAllNamed() throws {
        let other = try candidate("other") { $0 + [("more", [1])] }
        let found = try recognise([other, try candidate("d6"), try candidate("d7")])
        #expect(found.matches == ["d6", "d7"])
        #expect(found.nearest == "d6")
        #expect(found.difference == nil)
    }

    @Test func theFirstDifferenceFromTheNearestIsNamed() throws {
        let far = try candidate("far") { $0.map { ($0.0 + ".x", $0.1) } }
        let missing = try recognise([far, try candidate("near") { $0 + [("more", [1])] }])
        #expect(missing.nearest == "near")
        #expect(missing.difference == .missing(tensor: "more", shape: [1]))
        let shaped = try recognise([
            far, try candidate("near") { $0.map { $0.0 == "half" ? ($0.0, [9]) : $0 } },
        ])
        #expect(shaped.difference == .wrongShape(tensor: "half", expected: [9], found: [3, 7]))
        let extra = try recognise([far, try candidate("near") { Array($0.dropLast()) }])
        #expect(extra.difference?.description == "the tensor half [3, 7] is too many")
        #expect(extra.matches.isEmpty)
    }
}
