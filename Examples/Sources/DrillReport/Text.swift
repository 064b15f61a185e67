import DrillJudge

/// Numbers and columns as people read them.
enum Text {
    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    static func share(_ part: Int, of whole: Int) -> String {
        whole > 0 ? "\(part) (\(percent(Double(part) / Double(whole))))" : "\(part)"
    }

    static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }

    static func spread(_ spread: Spread?) -> String {
        spread.map { "\($0.p50) / \($0.p99) / \($0.p999) / \($0.longest) ms" } ?? "-"
    }

    static func short(_ spread: Spread?) -> String { spread.map { "\(rough($0.p50)) / \(rough($0.p99)) ms" } ?? "-" }

    /// Tenths only where they say something.
    static func rough(_ value: Double) -> String { value < 20 ? trimmed(value) : "\(Int(value.rounded()))" }

    static func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

    /// Short enough for an axis.
    static func axis(_ value: Double) -> String {
        if value >= 1_000_000 { return "\(trimmed(value / 1_000_000))M" }
        return value >= 1_000 ? "\(trimmed(value / 1_000))k" : trimmed(value)
    }

    static func trimmed(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
