public import DrillJudge
public import DrillLog

/// A run on one page: verdict, figures, the picture over time. It needs nothing but itself.
public struct Page: Sendable {
    private let verdict: Verdict
    private let run: RunRecord

    public init(_ verdict: Verdict, _ run: RunRecord) {
        self.verdict = verdict
        self.run = run
    }

    public var html: String {
        let page: Markup = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Drill, seed \(run.seed): \(headline)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <header class="\(mood)">
            <p class="kicker">Drill · seed \(run.seed) · \(run.seconds) s · \(run.clients) clients</p>
            <h1>\(headline)</h1>
            <p>\(explanation)</p>
            </header>
            \(findings)\(tiles)
            <section class="picture">
            \(charts)</section>
            <div class="columns">
            \(Self.table("Faults", ["kind", "done", "skipped", "recovery p50", "p99"], faultRows))
            \(Self.table("What polite clients were told", ["", "times"], errorRows))
            \(Self.table("Figures", ["", ""], Rows.overview(verdict.figures).map { [$0.0, $0.1] }))
            </div>
            <footer>\(run.machine ?? "") · replay: <code>storefront drill --seed \(run.seed) --seconds \(run.seconds) \
            --clients \(run.clients)</code></footer>
            </main>
            </body>
            </html>

            """
        return page.text
    }

    // MARK: Verdict

    private var mood: String { ["good", "bad", "thin"][Int(verdict.exitCode)] }

    private var headline: String {
        switch verdict.exitCode {
        case 0: "Nothing lost"
        case 2: "Too thin to tell"
        default: verdict.findings.count == 1 ? "1 finding" : "\(verdict.findings.count) findings"
        }
    }

    private var explanation: String {
        switch verdict.exitCode {
        case 0: Rows.nothingLost.prefix(1).uppercased() + Rows.nothingLost.dropFirst() + "."
        case 2: "Nothing wrong was found, but the run proves too little."
        default: "Something happened that must not happen."
        }
    }

    private var findings: Markup {
        let most = 50
        var items: [Markup] = verdict.findings.prefix(most).map {
            "<li><b>\($0.rule.rawValue)</b> \($0.detail)</li>\n"
        }
        if verdict.findings.count > most { items.append("<li>… and \(verdict.findings.count - most) more</li>\n") }
        items += verdict.thin.map { "<li>\($0)</li>\n" }
        return items.isEmpty ? "" : "<ul class=\"findings\">\n\(items)</ul>\n"
    }

    // MARK: Figures

    private var tiles: Markup {
        let figures = verdict.figures
        let done = figures.faults.values.reduce(0) { $0 + $1.done }
        let share = Double(figures.firstTimeSuccesses) / Double(max(figures.requests, 1))
        let tiles: [(String, String)] = [
            ("orders acknowledged", "\(figures.ordersAcknowledged)"),
            ("requests", "\(figures.requests)"),
            ("decided at the first attempt", Text.percent(share)),
            ("faults", "\(done)"),
            ("answer p50 / p99", Text.short(figures.latency)),
            ("recovery p50 / p99", Text.short(figures.recovery)),
        ]
        let pieces: [Markup] = tiles.map { "<div><b>\($0.1)</b><span>\($0.0)</span></div>\n" }
        return "<section class=\"tiles\">\n\(pieces)</section>\n"
    }

    private var faultRows: [[String]] {
        verdict.figures.faults.sorted { $0.key < $1.key }.map { kind, count in
            [
                kind, "\(count.done)", "\(count.skipped)", count.recovery.map { "\($0.p50) ms" } ?? "–",
                count.recovery.map { "\($0.p99) ms" } ?? "–",
            ]
        }
    }

    private var errorRows: [[String]] {
        let rows = Rows.errors(verdict.figures).map { [$0.0, $0.1] }
        return rows.isEmpty ? [["nothing but what they asked for", ""]] : rows
    }

    private static func table(_ title: String, _ head: [String], _ rows: [[String]]) -> Markup {
        func row(_ cells: [String], _ tag: String) -> Markup {
            let pieces: [Markup] = cells.enumerated().map { column, cell in
                let style = column == 0 ? "" : " class=\"number\""
                return Markup(stringLiteral: "<\(tag)\(style)>") + "\(cell)" + Markup(stringLiteral: "</\(tag)>")
            }
            return "<tr>\(pieces)</tr>\n"
        }
        let heading = head.contains { !$0.isEmpty } ? row(head, "th") : ""
        return "<section><h2>\(title)</h2>\n<table>\(heading)\(rows.map { row($0, "td") })</table></section>\n"
    }

    // MARK: Picture

    private var charts: Markup {
        let timeline = verdict.timeline
        let perSecond = 1_000 / timeline.width
        let shade = timeline.faults.filter { $0.kind == "end-program" }.map { ($0.opens, $0.closes) }
        func chart(
            _ title: String, _ unit: String, height: Double = 150, isLogarithmic: Bool = false,
            _ series: [Chart.Series]
        ) -> Markup {
            Chart(
                title: title, unit: unit, series: series, height: height, isLogarithmic: isLogarithmic,
                portion: timeline.width, shade: shade
            ).drawn()
        }
        func series(
            _ name: String, _ style: String, _ shape: Chart.Series.Shape, _ value: (Timeline.Portion) -> Double?
        ) -> Chart.Series {
            Chart.Series(name: name, style: style, shape: shape, values: timeline.portions.map(value))
        }
        let pieces = [
            chart(
                "Requests", "each second",
                [
                    series("requests", "first", .area) { Double($0.requests) * perSecond },
                    series("orders", "second", .line) { Double($0.orders) * perSecond },
                ]),
            chart(
                "Failed attempts", "each second", height: 110,
                [series("failed", "alarm", .bars) { Double($0.failures) * perSecond }]),
            chart(
                "Time to the answer", "ms", isLogarithmic: true,
                [
                    series("p50", "first", .line) { $0.latency?.p50 },
                    series("p99", "second", .line) { $0.latency?.p99 },
                ]),
            FaultChart(timeline: timeline, shade: shade).drawn(),
            chart(
                "Memory of the shop", "MiB", height: 110,
                [series("memory", "first", .area) { $0.memory.map { Double($0 >> 20) } }]),
        ]
        return "\(pieces)<p class=\"note\">Shaded: the shop's process was ended and is being started again.</p>"
    }
}

extension Markup {
    static func + (left: Markup, right: Markup) -> Markup { Markup(stringLiteral: left.text + right.text) }
}
