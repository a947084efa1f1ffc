extension [Candidate] {
    /// Keeps the `most` first of the total order, in no particular order: a few looks at each instead of
    /// a whole sort (Hoare's selection).
    ///
    /// No logit may be NaN.
    /// - Returns: the lowest logit kept; nil where nothing is.
    @discardableResult
    public mutating func keepBest(_ most: Int) -> Float? {
        guard most > 0 else {
            removeAll(keepingCapacity: true)
            return nil
        }
        if count > most {
            moveBestToFront(most)
            removeLast(count - most)
        }
        return self.min { $0.logit < $1.logit }?.logit
    }

    /// 0 < `most` < the count.
    private mutating func moveBestToFront(_ most: Int) {
        var (low, high) = (0, count - 1)
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
            if most - 1 <= right {
                high = right
            } else if most - 1 >= left {
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
