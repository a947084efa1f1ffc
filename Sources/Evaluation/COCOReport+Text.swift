import JSON
import Logs

extension COCOReport {
    /// The twelve numbers in percent and where the classes' score reaches precision 0.8, for people.
    public var description: String {
        let numbers = COCOMetric.allCases.map { metric in
            "\(metric.rawValue.padded(to: 6))\(Self.percent(self[metric]).padded(left: 6))"
        }
        var lines = [
            "\(imageCount) images, \(objectCount) objects, \(resultCount) results",
            numbers.prefix(6).joined(separator: "   "), numbers.suffix(6).joined(separator: "   "),
        ]
        lines.append(
            reliability.score(atPrecision: 0.8).map {
                "Precision 0.8 (overlap 0.5) from score \(Self.fixed($0, places: 3)) on."
            } ?? "No score reaches precision 0.8 (overlap 0.5).")
        return lines.joined(separator: "\n")
    }

    /// A row for each class that has objects or results, in percent.
    public var classTable: String {
        let rows = classes.filter { $0.objectCount > 0 || $0.resultCount > 0 }
        let wide = max(5, rows.map(\.name.count).max() ?? 0)
        let head =
            "class".padded(to: wide)
            + ["objects", "results", "AP", "AP50", "AP75", "AR100"].map { $0.padded(left: 9) }.joined()
        let body = rows.map { row in
            row.name.padded(to: wide) + String(row.objectCount).padded(left: 9)
                + String(row.resultCount).padded(left: 9)
                + [row.averagePrecision, row.at50, row.at75, row.recall100]
                .map { Self.percent($0).padded(left: 9) }.joined()
        }
        return ([head] + body).joined(separator: "\n")
    }

    /// Precision against recall at overlap 0.5, mean of the classes: 11 lines of `columns` (at least 11)
    /// columns and an axis, precision 1 on top.
    public func precisionPlot(columns: Int = 51) -> String {
        let columns = max(columns, 11)
        let values = (0..<columns).map { column -> Double in
            precisions.isEmpty ? 0 : precisions[column * (PrecisionCurve.points - 1) / (columns - 1)]
        }
        var lines = (0...10).reversed().map { row -> String in
            let dots = values.map { value in Int((value * 10).rounded()) == row ? "*" : " " }.joined()
            let label = row % 5 == 0 ? Self.fixed(Double(row) / 10, places: 1) : "   "
            return "\(label) |\(dots)".trimmedRight
        }
        lines.append("    +" + String(repeating: "-", count: columns))
        lines.append(
            "     0" + "recall".padded(left: columns / 2 + 2) + "1".padded(left: columns - columns / 2 - 3))
        return lines.joined(separator: "\n")
    }

    /// One object: the twelve numbers by COCO's short names (null where undefined), classes, reliability.
    public var json: [UInt8] {
        var text = JSONText()
        text.object { text in
            for (key, count) in [("images", imageCount), ("objects", objectCount), ("results", resultCount)] {
                text.key(key)
                text.integer(count)
            }
            for metric in COCOMetric.allCases {
                text.key(metric.rawValue)
                text.number(self[metric] ?? .nan)
            }
            text.key("score_at_precision_80")
            text.number(reliability.score(atPrecision: 0.8) ?? .nan)
            text.key("reliability")
            reliability.write(to: &text)
            text.key("precision_at_recall")
            text.array { text in
                for value in precisions { text.number(value) }
            }
            text.key("classes")
            text.array { text in
                for row in classes { row.write(to: &text) }
            }
        }
        return text.bytes
    }

    static func percent(_ value: Double?) -> String {
        value.map { fixed($0 * 100, places: 1) } ?? "-"
    }

    static func fixed(_ value: Double, places: Int) -> String {
        var text = JSONText()
        text.decimal(value, places: places)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}

extension COCOReport.ClassAccuracy {
    fileprivate func write(to text: inout JSONText) {
        text.object { text in
            text.key("id")
            text.integer(id)
            text.key("name")
            text.string(name)
            text.key("objects")
            text.integer(objectCount)
            text.key("results")
            text.integer(resultCount)
            let numbers = [
                ("AP", averagePrecision), ("AP50", at50), ("AP75", at75), ("AR100", recall100),
                ("score_at_precision_80", reliability.score(atPrecision: 0.8)),
            ]
            for (key, value) in numbers {
                text.key(key)
                text.number(value ?? .nan)
            }
        }
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    func padded(left width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    fileprivate var trimmedRight: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
