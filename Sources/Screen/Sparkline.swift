/// A row of bars from numbers.
enum Sparkline {
    private static let bars: [Unicode.Scalar] = Array("▁▂▃▄▅▆▇█".unicodeScalars)

    /// The newest `width` of `values`, at the right; `top` is a full bar, nothing less than the largest value.
    static func text(_ values: [Double], width: Int, top: Double = 0) -> String {
        guard width > 0 else { return "" }
        let shown = values.suffix(width)
        let top = max(top, shown.max() ?? 0)
        var text = String(repeating: " ", count: width - shown.count)
        for value in shown {
            let level = top > 0 ? Int((value / top * Double(bars.count - 1)).rounded()) : 0
            text.unicodeScalars.append(bars[min(max(level, 0), bars.count - 1)])
        }
        return text
    }
}
