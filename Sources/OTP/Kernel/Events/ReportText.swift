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

    private struct Field {
        let label: String
        let value: Value
        /// Whether it is what a reader needs most.
        var isFirst = false
    }

    /// How many characters a value may have; nil: as many as it has.
    private struct Limits {
        var first: Int?
        var others: Int?
    }

    private var fields: [Field] = []

    /// - Parameter isFirst: Whether it is what a reader needs most: where characters are limited, others give way to it.
    mutating func add(_ label: String, _ text: String?, isFirst: Bool = false) {
        if let text { fields.append(Field(label: label, value: .text(text), isFirst: isFirst)) }
    }

    mutating func add(_ label: String, _ all: [some CustomStringConvertible], isFirst: Bool = false) {
        fields.append(Field(label: label, value: .list(all.map(\.description)), isFirst: isFirst))
    }

    /// A section, or part of one; none if it is empty.
    mutating func add(_ label: String, _ group: ReportText) {
        if !group.fields.isEmpty { fields.append(Field(label: label, value: .group(group))) }
    }

    /// A text that has no fields.
    static func formatted(_ text: String, _ format: ReportFormat) -> String {
        var text = format.depth.map { NestedText.cut(text, depth: $0) } ?? text
        if format.isSingleLine { text = NestedText.joined(text) }
        return format.charactersLimit.map { NestedText.cut(text, characters: $0) } ?? text
    }

    /// - Parameter brief: What is printed instead if the whole has too many characters.
    func formatted(_ format: ReportFormat, orElse brief: ReportText? = nil) -> String {
        let whole = printed(format, Limits())
        guard let limit = format.charactersLimit, whole.count > limit else { return whole }
        if let brief { return brief.formatted(format) }
        // As in OTP: what is needed most may have a third, and then all that the others leave.
        var limits = Limits(first: limit / 3)
        limits.others = Self.most(below: limit) { others in
            printed(format, Limits(first: limits.first, others: others)).count <= limit
        }
        limits.first = Self.most(below: limit) { first in
            printed(format, Limits(first: first, others: limits.others)).count <= limit
        }
        return NestedText.cut(printed(format, limits), characters: limit)
    }

    /// The highest number below `end` that is not too much; 0 if all are.
    private static func most(below end: Int, _ fits: (Int) -> Bool) -> Int {
        var (most, tooMuch) = (0, end)
        while tooMuch - most > 1 {
            let middle = most + (tooMuch - most) / 2
            if fits(middle) { most = middle } else { tooMuch = middle }
        }
        return most
    }

    private func printed(_ format: ReportFormat, _ limits: Limits) -> String {
        format.isSingleLine ? line(format, limits, separator: "; ") : lines(format, limits, indentation: "")
    }

    private func line(_ format: ReportFormat, _ limits: Limits, separator: String) -> String {
        let parts = fields.map { field -> String in
            if case .group(let group) = field.value {
                return "\(field.label): \(group.line(format, limits, separator: ", "))"
            }
            return "\(field.label): \(NestedText.joined(Self.print(field, format, limits)))"
        }
        return parts.joined(separator: separator)
    }

    private func lines(_ format: ReportFormat, _ limits: Limits, indentation: String) -> String {
        let parts = fields.map { field -> String in
            if case .group(let group) = field.value {
                return "\(indentation)\(field.label):\n\(group.lines(format, limits, indentation: indentation + "  "))"
            }
            let text = Self.print(field, format, limits).split(separator: "\n", omittingEmptySubsequences: false)
            return "\(indentation)\(field.label): \(text.joined(separator: "\n\(indentation)    "))"
        }
        return parts.joined(separator: "\n")
    }

    private static func print(_ field: Field, _ format: ReportFormat, _ limits: Limits) -> String {
        let text =
            switch field.value {
            case .text(let text): format.depth.map { NestedText.cut(text, depth: $0) } ?? text
            case .list(let all): list(all, format.depth)
            case .group: ""
            }
        guard let limit = field.isFirst ? limits.first : limits.others else { return text }
        return NestedText.cut(text, characters: limit + 1)
    }

    private static func list(_ all: [String], _ depth: Int?) -> String {
        guard let depth else { return "[\(all.joined(separator: ", "))]" }
        guard depth > 0 || all.isEmpty else { return "[…]" }
        let shown = all.prefix(depth).map { NestedText.cut($0, depth: depth - 1) }
        return "[\((shown + (all.count > depth ? ["…"] : [])).joined(separator: ", "))]"
    }
}
