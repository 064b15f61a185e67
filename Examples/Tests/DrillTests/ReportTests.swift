import DrillJudge
import DrillLog
import Foundation
import Testing

@testable import DrillReport

private func verdict(_ spoil: (inout Evidence) -> Void = { _ in }) -> (Verdict, RunRecord) {
    var run = RunRecord(
        seed: 9, seconds: 4, clients: 2, faultKinds: ["throw", "end-program"], planned: 2, machine: "a <machine>")
    run.limits.fewestOrders = 0
    run.limits.fewestFaultsOfAKind = 0
    let lines = (0..<8).flatMap { number in
        [ClientLine.Event.ask, .answer].map {
            ClientLine(
                at: Double(number) * 500 + ($0 == .ask ? 10 : 20), client: 0, request: number, attempt: 1, event: $0,
                operation: "products", status: $0 == .ask ? nil : 200)
        }
    }
    let faults = [
        FaultLine(
            number: 0, kind: "throw", role: "limiter", index: 0, at: 1_200, closed: 1_250, outcome: .recovered,
            recovery: 50, reach: Reach(["*"])),
        FaultLine(
            number: 1, kind: "end-program", role: "shop", index: 0, at: 2_000, closed: 2_400, outcome: .recovered,
            recovery: 400, reach: Reach(["*"])),
    ]
    let samples = (0..<4).map { SampleLine(at: Double($0) * 1_000, process: 1, memory: 50 << 20) }
    var evidence = Evidence(run: run, clients: [lines], faults: faults, samples: samples, books: Books(rows: []))
    spoil(&evidence)
    return (Judge(evidence).verdict(), evidence.run)
}

@Test("The time is cut into portions; each holds what was decided in it") func timeline() {
    let timeline = verdict().0.timeline
    #expect(timeline.width == 1_000)
    #expect(timeline.portions.map(\.requests) == [2, 2, 2, 2])
    #expect(timeline.portions.allSatisfy { $0.latency?.p50 == 10 && $0.memory == 50 << 20 })
    #expect(timeline.faults.map(\.closes) == [1_250, 2_400])
}

@Test("A look at the memory that came late leaves no hole; where nobody looked for long there is one") func looks() {
    func memory(_ seconds: [Double]) -> [Int?] {
        verdict { $0.samples = seconds.map { SampleLine(at: $0 * 1_000, process: 1, memory: 7 + Int($0)) } }
            .0.timeline.portions.map(\.memory)
    }
    #expect(memory([0, 2.1, 3]) == [7, 7, 9, 10])
    #expect(memory([0, 3]) == [7, nil, nil, 10])
}

@Test("An hour is cut into no more portions than a picture can show") func longTimeline() {
    let timeline = verdict { $0.run.seconds = 3_600 }.0.timeline
    #expect(timeline.portions.count == 240)
    #expect(timeline.width == 15_000)
}

@Test("The page is whole, needs nothing from elsewhere, and shows text as text") func page() {
    let (verdict, run) = verdict()
    let html = Page(verdict, run).html
    #expect(html.hasPrefix("<!doctype html>") && html.hasSuffix("</html>\n"))
    #expect(html.contains("Nothing lost"))
    #expect(html.contains("a &lt;machine&gt;"))
    #expect(html.contains("--seed 9 --seconds 4"))
    for tag in ["svg", "figure", "table", "section", "figcaption", "main", "title", "rect", "text"] {
        let opened = html.components(separatedBy: "<\(tag)").count - 1
        let closed = html.components(separatedBy: "</\(tag)>").count - 1
        let alone = tag == "rect" ? html.components(separatedBy: "class=\"shade\"").count - 1 : 0
        #expect(opened > 0 && opened == closed + alone, "\(tag)")
    }
    for foreign in ["src=", "href=", "url(", "<script", "http:", "https:"] { #expect(!html.contains(foreign)) }
    #expect(!html.contains("nan") && !html.contains("inf\""))
}

@Test("Findings and thinness are told on the page and in the terminal") func bad() {
    let (lost, run) = verdict { $0.run.shopEnd = "signal 11" }
    #expect(Page(lost, run).html.contains("the shop ended with signal 11"))
    #expect(Summary(lost).conclusion == "FOUND  shop-end: the shop ended with signal 11")
    let (thin, thinRun) = verdict { $0.run.limits.fewestOrders = 1 }
    #expect(Page(thin, thinRun).html.contains("Too thin to tell"))
    #expect(Summary(thin).conclusion.hasPrefix("THIN   0 orders"))
}

@Test("A run in which nothing happened can be shown, too") func empty() {
    let (nothing, run) = verdict {
        $0.clients = []
        $0.faults = []
        $0.samples = []
    }
    #expect(Page(nothing, run).html.contains("</svg>"))
    #expect(Summary(nothing).table.contains("requests"))
}

@Test("Axes end at round numbers that no value exceeds", arguments: [0.0, 1, 3, 7, 99, 101, 4_801])
func scales(_ most: Double) {
    let scale = Scale.linear(upTo: most, from: 100, to: 0)
    #expect(scale.high >= most && scale.ticks.last == scale.high && scale.ticks.count <= 6)
    #expect(scale.place(0) == 100 && scale.place(scale.high) == 0)
    #expect(scale.ticks.allSatisfy { $0 == $0.rounded() })
}

@Test("A logarithmic axis has whole decades") func decades() {
    let scale = Scale.logarithmic([0.4, 30, 800], from: 100, to: 0)
    #expect(scale.ticks == [0.1, 1, 10, 100, 1_000])
    #expect(scale.place(0.1) == 100 && scale.place(1_000) == 0 && abs(scale.place(10) - 50) < 0.001)
    #expect(scale.place(0) == 100)
}
