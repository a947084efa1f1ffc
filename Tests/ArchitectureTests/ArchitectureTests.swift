import Foundation
import Testing

/// The rooms and their floors (docs/architecture.md). A module may import only modules of lower floors.
private let floors: [String: Int] = [
    "CFFmpeg": 0, "CV4L2": 0, "CNcurses": 0, "CKernels": 0, "CAssets": 0, "CZlib": 0, "CCurl": 0,
    "Checksums": 0, "JSON": 0,
    "Frames": 1, "Graph": 1, "Weights": 1, "Transfer": 1,
    "EfficientDet": 2, "Engine": 2, "Capture": 2,
    "Detector": 3, "Logs": 3,
    "Pipeline": 4, "Evaluation": 4, "Models": 4,
    "Screen": 5,
    "vedette": 6,
]

/// Which module alone may know a C library, and which rooms must not know each other although a floor
/// lies between them.
private let solelyFor: [String: Set<String>] = [
    "CFFmpeg": ["Capture"], "CV4L2": ["Capture"], "CNcurses": ["Screen"], "CKernels": ["Engine"],
    "CAssets": ["Weights"], "CZlib": ["Weights"], "CCurl": ["Transfer"],
    "Transfer": ["Models", "vedette"],
    "EfficientDet": ["Detector", "Models", "vedette"], "Capture": ["vedette"],
    "Engine": ["Detector", "Models", "vedette"],
]

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private struct Import: CustomStringConvertible {
    let file: String
    let room: String
    let module: String
    var description: String { "\(file) imports \(module)" }
}

private func imports() throws -> [Import] {
    let sources = root.appending(path: "Sources")
    var found: [Import] = []
    for room in floors.keys.sorted() {
        let folder = sources.appending(path: room)
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else {
            continue
        }
        for case let file as URL in files where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "import"),
                    words[..<at].allSatisfy({ $0.hasPrefix("@") || isAccess($0) }),
                    words.count > at + 1
                else { continue }
                let module = words[words.count - 1].split(separator: ".")[0]
                found.append(Import(file: file.lastPathComponent, room: room, module: String(module)))
            }
        }
    }
    return found
}

private func isAccess(_ word: Substring) -> Bool {
    ["public", "internal", "private", "fileprivate", "package"].contains(String(word))
}

@Test func roomsImportOnlyLowerFloors() throws {
    let all = try imports()
    #expect(!all.isEmpty, "the test must see the imports")
    for one in all {
        guard let above = floors[one.room], let below = floors[one.module] else { continue }
        #expect(below < above, "\(one): only lower floors may be imported")
    }
}

@Test func eachCLibraryIsKnownToOneRoom() throws {
    for one in try imports() {
        guard let rooms = solelyFor[one.module] else { continue }
        #expect(rooms.contains(one.room), "\(one): only \(rooms.sorted()) may")
    }
}

@Test func lowerFloorsDoWithoutFoundation() throws {
    for one in try imports() where one.module == "Foundation" {
        Issue.record("\(one): it costs 50 MB of binary; FoundationEssentials serves")
    }
}

@Test func everyModuleStandsOnAFloor() throws {
    let sources = root.appending(path: "Sources").path()
    for module in try FileManager.default.contentsOfDirectory(atPath: sources) {
        #expect(floors[module] != nil, "\(module) has no floor in the house")
    }
}
