import FoundationEssentials
import JSON
import Logs

/// A JSON document of a file, with readers that name the place of whatever does not fit.
struct JSONFile {
    /// Bytes; COCO's largest file of boxes without outlines has a fifth of it.
    static let limit = 1 << 28

    let path: String
    let root: JSONValue

    init(path: String) throws(EvaluationError) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: Self.target(of: path)),
            attributes[.type] as? FileAttributeType == .typeRegular
        else { throw .cannotRead(path: path) }
        // Asked before reading, so that a wrong file costs no memory.
        if let size = attributes[.size] as? UInt64, size > UInt64(Self.limit) {
            throw .tooLarge(path: path, bytes: Int(clamping: size), limit: Self.limit)
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw .cannotRead(path: path) }
        try self.init(path: path, bytes: [UInt8](data))
    }

    init(path: String, bytes: [UInt8]) throws(EvaluationError) {
        self.path = path
        do {
            root = try JSONParser.parse(bytes)
        } catch {
            throw .notJSON(path: path, error: error)
        }
    }

    /// Attributes are those of a link itself; wanted are those of the file it leads to.
    private static func target(of path: String) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil
            ? path : URL(filePath: path).resolvingSymlinksInPath().path
    }

    func malformed(_ place: String, _ expected: String) -> EvaluationError {
        .malformed(path: path, place: place, expected: expected)
    }

    /// The objects of the list `key` of the document.
    func objects(_ key: String) throws(EvaluationError) -> [JSONObject] {
        guard let list = root.object?[key]?.array else {
            throw malformed("\"\(key)\"", "a list of objects")
        }
        return try objects(of: list, key)
    }

    func objects(of list: [JSONValue], _ place: String) throws(EvaluationError) -> [JSONObject] {
        var objects: [JSONObject] = []
        objects.reserveCapacity(list.count)
        for (index, value) in list.enumerated() {
            guard let object = value.object else { throw malformed("\(place)[\(index)]", "an object") }
            objects.append(object)
        }
        return objects
    }

    func integer(_ object: JSONObject, _ key: String, _ place: @autoclosure () -> String)
        throws(EvaluationError) -> Int
    {
        switch object[key] {
        case .integer(let value): return value
        // Some writers turn every number into a real one.
        case .number(let value):
            if let exact = Int(exactly: value) { return exact }
        default: break
        }
        throw malformed("\(place()).\(key)", "a whole number")
    }

    func box(_ object: JSONObject, _ place: @autoclosure () -> String) throws(EvaluationError) -> COCOBox {
        let sides = object["bbox"]?.array?.compactMap(\.double) ?? []
        // Beyond this, sums and products of sides would leave the range of numbers.
        guard sides.count == 4, object["bbox"]?.array?.count == 4,
            sides.allSatisfy({ $0.magnitude <= 1e15 })
        else { throw malformed("\(place()).bbox", "four numbers: x, y, width, height") }
        return COCOBox(x: sides[0], y: sides[1], width: sides[2], height: sides[3])
    }
}
