/// The names of a model's classes. Index k is output k of the class head; unused indices ("holes")
/// have an empty name. `ids` are what logs and exports write: COCO's id is index + 1.
public struct LabelSet: Sendable, Hashable {
    /// `coco`, or the name of the file or model it came from.
    public let name: String
    public let names: [String]
    /// Id of index 0; COCO counts from 1.
    public let firstID: Int

    public init(name: String, names: [String], firstID: Int = 1) {
        self.name = name
        self.names = names
        self.firstID = firstID
    }

    public var count: Int { names.count }

    /// The name of class `index`, or `class 12` for a hole.
    public func label(of index: Int) -> String {
        guard names.indices.contains(index), !names[index].isEmpty else {
            return "class \(index + firstID)"
        }
        return names[index]
    }

    public func id(of index: Int) -> Int { index + firstID }

    /// The class named `word` (ASCII case ignored) or with the id `word`; nil if there is none.
    public func index(of word: String) -> Int? {
        if let id = Int(word) {
            let index = id - firstID
            return names.indices.contains(index) && !names[index].isEmpty ? index : nil
        }
        let wanted = word.lowercased()
        return names.firstIndex { !$0.isEmpty && $0.lowercased() == wanted }
    }

    /// COCO's 80 classes at their 90 ids.
    public static let coco = LabelSet(
        name: "coco",
        names: [
            "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
            "traffic light", "fire hydrant", "", "stop sign", "parking meter", "bench", "bird", "cat",
            "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "", "backpack",
            "umbrella", "", "", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
            "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
            "tennis racket", "bottle", "", "wine glass", "cup", "fork", "knife", "spoon", "bowl",
            "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut",
            "cake", "chair", "couch", "potted plant", "bed", "", "dining table", "", "", "toilet", "",
            "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster",
            "sink", "refrigerator", "", "book", "clock", "vase", "scissors", "teddy bear", "hair drier",
            "toothbrush",
        ])
}
