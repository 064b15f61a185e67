/// A report as sections of labelled values, and how that is printed. Whatever the values hold, printing does not fail.
struct ReportText {
    enum Value {
        /// Printed already.
        case text(String)
        /// Printed in brackets.
        case list([String])
        /// Fields of its own.
        case group(ReportText)
    }

    private var fields: [(label: String, value: Value)] = []

    mutating func add(_ label: String, _ text: String?) {
        if let text { fields.append((label, .text(text))) }
    }

    mutating func add(_ label: String, _ all: [some CustomStringConvertible]) {
        fields.append((label, .list(all.map(\.description))))
    }

    /// A section, or part of one; none if it is empty.
    mutating func add(_ label: String, _ group: ReportText) {
        if !group.fields.isEmpty { fields.append((label, .group(group))) }
    }

    /// A text that has no fields.
    static func formatted(_ text: String, _ format: ReportFormat) -> String {
        var text = format.depth.map { NestedText.cut(text, depth: $0) } ?? text
        if format.isSingleLine { text = NestedText.joined(text) }
        return format.charactersLimit.map { NestedText.cut(text, characters: $0) } ?? text
    }

    func formatted(_ format: ReportFormat) -> String {
        let whole = printed(format, valueLimit: nil)
        guard let limit = format.charactersLimit, whole.count > limit else { return whole }
        // The longest text of one value with which all of it fits.
        var (fits, tooLong) = (0, limit)
        while tooLong - fits > 1 {
            let middle = fits + (tooLong - fits) / 2
            if printed(format, valueLimit: middle).count <= limit { fits = middle } else { tooLong = middle }
        }
        return NestedText.cut(printed(format, valueLimit: fits), characters: limit)
    }

    private func printed(_ format: ReportFormat, valueLimit: Int?) -> String {
        format.isSingleLine
            ? line(format, valueLimit, separator: "; ") : lines(format, valueLimit, indentation: "")
    }

    private func line(_ format: ReportFormat, _ valueLimit: Int?, separator: String) -> String {
        let parts = fields.map { label, value -> String in
            if case .group(let group) = value {
                return "\(label): \(group.line(format, valueLimit, separator: ", "))"
            }
            return "\(label): \(NestedText.joined(Self.print(value, format, valueLimit)))"
        }
        return parts.joined(separator: separator)
    }

    private func lines(_ format: ReportFormat, _ valueLimit: Int?, indentation: String) -> String {
        let parts = fields.map { label, value -> String in
            if case .group(let group) = value {
                return "\(indentation)\(label):\n\(group.lines(format, valueLimit, indentation: indentation + "  "))"
            }
            let text = Self.print(value, format, valueLimit).split(separator: "\n", omittingEmptySubsequences: false)
            return "\(indentation)\(label): \(text.joined(separator: "\n\(indentation)    "))"
        }
        return parts.joined(separator: "\n")
    }

    private static func print(_ value: Value, _ format: ReportFormat, _ limit: Int?) -> String {
        var text =
            switch value {
            case .text(let text): format.depth.map { NestedText.cut(text, depth: $0) } ?? text
            case .list(let all): list(all, format.depth)
            case .group: ""
            }
        if let limit { text = NestedText.cut(text, characters: limit + 1) }
        return text
    }

    private static func list(_ all: [String], _ depth: Int?) -> String {
        guard let depth else { return "[\(all.joined(separator: ", "))]" }
        guard depth > 0 || all.isEmpty else { return "[…]" }
        let shown = all.prefix(depth).map { NestedText.cut($0, depth: depth - 1) }
        return "[\((shown + (all.count > depth ? ["…"] : [])).joined(separator: ", "))]"
    }
}
