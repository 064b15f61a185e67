public import DrillJudge
import Foundation

/// A verdict for people, and one line of it for programs.
public struct Report: Sendable {
    private let verdict: Verdict

    public init(_ verdict: Verdict) { self.verdict = verdict }

    public var exitCode: Int32 { verdict.exitCode }

    public var table: String {
        let figures = verdict.figures
        var rows: [(String, String)] = [
            ("requests", "\(figures.requests)"),
            ("decided at the first attempt", share(figures.firstTimeSuccesses, of: figures.requests)),
            ("orders acknowledged", "\(figures.ordersAcknowledged)"),
            ("orders in the database", "\(figures.ordersInBooks)"),
            ("profile pages, of these partial", "\(figures.profiles), \(figures.partialProfiles)"),
            ("answer p50 / p99 / longest", spread(figures.latency)),
        ]
        for (kind, count) in figures.faults.sorted(by: { $0.key < $1.key }) {
            rows.append(
                ("faults: \(kind)", "\(count.done)" + (count.skipped > 0 ? ", \(count.skipped) found nobody" : "")))
        }
        rows.append(("restarts", figures.restarts.map { "\($0)" } ?? "unknown"))
        rows.append(("recovery p50 / p99 / longest", spread(figures.recovery)))
        for (kind, count) in figures.errors.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            rows.append(("told: \(kind)", "\(count)"))
        }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { Text.left($0.0, width + 2) + $0.1 }.joined(separator: "\n")
    }

    /// What was found wrong, or that nothing was.
    public var conclusion: String {
        let most = 20
        var lines = verdict.findings.prefix(most).map { "FOUND  \($0)" }
        if verdict.findings.count > most { lines.append("FOUND  … and \(verdict.findings.count - most) more") }
        lines += verdict.thin.map { "THIN   \($0)" }
        if lines.isEmpty {
            lines = [
                "nothing lost: every acknowledged order is in the database once, as its cart was, and all parts came back"
            ]
        }
        return lines.joined(separator: "\n")
    }

    public var json: String {
        struct Line: Encodable {
            let exit: Int32
            let findings: [Verdict.Finding]
            let thin: [String]
            let figures: Figures
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            exit: verdict.exitCode, findings: verdict.findings, thin: verdict.thin, figures: verdict.figures)
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private func share(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "\(part)" }
        return "\(part) (\((Double(part) * 1_000 / Double(whole)).rounded() / 10) %)"
    }

    private func spread(_ spread: Figures.Spread?) -> String {
        guard let spread else { return "-" }
        return "\(spread.p50) / \(spread.p99) / \(spread.longest) ms"
    }
}
