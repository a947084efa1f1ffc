/// The best candidates in their total order, put in order piece by piece as they are asked for: whoever
/// stops early pays for little more than what was looked at.
public struct Ranking: Sequence, IteratorProtocol {
    private var candidates: [Candidate]
    private var position = 0
    /// What lies before it is in order.
    private var ordered = 0
    private var piece = 512

    /// - Parameter most: how many to rank; logits that are no number are left out.
    public init(_ candidates: [Candidate], most: Int) {
        self.candidates = candidates.filter { !$0.logit.isNaN }
        self.candidates.keepBest(most)
    }

    public mutating func next() -> Candidate? {
        guard position < candidates.count else { return nil }
        if position == ordered {
            ordered = Swift.min(ordered + piece, candidates.count)
            candidates.moveBestToFront(ordered, from: position)
            candidates[position..<ordered].sort(by: Candidate.precedes)
            piece *= 2
        }
        defer { position += 1 }
        return candidates[position]
    }
}

extension [Candidate] {
    /// Keeps the `most` first of the total order, in no particular order.
    ///
    /// No logit may be NaN.
    /// - Returns: the lowest logit kept; nil where nothing is.
    @discardableResult
    public mutating func keepBest(_ most: Int) -> Float? {
        if count > most {
            moveBestToFront(most, from: 0)
            removeLast(count - Swift.max(most, 0))
        }
        return self.min { $0.logit < $1.logit }?.logit
    }

    /// Puts the first of those from `start` on into `start ..< end`, in no particular order: a few looks at
    /// each instead of a whole sort (Hoare's selection).
    fileprivate mutating func moveBestToFront(_ end: Int, from start: Int) {
        guard end > start, end < count else { return }
        var (low, high) = (start, count - 1)
        while low < high {
            let pivot = Self.middle(of: self[low], self[low + (high - low) / 2], self[high])
            var (left, right) = (low, high)
            while left <= right {
                while Candidate.precedes(self[left], pivot) { left += 1 }
                while Candidate.precedes(pivot, self[right]) { right -= 1 }
                guard left <= right else { break }
                swapAt(left, right)
                left += 1
                right -= 1
            }
            // low ... right are not behind the pivot, left ... high not before it.
            if end - 1 <= right {
                high = right
            } else if end - 1 >= left {
                low = left
            } else {
                return
            }
        }
    }

    private static func middle(of a: Candidate, _ b: Candidate, _ c: Candidate) -> Candidate {
        let (first, second) = Candidate.precedes(a, b) ? (a, b) : (b, a)
        if Candidate.precedes(c, first) { return first }
        return Candidate.precedes(c, second) ? c : second
    }
}
