/// A small picture: the mean colours of the areas of a frame.
struct SampleGrid: Sendable, Hashable {
    let width: Int
    let height: Int
    private(set) var colors: [RGB]

    init(width: Int, height: Int, colors: [RGB]) {
        precondition(colors.count == width * height, "one colour a sample")
        self.width = width
        self.height = height
        self.colors = colors
    }

    subscript(x: Int, y: Int) -> RGB { colors[y * width + x] }

    /// The same picture in another size, each sample the nearest one: for the moment until the next frame.
    func resized(width newWidth: Int, height newHeight: Int) -> SampleGrid {
        guard newWidth != width || newHeight != height, !colors.isEmpty else { return self }
        var resized: [RGB] = []
        resized.reserveCapacity(newWidth * newHeight)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                resized.append(self[x * width / newWidth, y * height / newHeight])
            }
        }
        return SampleGrid(width: newWidth, height: newHeight, colors: resized)
    }
}
