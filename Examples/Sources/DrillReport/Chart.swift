/// One panel of the picture of a run: time to the right, a measure upwards, all panels as wide as each other.
struct Chart: Sendable {
    struct Series: Sendable {
        enum Shape: Sendable { case line, area, bars }

        let name: String
        /// A class of the style sheet, which gives it its colour.
        let style: String
        let shape: Shape
        /// One for each portion of the time; nil where there is nothing to show.
        let values: [Double?]
    }

    static let width = 960.0
    static let left = 116.0
    static let right = 944.0

    let title: String
    let unit: String
    let series: [Series]
    var height = 150.0
    var isLogarithmic = false
    /// Milliseconds that a portion lasts.
    let portion: Double
    /// When the shop's process was gone: shaded, in milliseconds.
    let shade: [(from: Double, to: Double)]

    func drawn() -> Markup {
        let time = time
        let values = series.flatMap(\.values).compactMap { $0 }
        let top = 8.0
        let bottom = height - 22
        let scale =
            isLogarithmic
            ? Scale.logarithmic(values, from: bottom, to: top)
            : Scale.linear(upTo: values.max() ?? 1, from: bottom, to: top)
        return """
            <figure>
            <figcaption><b>\(title)</b> <span class="unit">\(unit)</span>\(legend)</figcaption>
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(title), \(unit)">
            \(Self.shaded(shade, time, top: top, bottom: bottom))\(grid(scale))\(Self.timeAxis(time, bottom: bottom))\
            \(series.map { shape($0, time, scale, bottom) })</svg>
            </figure>

            """
    }

    private var count: Int { series.map(\.values.count).max() ?? 0 }

    private var time: Scale {
        .time(milliseconds: Double(max(count, 1)) * portion, from: Self.left, to: Self.right)
    }

    private var legend: Markup {
        guard series.count > 1 else { return "" }
        let keys: [Markup] = series.map { "<span class=\"key \($0.style)\"><i></i>\($0.name)</span>" }
        return " <span class=\"legend\">\(keys)</span>"
    }

    private func grid(_ scale: Scale) -> Markup {
        let lines: [Markup] = scale.ticks.map { tick in
            let y = scale.place(tick)
            return """
                <line class="grid" x1="\(Self.left)" x2="\(Self.right)" y1="\(y)" y2="\(y)"/>\
                <text class="tick" x="\(Self.left - 8)" y="\(y + 4)" text-anchor="end">\(Text.axis(tick))</text>

                """
        }
        return "\(lines)"
    }

    private func shape(_ series: Series, _ time: Scale, _ scale: Scale, _ bottom: Double) -> Markup {
        switch series.shape {
        case .bars: bars(series, time, scale, bottom)
        case .line, .area: line(series, time, scale, bottom)
        }
    }

    private func bars(_ series: Series, _ time: Scale, _ scale: Scale, _ bottom: Double) -> Markup {
        let width = max((Self.right - Self.left) / Double(max(count, 1)) - 1, 1)
        let bars: [Markup] = series.values.enumerated().compactMap { number, value in
            guard let value, value > 0 else { return nil }
            let x = time.place(Double(number) * portion)
            let y = scale.place(value)
            return """
                <rect class="\(series.style)" x="\(x)" width="\(width)" y="\(y)" height="\(max(bottom - y, 1))">\
                <title>\(label(number)): \(Text.trimmed(value)) \(series.name)</title></rect>

                """
        }
        return "\(bars)"
    }

    private func line(_ series: Series, _ time: Scale, _ scale: Scale, _ bottom: Double) -> Markup {
        var parts: [Markup] = []
        var run: [(x: Double, y: Double)] = []
        func close() {
            guard let first = run.first, let last = run.last else { return }
            let points = run.map { "\(Text.trimmed($0.x)),\(Text.trimmed($0.y))" }.joined(separator: " ")
            if series.shape == .area {
                let under = "\(Text.trimmed(first.x)),\(bottom) \(points) \(Text.trimmed(last.x)),\(bottom)"
                parts.append("<polygon class=\"under \(series.style)\" points=\"\(under)\"/>\n")
            }
            parts.append("<polyline class=\"\(series.style)\" points=\"\(points)\"/>\n")
            if run.count == 1 {
                parts.append("<circle class=\"\(series.style)\" cx=\"\(first.x)\" cy=\"\(first.y)\" r=\"1.5\"/>\n")
            }
            run = []
        }
        for (number, value) in series.values.enumerated() {
            // In the middle of the time that it stands for.
            let x = time.place((Double(number) + 0.5) * portion)
            if let value { run.append((x, scale.place(value))) } else { close() }
        }
        close()
        let looks: [Markup] = series.values.enumerated().compactMap { number, value in
            guard let value else { return nil }
            let x = time.place((Double(number) + 0.5) * portion)
            return """
                <circle class="look" cx="\(x)" cy="\(scale.place(value))" r="5"><title>\(label(number)): \
                \(series.name) \(Text.trimmed(value)) \(unit)</title></circle>

                """
        }
        return "\(parts)\(looks)"
    }

    private func label(_ number: Int) -> String { "\(Text.trimmed(Double(number) * portion / 1_000)) s" }

    static func timeAxis(_ time: Scale, bottom: Double) -> Markup {
        let ticks: [Markup] = time.ticks.map { tick in
            let x = time.place(tick)
            return """
                <line class="grid" x1="\(x)" x2="\(x)" y1="\(bottom)" y2="\(bottom + 4)"/>\
                <text class="tick" x="\(x)" y="\(bottom + 17)" text-anchor="middle">\(Text.trimmed(tick / 1_000)) s</text>

                """
        }
        return "\(ticks)"
    }

    static func shaded(_ shade: [(from: Double, to: Double)], _ time: Scale, top: Double, bottom: Double) -> Markup {
        let bands: [Markup] = shade.map { band in
            let x = time.place(band.from)
            return """
                <rect class="shade" x="\(x)" width="\(max(time.place(band.to) - x, 1.5))" y="\(top)" \
                height="\(bottom - top)"/>

                """
        }
        return "\(bands)"
    }
}
