import CKernels
import Graph

/// Outputs of which a plan keeps only the best values above a limit: it compares them in registers and
/// stores none of the others.
public struct Selection: Sendable {
    /// Outputs, in the order in which places are counted: results of products that nothing else reads.
    public var taps: [String]
    /// How many values are kept at most: the largest, and of equals the first.
    public var most: Int
    /// Whether a channel of the outputs is looked at; nil: all are.
    public var channels: [Bool]?
    /// By searched output: other outputs of its height that are read only in rows in which something was found
    /// in it. Only these rows are made, and of what comes before only what they need; the other rows hold
    /// anything. An output that the plan is also asked to keep is made in full.
    public var companions: [String: [String]]

    public init(
        taps: [String], most: Int, channels: [Bool]? = nil, companions: [String: [String]] = [:]
    ) {
        self.taps = taps
        self.most = most
        self.channels = channels
        self.companions = companions
    }
}

/// A value above the limit and its place: in one map (channels last), or in several maps as if they stood
/// one behind the other.
public struct MapCandidate: Sendable, Hashable {
    public var logit: Float
    public var index: Int
}

/// What the workers of one plan find in one run. Each has a list of its own, so the lists together hold
/// the best of all, however the work was split.
final class SelectionLists: @unchecked Sendable {
    private let most: Int
    private let capacity: Int
    private let workers: Int
    private let lists: UnsafeMutablePointer<ck_selection>
    private let keys: UnsafeMutablePointer<UInt64>
    private let wanted: UnsafeMutablePointer<UInt8>?
    /// Of this run.
    private var limit = Float.infinity

    init(_ selection: Selection, workers: Int) {
        most = max(selection.most, 0)
        capacity = 2 * most + Int(CK_SELECTION_ROOM)
        self.workers = workers
        // Behind the lists there is room in which the best of all come together.
        keys = .allocate(capacity: workers * (capacity + most))
        wanted = selection.channels.map { channels in
            let wanted = UnsafeMutablePointer<UInt8>.allocate(capacity: max(channels.count, 1))
            for (index, isWanted) in channels.enumerated() { wanted[index] = isWanted ? 1 : 0 }
            return wanted
        }
        // A list for every cache line or two: workers count in them all the time.
        lists = .allocate(capacity: workers * Self.stride)
        for worker in 0..<workers {
            lists[worker * Self.stride] = ck_selection(
                limit: .infinity, most: most, capacity: capacity, count: 0,
                wanted: wanted.map { UnsafePointer($0) },
                keys: keys + worker * capacity)
        }
    }

    deinit {
        lists.deallocate()
        keys.deallocate()
        wanted?.deallocate()
    }

    private static let stride = 3

    subscript(worker: Int) -> UnsafeMutablePointer<ck_selection> { lists + worker * Self.stride }

    func begin(above limit: Float) {
        self.limit = limit
        for worker in 0..<workers {
            self[worker].pointee.limit = limit
            self[worker].pointee.count = 0
        }
    }

    /// Values in all lists.
    var count: Int { (0..<workers).reduce(0) { $0 + self[$1].pointee.count } }

    /// Whether a list was full in this run, and lost what is too low to be among the best.
    var areTrimmed: Bool { (0..<workers).contains { self[$0].pointee.limit != limit } }

    func forEachPlace(_ body: (Int) -> Void) {
        for worker in 0..<workers {
            let list = self[worker].pointee
            for index in 0..<list.count { body(Int(list.keys[index] & 0xffff_ffff)) }
        }
    }

    /// Appends the best of all workers, in no particular order.
    func collect(into found: inout [MapCandidate]) {
        var all = ck_selection(
            limit: 0, most: most, capacity: .max, count: 0, wanted: nil, keys: keys + workers * capacity)
        for worker in 0..<workers {
            ck_selection_trim(self[worker])
            let list = self[worker].pointee
            (all.keys + all.count).update(from: list.keys, count: list.count)
            all.count += list.count
        }
        ck_selection_trim(&all)
        for index in 0..<all.count {
            let key = all.keys[index]
            found.append(MapCandidate(logit: ck_key_value(key), index: Int(key & 0xffff_ffff)))
        }
    }
}
