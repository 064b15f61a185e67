import Foundation

/// The run as one line of JSON, for comparisons between runs.
public struct Report: Encodable {
    struct Column: Encodable {
        let median: Double?
        let rounds: [Sample?]
    }

    struct Judged: Encodable {
        let column: String?
        let peer: String?
        let ratio: Double?
        let bound: Double?
        let atMost: Double
        let verdict: Verdict
    }

    struct Line: Encodable {
        let row: String
        let unit: String
        let size: Int
        let columns: [String: Column]
        let targets: [Judged]
        let failures: [String]
    }

    struct Drawn: Encodable {
        let curve: String
        let unit: String
        let columns: [String: [Point]]
        let failures: [String]
    }

    struct Point: Encodable {
        let x: Int
        let values: [Double?]
    }

    let date: String
    let machine: Machine
    let versions: [String: String]
    let rounds: Int
    let rows: [Line]
    let curves: [Drawn]

    public init(
        _ results: [RowResult], curves: [CurveResult] = [], contestants: [Contestant], rounds: Int, machine: Machine
    ) {
        date = ISO8601DateFormatter().string(from: Date())
        self.machine = machine
        self.rounds = rounds
        versions = Dictionary(contestants.map { ($0.name, $0.versions) }) { $1 }
        rows = results.map { result in
            Line(
                row: result.row.name, unit: result.row.measure.unit, size: result.row.size,
                columns: result.samples.reduce(into: [:]) {
                    $0[$1.key] = Column(median: result.spread($1.key)?.median, rounds: $1.value)
                },
                targets: result.judgements.map {
                    Judged(
                        column: $0.column, peer: $0.peer, ratio: $0.spread?.median, bound: $0.spread?.upperBound,
                        atMost: $0.target.atMost, verdict: $0.verdict)
                },
                failures: result.failures)
        }
        self.curves = curves.map { result in
            Drawn(
                curve: result.curve.name, unit: result.curve.measure.unit,
                columns: result.points.mapValues { points in
                    points.sorted { $0.key < $1.key }.map { Point(x: $0.key, values: $0.value) }
                },
                failures: result.failures)
        }
    }

    public var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
