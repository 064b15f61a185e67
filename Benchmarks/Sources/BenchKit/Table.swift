/// The table that people read: one line for each row, figures right-aligned.
public struct Table {
    private var lines: [[String]]

    public init(_ results: [RowResult], ours: [String], peers: [String]) {
        var heading = ["row"]
        heading += ours.flatMap { [$0, "cpu", "sw"] } + peers.flatMap { [$0, "cpu"] }
        heading += peers.map { "÷ \($0)" } + ["min–max", "target", ""]
        lines = [heading]
        for result in results { lines.append(Self.line(result, ours, peers)) }
    }

    private static func line(_ result: RowResult, _ ours: [String], _ peers: [String]) -> [String] {
        let main = ours[0]
        var cells = ["\(result.row.title) [\(result.row.measure.unit)]"]
        for name in ours { cells += [figure(result, name), cpu(result, name), switches(result, name)] }
        for name in peers { cells += [figure(result, name), cpu(result, name)] }
        for name in peers { cells.append(result.ratios(main, name).map { shortNumber($0.median) } ?? "–") }
        let judge = if case .ratio(let peer, _)? = result.row.target { peer } else { peers.first ?? "" }
        cells.append(
            result.ratios(main, judge).map { "\(shortNumber($0.minimum))–\(shortNumber($0.maximum))" } ?? "–")
        cells.append(result.row.target?.description ?? "–")
        cells.append(result.verdict(main).rawValue)
        return cells
    }

    private static func figure(_ result: RowResult, _ name: String) -> String {
        result.spread(name).map { shortNumber($0.median) } ?? "–"
    }

    private static func cpu(_ result: RowResult, _ name: String) -> String {
        median((result.samples[name] ?? []).compactMap { $0?.cpu }).map(shortNumber) ?? "–"
    }

    private static func switches(_ result: RowResult, _ name: String) -> String {
        median((result.samples[name] ?? []).compactMap { $0?.switches }).map(shortNumber) ?? "–"
    }

    public var text: String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            zip(cells, widths).enumerated().map { index, pair in
                let padding = String(repeating: " ", count: pair.1 - pair.0.count)
                return index == 0 ? pair.0 + padding : padding + pair.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
