import CKernels
import Graph

/// In which rows of the searched outputs something was found, in one run.
final class FoundRows: @unchecked Sendable {
    private struct Output {
        /// Place of its first value, and values of a row.
        let place: Int
        let rowValues: Int
        /// Where its counts begin, and their number but one.
        let start: Int
        let height: Int
    }

    private let outputs: [Output]
    /// For each output and row: the rows above it in which something was found; one more behind the last.
    private let counts: UnsafeMutablePointer<UInt32>
    private let length: Int

    /// With so many values all rows count: to look at each would cost more than the rows that it spares.
    private static let many = 2048

    /// - Parameter shapes: of the searched outputs, in the selection's order.
    init(_ shapes: [TensorShape]) {
        var (outputs, place, length): ([Output], Int, Int) = ([], 0, 0)
        for shape in shapes {
            outputs.append(
                Output(
                    place: place, rowValues: shape.width * shape.channels, start: length, height: shape.height
                ))
            place += shape.count
            length += shape.height + 1
        }
        self.outputs = outputs
        self.length = length
        counts = .allocate(capacity: max(length, 1))
        counts.initialize(repeating: 0, count: max(length, 1))
    }

    deinit { counts.deallocate() }

    /// Whether something was found in one of `rows`.
    func contains(_ rows: Range<Int>, of output: Int) -> Bool {
        let own = counts + outputs[output].start
        return own[rows.upperBound] != own[rows.lowerBound]
    }

    /// Looks at what all workers found. Lists that were trimmed on the way hold the best of what they saw, and
    /// of the others nobody asks; but then there is so much that nothing is spared.
    func look(at lists: SelectionLists) {
        let isAll = lists.areTrimmed || lists.count > Self.many
        counts.update(repeating: isAll ? 1 : 0, count: length)
        if !isAll { lists.forEachPlace { mark($0) } }
        for output in outputs {
            let own = counts + output.start
            own[0] = 0
            for row in 0..<output.height { own[row + 1] += own[row] }
        }
    }

    /// A row leaves its mark where the count behind it will stand.
    private func mark(_ place: Int) {
        var output = outputs.count - 1
        while output > 0, outputs[output].place > place { output -= 1 }
        let row = (place - outputs[output].place) / outputs[output].rowValues
        counts[outputs[output].start + row + 1] = 1
    }
}

/// The rows of its map that a step makes in a run.
struct NeededRows {
    private let demand: RowDemand?
    private let found: FoundRows?

    /// All rows where one of them is nil.
    init(_ demand: RowDemand?, _ found: FoundRows?) {
        self.demand = demand
        self.found = found
    }

    private func isNeeded(_ row: Int, _ demand: RowDemand, _ found: FoundRows) -> Bool {
        found.contains(demand.rows[row], of: demand.output)
    }

    /// The first needed row from `row` on; `end` where there is none below it.
    func first(from row: Int, below end: Int) -> Int {
        guard let demand, let found else { return row }
        var row = row
        while row < end, !isNeeded(row, demand, found) { row += 1 }
        return row
    }

    /// The first row behind `row` that is not needed; `end` where there is none below it.
    func end(behind row: Int, below end: Int) -> Int {
        guard let demand, let found else { return end }
        var row = row + 1
        while row < end, isNeeded(row, demand, found) { row += 1 }
        return min(row, end)
    }
}
