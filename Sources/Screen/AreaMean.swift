/// Means over the areas of one plane, in two steps: source rows are summed down to one row of sums (the
/// part that touches every byte, wide vectors), then that row's runs are summed to samples.
struct AreaMean {
    /// One component of a plane's pixels.
    struct Component {
        /// Bytes from pixel to pixel.
        var step: Int
        /// Of the first pixel's byte.
        var offset: Int
        /// Pixels in a row.
        var count: Int
    }

    let width: Int
    let height: Int

    /// `height × width` means for each of `components`; `rowBytes` bytes of each of `rows` rows are read.
    /// A plane that is shorter than it says gives zeros where bytes are missing.
    func means(
        of bytes: RawSpan, stride: Int, rowBytes: Int, rows: Int, components: [Component]
    ) -> [[UInt8]] {
        var means = components.map { _ in [UInt8](repeating: 0, count: width * height) }
        var sums = [UInt16](repeating: 0, count: rowBytes)
        for y in 0..<height {
            let first = y * rows / height
            let last = max((y + 1) * rows / height, first + 1)
            // 256 rows of 255 fit 16 bits.
            let pace = (last - first + 255) / 256
            let taken = Self.sum(rows: first, last, pace: pace, of: bytes, stride: stride, into: &sums)
            guard taken > 0 else { continue }
            for (number, component) in components.enumerated() {
                reduce(sums, component, rowsTaken: taken, into: &means[number], row: y)
            }
        }
        return means
    }

    private func reduce(
        _ sums: [UInt16], _ component: Component, rowsTaken: Int, into means: inout [UInt8], row: Int
    ) {
        for x in 0..<width {
            let first = x * component.count / width
            let last = max((x + 1) * component.count / width, first + 1)
            var sum: UInt32 = 0
            var at = first * component.step + component.offset
            for _ in first..<last {
                sum &+= UInt32(sums[at])
                at += component.step
            }
            let count = UInt32((last - first) * rowsTaken)
            means[row * width + x] = UInt8((sum + count / 2) / count)
        }
    }

    /// Sums every `pace`th row of `first..<last`; returns how many.
    private static func sum(
        rows first: Int, _ last: Int, pace: Int, of bytes: RawSpan, stride: Int, into sums: inout [UInt16]
    ) -> Int {
        var taken = 0
        bytes.withUnsafeBytes { bytes in
            sums.withUnsafeMutableBufferPointer { sums in
                for row in Swift.stride(from: first, to: last, by: pace) {
                    let start = row * stride
                    guard start >= 0, start + sums.count <= bytes.count,
                        let source = bytes.baseAddress?.advanced(by: start), let target = sums.baseAddress
                    else { break }
                    let pixels = source.assumingMemoryBound(to: UInt8.self)
                    // Bare pointers: only so are these loops vectorised.
                    if taken == 0 {
                        for at in 0..<sums.count { target[at] = UInt16(pixels[at]) }
                    } else {
                        for at in 0..<sums.count { target[at] &+= UInt16(pixels[at]) }
                    }
                    taken += 1
                }
            }
        }
        return taken
    }
}
