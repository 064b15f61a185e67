import DrillJudge
import DrillLog

/// When which kind of fault was open: a row for each kind, a bar for each fault.
struct FaultChart: Sendable {
    let timeline: Timeline
    let shade: [(from: Double, to: Double)]

    func drawn() -> Markup {
        let kinds = Dictionary(grouping: timeline.faults, by: \.kind).sorted { $0.key < $1.key }
        let row = 20.0
        let top = 8.0
        let bottom = top + row * Double(kinds.count)
        let end = Double(max(timeline.portions.count, 1)) * timeline.width
        let time = Scale.time(milliseconds: end, from: Chart.left, to: Chart.right)
        let rows: [Markup] = kinds.enumerated().map { number, kind in
            let y = top + row * Double(number)
            return """
                <text class="kind" x="\(Chart.left - 8)" y="\(y + 18)" text-anchor="end">\(kind.key)</text>\
                <line class="grid" x1="\(Chart.left)" x2="\(Chart.right)" y1="\(y + row)" y2="\(y + row)"/>
                \(kind.value.map { bar($0, time, y + 11) })
                """
        }
        return """
            <figure>
            <figcaption><b>Faults</b> <span class="unit">from the fault to its part's first answer</span></figcaption>
            <svg viewBox="0 0 \(Chart.width) \(bottom + 26)" role="img" aria-label="Faults over time">
            \(Chart.shaded(shade, time, top: top, bottom: bottom))\(rows)\(Chart.timeAxis(time, bottom: bottom))</svg>
            </figure>

            """
    }

    private func bar(_ fault: Timeline.Fault, _ time: Scale, _ y: Double) -> Markup {
        let x = time.place(fault.opens)
        let length = Text.trimmed(fault.closes - fault.opens)
        let style = fault.outcome == .notRecovered ? "bad" : "fault"
        return """
            <rect class="\(style)" x="\(x)" width="\(max(time.place(fault.closes) - x, 2))" y="\(y)" height="7" rx="1">\
            <title>\(fault.kind) \(fault.part), \(Text.trimmed(fault.opens / 1_000)) s: \(length) ms</title></rect>

            """
    }
}
