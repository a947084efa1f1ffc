import Testing

@testable import Engine

struct KernelSetTests {
    @Test func aSetIsForcedByName() throws {
        for set in KernelSet.all {
            if set.isSupported {
                #expect(try KernelSet.chosen(environment: set.name).name == set.name)
            } else {
                #expect(throws: EngineError.unsupportedKernels(set.name)) {
                    try KernelSet.chosen(environment: set.name)
                }
            }
        }
    }

    @Test func withoutANameTheBestIsChosen() throws {
        #expect(try KernelSet.chosen(environment: nil).name == usableSets.last?.name)
        #expect(try KernelSet.chosen(environment: "").name == usableSets.last?.name)
    }

    @Test func anUnknownNameIsAnErrorThatNamesTheSets() {
        #expect(throws: EngineError.unknownKernels("mmx", known: KernelSet.all.map(\.name))) {
            try KernelSet.chosen(environment: "mmx")
        }
        #expect(
            EngineError.unknownKernels("mmx", known: ["scalar"]).description
                == "VEDETTE_KERNELS: there is no kernel set 'mmx', only scalar")
    }

    @Test func thereAreAtLeastTheReferenceAndThePortableSet() {
        #expect(KernelSet.all.map(\.name).starts(with: ["scalar", "portable"]))
    }
}
