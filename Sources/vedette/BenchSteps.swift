import Engine
import JSON

/// The steps of the network with their time, work and share of what the machine could do.
struct BenchSteps {
    let steps: [StepProfile]
    let peaks: PeakRates

    private var sum: Double { steps.reduce(0) { $0 + $1.milliseconds } }

    /// Columns of a table that every terminal shows.
    static let usualWidth = 100

    /// - Parameter width: columns of the terminal; names get what numbers leave, the largest steps stand out.
    func table(width: Int) -> String {
        let numbers =
            [["ms", "%", "Mmac", "Gmac/s", "% peak", "MB in", "out", "weights", "tile"]] + steps.map(numbers)
        let widths = numbers[0].indices.map { column in numbers.map { $0[column].count }.max() ?? 0 }
        let room = max(width, Self.usualWidth) - widths.reduce(0) { $0 + $1 + 2 }
        let names =
            ["step"]
            + steps.map { step in
                let mark = step.work.isPartial ? "*" : ""
                return Self.shortened(step.work.parts, room: room - mark.count) + mark
            }
        var text = TextTable.text(zip(names, numbers).map { [$0] + $1 })
        let bytes = steps.reduce(0) { $0 + $1.work.bytes }
        let full = steps.filter { !$0.work.isPartial }
        let floor = full.reduce(0) { $0 + peaks.floor($1.work) }
        let share = Rounded.tenths(floor / full.reduce(0) { $0 + $1.milliseconds } * 100)
        text +=
            "\n\(steps.count) steps, \(Rounded.thousandths(sum)) ms, \(Rounded.tenths(Double(bytes) / 1e6)) MB; "
            + "\(Rounded.thousandths(floor)) ms at the probed peak: \(share) %"
            + (full.count < steps.count ? " (without *)\n" : "\n")
            + "peak: \(Rounded.tenths(peaks.products)) Gmac/s of 1x1 convolutions, "
            + "\(Rounded.tenths(peaks.others)) of all others\n"
        if steps.contains(where: \.work.isPartial) {
            text += "*: makes only rows beside what was found; Mmac and MB are those of all rows\n"
        }
        return text
            + "a>b: by rows in one step; a + n: side by side; tile: rows (r) or pixels (p) of a slice\n"
    }

    private func numbers(_ step: StepProfile) -> [String] {
        let work = step.work
        let computes = work.multiplyAdds > 0
        let tile =
            switch work.tile {
            case .none: ""
            case .rows(let rows): "\(rows)r"
            case .pixels(let pixels): "\(pixels)p"
            }
        return [
            Rounded.thousandths(step.milliseconds), Rounded.tenths(step.milliseconds / sum * 100),
            computes ? Rounded.tenths(Double(work.multiplyAdds) / 1e6) : "",
            // How many of the products were made depends on the picture.
            computes && !work.isPartial ? Rounded.tenths(step.rate) : "",
            computes && !work.isPartial ? Rounded.tenths(peaks.floor(work) / step.milliseconds * 100) : "",
        ]
            + [work.inputBytes, work.outputBytes, work.weightBytes].map {
                Rounded.hundredths(Double($0) / 1e6)
            }
            + [tile]
    }

    /// `blocks.1.0.expand>depthwise + 3`: what a name shares with the one before it is left out, and of
    /// steps side by side only the first is named.
    static func shortened(_ parts: [String], room: Int) -> String {
        let layers = (parts.first ?? "").split(separator: ">").map { $0.split(separator: ".") }
        var short: [String] = []
        for (index, words) in layers.enumerated() {
            let before = index == 0 ? [] : layers[index - 1]
            let known = zip(before, words).prefix { $0 == $1 }.count
            short.append(words.dropFirst(min(known, words.count - 1)).joined(separator: "."))
        }
        var name = short.joined(separator: ">")
        if name.hasPrefix("backbone.") { name.removeFirst("backbone.".count) }
        let rest = parts.count > 1 ? " + \(parts.count - 1)" : ""
        let left = room - rest.count
        if name.count > left { name = name.prefix(max(left - 1, 1)) + "…" }
        return name + rest
    }

    var json: JSONValue { .array(steps.map(object)) }

    private func object(_ step: StepProfile) -> JSONValue {
        let work = step.work
        let tile: (rows: JSONValue, pixels: JSONValue) =
            switch work.tile {
            case .none: (.null, .null)
            case .rows(let rows): (.integer(rows), .null)
            case .pixels(let pixels): (.null, .integer(pixels))
            }
        return .object([
            "name": .string(work.parts.joined(separator: " + ")),
            "parts": .array(work.parts.map { .string($0) }), "ms": .number(step.milliseconds),
            "min": .number(step.times.min() ?? .nan), "runs_ms": .array(step.times.map { .number($0) }),
            "share_of_time": .number(step.milliseconds / sum), "multiply_adds": .integer(work.multiplyAdds),
            "flops": .integer(work.flops),
            "gmac_per_s": work.isPartial ? .null : .number(step.rate),
            "share_of_peak": work.isPartial ? .null : .number(peaks.floor(work) / step.milliseconds),
            "partial": .bool(work.isPartial),
            "input_bytes": .integer(work.inputBytes), "output_bytes": .integer(work.outputBytes),
            "weight_bytes": .integer(work.weightBytes),
            "gb_per_s": work.isPartial ? .null : .number(step.traffic),
            "fused": .bool(work.isFused), "tile_rows": tile.rows, "tile_pixels": tile.pixels,
            "slices": .integer(step.slices),
        ])
    }
}
