public import DrillJudge

/// A verdict for people in a terminal, and one line of it for programs.
public struct Summary: Sendable {
    private let verdict: Verdict

    public init(_ verdict: Verdict) { self.verdict = verdict }

    public var table: String {
        let figures = verdict.figures
        var rows = Rows.overview(figures)
        for (kind, count) in figures.faults.sorted(by: { $0.key < $1.key }) {
            let skipped = count.skipped > 0 ? ", \(count.skipped) skipped" : ""
            let recovery = count.recovery.map { ", recovery p50 / p99 \(Text.short($0))" } ?? ""
            rows.append(("faults: \(kind)", "\(count.done)\(skipped)\(recovery)"))
        }
        for (kind, count) in Rows.errors(figures) { rows.append(("told: \(kind)", count)) }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { Text.left($0.0, width + 2) + $0.1 }.joined(separator: "\n")
    }

    /// What was found wrong, or that nothing was.
    public var conclusion: String {
        let most = 20
        var lines = verdict.findings.prefix(most).map { "FOUND  \($0)" }
        if verdict.findings.count > most { lines.append("FOUND  … and \(verdict.findings.count - most) more") }
        lines += verdict.thin.map { "THIN   \($0)" }
        if lines.isEmpty { lines = ["nothing lost: \(Rows.nothingLost)"] }
        return lines.joined(separator: "\n")
    }
}

/// What terminal and page both show.
enum Rows {
    static let nothingLost =
        "every acknowledged order is in the database once, as its cart was; every capture is exactly once in what customers "
        + "were told, in the database and in the bank's ledger; everybody was answered, "
        + "nothing failed but by a fault, and all parts came back"

    static func overview(_ figures: Figures) -> [(String, String)] {
        [
            ("requests", "\(figures.requests)"),
            ("decided at the first attempt", Text.share(figures.firstTimeSuccesses, of: figures.requests)),
            ("orders acknowledged", "\(figures.ordersAcknowledged)"),
            ("orders in the database", "\(figures.ordersInBooks)"),
            ("captures, refunds", "\(figures.captures), \(figures.refunds)"),
            ("told that a payment is not known yet", "\(figures.unknownPayments)"),
            ("profile pages, of these partial", "\(figures.profiles), \(figures.partialProfiles)"),
            ("answer p50 / p99 / p99.9 / longest", Text.spread(figures.latency)),
            ("recovery p50 / p99 / p99.9 / longest", Text.spread(figures.recovery)),
            ("time without an open fault", Text.percent(figures.quietShare)),
            ("restarts", figures.restarts.map { "\($0)" } ?? "unknown"),
            ("memory, at most", figures.memory.map(Text.mebibytes) ?? "unknown"),
            ("requests of clients that misbehave", "\(figures.requestsOfOffenders)"),
        ]
    }

    /// The most frequent first.
    static func errors(_ figures: Figures) -> [(String, String)] {
        figures.errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, "\($0.value)") }
    }
}
