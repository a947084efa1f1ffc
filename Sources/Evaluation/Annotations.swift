import JSON
import Logs

/// What people drew: the images, classes and boxes of a COCO instances file.
public struct Annotations: Sendable, Hashable {
    public struct Image: Sendable, Hashable {
        public var id: Int
        /// Relative to the folder of pictures; empty where the file names none.
        public var fileName: String

        public init(id: Int, fileName: String) {
            self.id = id
            self.fileName = fileName
        }
    }

    public struct Category: Sendable, Hashable {
        public var id: Int
        public var name: String

        public init(id: Int, name: String) {
            self.id = id
            self.name = name
        }
    }

    public struct Object: Sendable, Hashable {
        public var id: Int
        public var imageID: Int
        public var classID: Int
        public var box: COCOBox
        /// Square pixels; of an outline where the file has one, so often less than the box's.
        public var area: Double
        /// A region of many objects of the class: finding it counts neither for nor against.
        public var isCrowd: Bool

        public init(
            id: Int, imageID: Int, classID: Int, box: COCOBox, area: Double? = nil, isCrowd: Bool = false
        ) {
            self.id = id
            self.imageID = imageID
            self.classID = classID
            self.box = box
            self.area = area ?? box.area
            self.isCrowd = isCrowd
        }
    }

    /// By id.
    public var images: [Image]
    /// By id.
    public var categories: [Category]
    /// In the order of the file, which settles ties.
    public var objects: [Object]

    public init(images: [Image], categories: [Category], objects: [Object]) {
        self.images = images.sorted { $0.id < $1.id }
        self.categories = categories.sorted { $0.id < $1.id }
        self.objects = objects
    }

    /// Reads a COCO instances file (https://cocodataset.org/#format-data): `images`, `categories`,
    /// `annotations` with `bbox` [x, y, width, height]. Outlines are ignored; `area` and `iscrowd` may be
    /// missing (the box's area; no crowd), and ids of annotations (then they are counted).
    public static func load(_ path: String) throws(EvaluationError) -> Annotations {
        try read(JSONFile(path: path))
    }

    /// The same from bytes already at hand; `path` is for messages.
    public static func parse(_ bytes: [UInt8], path: String = "annotations") throws(EvaluationError)
        -> Annotations
    {
        try read(JSONFile(path: path, bytes: bytes))
    }

    private static func read(_ file: JSONFile) throws(EvaluationError) -> Annotations {
        var images: [Image] = []
        for (index, image) in try file.objects("images").enumerated() {
            let id = try file.integer(image, "id", "images[\(index)]")
            images.append(Image(id: id, fileName: image["file_name"]?.string ?? ""))
        }
        var categories: [Category] = []
        for (index, category) in try file.objects("categories").enumerated() {
            let id = try file.integer(category, "id", "categories[\(index)]")
            categories.append(Category(id: id, name: category["name"]?.string ?? "class \(id)"))
        }
        let known = try distinct(images.map(\.id), of: "images", file)
        _ = try distinct(categories.map(\.id), of: "categories", file)
        let objects = try readObjects(file, known)
        _ = try distinct(objects.map(\.id), of: "annotations", file)
        return Annotations(images: images, categories: categories, objects: objects)
    }

    private static func readObjects(_ file: JSONFile, _ images: Set<Int>) throws(EvaluationError) -> [Object]
    {
        var objects: [Object] = []
        for (index, object) in try file.objects("annotations").enumerated() {
            let place = "annotations[\(index)]"
            let imageID = try file.integer(object, "image_id", place)
            guard images.contains(imageID) else {
                throw .unknownImage(path: file.path, place: place, id: imageID)
            }
            objects.append(
                Object(
                    id: object["id"] == nil ? index + 1 : try file.integer(object, "id", place),
                    imageID: imageID, classID: try file.integer(object, "category_id", place),
                    box: try file.box(object, place), area: object["area"]?.double,
                    isCrowd: isCrowd(object["iscrowd"])))
        }
        return objects
    }

    private static func isCrowd(_ value: JSONValue?) -> Bool {
        switch value {
        case .bool(let flag): flag
        case .integer(let flag): flag != 0
        default: false
        }
    }

    private static func distinct(_ ids: [Int], of kind: String, _ file: JSONFile) throws(EvaluationError)
        -> Set<Int>
    {
        var seen: Set<Int> = []
        for id in ids where !seen.insert(id).inserted {
            throw .duplicate(path: file.path, kind: kind, id: id)
        }
        return seen
    }
}
