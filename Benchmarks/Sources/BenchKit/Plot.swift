import Foundation

/// Curves as an SVG file: one small drawing for each, both axes logarithmic, one colour for each side.
public struct Plot {
    private static let width = 460.0
    private static let height = 300.0
    /// Room for titles and figures: left, right, above, below.
    private static let margin = (left: 62.0, right: 16.0, top: 34.0, bottom: 44.0)
    private static let colours = [
        "#d9480f", "#1971c2", "#2f9e44", "#9c36b5", "#f08c00", "#0c8599", "#495057", "#e64980",
    ]

    private let results: [CurveResult]
    private let columns: [String]

    public init(_ results: [CurveResult], columns: [String]) {
        self.results = results.filter { result in columns.contains { !result.line($0).isEmpty } }
        self.columns = columns.filter { name in results.contains { !$0.line(name).isEmpty } }
    }

    public var svg: String {
        let rows = (results.count + 1) / 2
        let (width, height) = (2 * Self.width, Double(rows) * Self.height + 40)
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
            font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            """
        ]
        for (index, name) in columns.enumerated() {
            let x = Self.margin.left + Double(index) * 100
            parts.append(
                "<line x1=\"\(x)\" y1=\"20\" x2=\"\(x + 22)\" y2=\"20\" stroke=\"\(colour(name))\" stroke-width=\"2\"/>"
            )
            parts.append("<text x=\"\(x + 28)\" y=\"24\">\(Self.escaped(name))</text>")
        }
        for (index, result) in results.enumerated() {
            let (x, y) = (Double(index % 2) * Self.width, Double(index / 2) * Self.height + 40)
            parts.append("<g transform=\"translate(\(x) \(y))\">\(drawing(result))</g>")
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private func colour(_ name: String) -> String {
        Self.colours[(columns.firstIndex(of: name) ?? 0) % Self.colours.count]
    }

    private func drawing(_ result: CurveResult) -> String {
        let lines = columns.map { (name: $0, points: result.line($0)) }.filter { !$0.points.isEmpty }
        let horizontal = LogarithmicAxis(
            lines.flatMap { $0.points.map { Double($0.x) } }, from: Self.margin.left, to: Self.width - Self.margin.right
        )
        let vertical = LogarithmicAxis(
            lines.flatMap { $0.points.map(\.y) }, from: Self.height - Self.margin.bottom, to: Self.margin.top)
        var parts = [
            "<text x=\"\(Self.margin.left)\" y=\"20\" font-size=\"13\">\(Self.escaped(result.curve.title))</text>"
        ]
        for mark in horizontal.marks {
            let x = Self.number(horizontal.place(mark))
            parts.append(
                """
                <line x1="\(x)" y1="\(Self.margin.top)" x2="\(x)" y2="\(Self.height - Self.margin.bottom)" stroke="#dee2e6"/>\
                <text x="\(x)" y="\(Self.height - Self.margin.bottom + 14)" text-anchor="middle">\(Self.short(mark))</text>
                """)
        }
        for mark in vertical.marks {
            let y = Self.number(vertical.place(mark))
            parts.append(
                """
                <line x1="\(Self.margin.left)" y1="\(y)" x2="\(Self.width - Self.margin.right)" y2="\(y)" stroke="#dee2e6"/>\
                <text x="\(Self.margin.left - 6)" y="\(y)" dy="4" text-anchor="end">\(Self.short(mark))</text>
                """)
        }
        parts.append(
            """
            <text x="\((Self.margin.left + Self.width) / 2)" y="\(Self.height - 12)" text-anchor="middle">\
            \(Self.escaped(result.curve.axis.title))</text>\
            <text x="14" y="\(Self.height / 2)" text-anchor="middle" transform="rotate(-90 14 \(Self.height / 2))">\
            \(Self.escaped(result.curve.measure.unit))</text>
            """)
        for line in lines {
            let places = line.points.map {
                (Self.number(horizontal.place(Double($0.x))), Self.number(vertical.place($0.y)))
            }
            let path = places.map { "\($0.0),\($0.1)" }.joined(separator: " ")
            parts.append(
                "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour(line.name))\" stroke-width=\"2\"/>")
            for (x, y) in places {
                parts.append("<circle cx=\"\(x)\" cy=\"\(y)\" r=\"3\" fill=\"\(colour(line.name))\"/>")
            }
        }
        return parts.joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    /// `1`, `200`, `10k`, `1M`.
    private static func short(_ value: Double) -> String {
        if value >= 1e9 { return shortNumber(value / 1e9) + "G" }
        if value >= 1e6 { return shortNumber(value / 1e6) + "M" }
        if value >= 1e3 { return shortNumber(value / 1e3) + "k" }
        return shortNumber(value)
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}

/// Where a figure stands on a logarithmic axis.
struct LogarithmicAxis {
    let low: Double
    let high: Double
    let start: Double
    let end: Double
    /// Figures that are written beside it.
    let marks: [Double]

    init(_ values: [Double], from start: Double, to end: Double) {
        let positive = values.filter { $0 > 0 }
        let (least, most) = (positive.min() ?? 1, positive.max() ?? 10)
        let steps: [Double] = most / least < 10 ? [1, 2, 4, 8] : most / least < 30 ? [1, 2, 5] : [1]
        let all = (Int(log10(least).rounded(.down)) - 1...Int(log10(most).rounded(.up)) + 1).flatMap { power in
            steps.map { $0 * pow(10, Double(power)) }
        }
        let below = all.last { $0 <= least * 1.0001 } ?? least
        let above = all.first { $0 >= most * 0.9999 && $0 > below } ?? most
        (low, high) = (below, above)
        marks = all.filter { $0 >= below * 0.9999 && $0 <= above * 1.0001 }
        (self.start, self.end) = (start, end)
    }

    func place(_ value: Double) -> Double {
        start + (end - start) * (log(max(value, low)) - log(low)) / (log(high) - log(low))
    }
}
