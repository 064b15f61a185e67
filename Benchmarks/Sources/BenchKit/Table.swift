/// The tables that people read: figures, verdicts, and what the system counted; one line for each row.
public struct Table {
    private let results: [RowResult]
    private let columns: [String]

    public init(_ results: [RowResult], columns: [String]) {
        self.results = results
        self.columns = columns
    }

    public var text: String {
        [
            ("What an operation costs", figures), ("Targets", targets),
            ("CPU and context switches of an operation", usage),
        ]
        .map { "\($0.0)\n\n\(Self.aligned($0.1))" }.joined(separator: "\n\n")
    }

    private static func title(_ result: RowResult) -> String {
        "\(result.row.name): \(result.row.title) [\(result.row.measure.unit)]"
    }

    private var figures: [[String]] {
        [["row"] + columns]
            + results.map { result in
                [Self.title(result)]
                    + columns.map { name in result.spread(name).map { shortNumber($0.median) } ?? "–" }
            }
    }

    private var targets: [[String]] {
        var lines = [["row", "column", "peer", "ratio", "95 %", "min–max", "target", ""]]
        for result in results {
            for judgement in result.judgements {
                let spread = judgement.spread
                lines.append([
                    result.row.name, judgement.column ?? judgement.target.columns.joined(separator: "|"),
                    judgement.peer ?? Self.peers(judgement.target), spread.map { shortNumber($0.median) } ?? "–",
                    spread?.upperBound.map(shortNumber) ?? "–",
                    spread.map { "\(shortNumber($0.minimum))–\(shortNumber($0.maximum))" } ?? "–",
                    judgement.target.limit, judgement.verdict.rawValue,
                ])
            }
        }
        return lines
    }

    private static func peers(_ target: Target) -> String {
        switch target.measuring {
        case .absolute: ""
        case .peer(let name): name
        case .best(let names): names.joined(separator: "|")
        }
    }

    private var usage: [[String]] {
        [["row"] + columns.flatMap { ["\($0) cpu", "sw"] }]
            + results.map { result in
                [result.row.name]
                    + columns.flatMap { name -> [String] in
                        let samples = (result.samples[name] ?? []).compactMap { $0 }
                        return [median(samples.compactMap(\.cpu)), median(samples.compactMap(\.switches))]
                            .map { $0.map(shortNumber) ?? "–" }
                    }
            }
    }

    /// The first column to the left, figures to the right.
    private static func aligned(_ lines: [[String]]) -> String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            zip(cells, widths).enumerated().map { index, pair in
                let padding = String(repeating: " ", count: pair.1 - pair.0.count)
                return index == 0 ? pair.0 + padding : padding + pair.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
