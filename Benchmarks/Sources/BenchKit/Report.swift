import Foundation

/// The run as one line of JSON, for comparisons between runs.
public struct Report: Encodable {
    struct Column: Encodable {
        let median: Double?
        let minimum: Double?
        let maximum: Double?
        let rounds: [Sample?]
    }

    struct Ratio: Encodable {
        let median: Double
        let minimum: Double
        let maximum: Double
    }

    struct Line: Encodable {
        let row: String
        let unit: String
        let size: Int
        let columns: [String: Column]
        let ratios: [String: Ratio]
        let target: String?
        let verdict: Verdict
        let failures: [String]
    }

    let date: String
    let machine: Machine
    let versions: [String: String]
    let rounds: Int
    let rows: [Line]

    public init(
        _ results: [RowResult], contestants: [Contestant], ours: [String], rounds: Int, machine: Machine
    ) {
        date = ISO8601DateFormatter().string(from: Date())
        self.machine = machine
        self.rounds = rounds
        versions = Dictionary(uniqueKeysWithValues: contestants.map { ($0.name, $0.versions) })
        let peers = contestants.map(\.name).filter { !ours.contains($0) }
        rows = results.map { result in
            Line(
                row: result.row.name, unit: result.row.measure.unit, size: result.row.size,
                columns: Dictionary(
                    uniqueKeysWithValues: result.samples.map { name, samples in
                        let spread = result.spread(name)
                        return (
                            name,
                            Column(
                                median: spread?.median, minimum: spread?.minimum, maximum: spread?.maximum,
                                rounds: samples)
                        )
                    }),
                ratios: Dictionary(
                    uniqueKeysWithValues: peers.compactMap { peer in
                        result.ratios(ours[0], peer).map {
                            (peer, Ratio(median: $0.median, minimum: $0.minimum, maximum: $0.maximum))
                        }
                    }),
                target: result.row.target?.description, verdict: result.verdict(ours[0]), failures: result.failures)
        }
    }

    public var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
