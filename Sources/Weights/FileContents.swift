/// What a reader of one format finds in a file: tensors under the file's own names, and strings.
struct FileContents: Sendable {
    var tensors: [String: StoredTensor] = [:]
    var metadata: [String: String] = [:]
}
