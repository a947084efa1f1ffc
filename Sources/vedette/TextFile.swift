import FoundationEssentials

/// Small text files that a user names.
enum TextFile {
    struct Unreadable: Error, Equatable {
        let reason: String
    }

    /// - Throws: `Unreadable` where there is no such file, it is larger than `most` bytes or no UTF-8.
    static func read(_ path: String, most: Int) throws(Unreadable) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            throw Unreadable(reason: "there is no such file")
        } catch {
            throw Unreadable(reason: "it cannot be opened")
        }
        guard data.count <= most else { throw Unreadable(reason: "it has more than \(most) bytes") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Unreadable(reason: "it is no UTF-8 text")
        }
        return text
    }
}
