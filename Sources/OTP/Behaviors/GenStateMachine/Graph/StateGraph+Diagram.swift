extension StateGraph {
    /// The graph as a state diagram of Mermaid, which GitHub and many others draw: `⏱` marks a state timeout, `⏲` any
    /// other; final states lead to the end mark.
    public func mermaid() -> String {
        var lines = ["stateDiagram-v2"]
        if let first = states.first { lines.append("    [*] --> \(Self.identifier(first))") }
        for state in allStates where Self.identifier(state) != state {
            lines.append("    state \"\(Self.quoted(state))\" as \(Self.identifier(state))")
        }
        for way in ways {
            let label = Self.quoted(way.event.description, without: ":;")
            lines.append("    \(Self.identifier(way.from)) --> \(Self.identifier(way.to)) : \(label)")
        }
        for state in states where finals.contains(state) { lines.append("    \(Self.identifier(state)) --> [*]") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The graph in the language of Graphviz: state timeouts dashed, others dotted; final states with a double border.
    public func dot() -> String {
        var lines = [
            "digraph \"\(Machine.self)\" {", "    rankdir=LR;",
            "    node [shape=box, style=rounded, fontname=\"Helvetica\"];", "    edge [fontname=\"Helvetica\"];",
        ]
        if let first = states.first {
            lines.append("    \"\" [shape=point];")
            lines.append("    \"\" -> \"\(Self.quoted(first))\";")
        }
        for state in allStates {
            let border = finals.contains(state) ? " [peripheries=2]" : ""
            lines.append("    \"\(Self.quoted(state))\"\(border);")
        }
        for way in ways {
            // In words: the fonts of many machines have no sign for it.
            let (label, style) =
                switch way.event.kind {
                case .message: (way.event.name, "")
                case .stateTimeout: ("timeout \(way.event.name)", ", style=dashed")
                case .timeout: ("timeout \(way.event.name)", ", style=dotted")
                }
            lines.append(
                "    \"\(Self.quoted(way.from))\" -> \"\(Self.quoted(way.to))\" "
                    + "[label=\"\(Self.quoted(label))\"\(style)];")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    /// Every state that is drawn: those with a row, then those that are only led to.
    private var allStates: [String] {
        var all = states
        for way in ways where !all.contains(way.to) { all.append(way.to) }
        return all
    }

    /// Words of Mermaid's own, which cannot be names of states.
    private static var mermaidWords: Set<String> {
        [
            "accDescr", "accTitle", "as", "class", "classDef", "click", "default", "direction", "end", "hide", "href",
            "note", "scale", "state", "style",
        ]
    }

    /// A state's name as Mermaid takes one.
    private static func identifier(_ state: String) -> String {
        let isPlain = state.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        if isPlain, !mermaidWords.contains(state) { return state }
        return "s_" + String(state.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func quoted(_ text: String, without others: String = "") -> String {
        String(text.map { $0 == "\"" || $0 == "\\" || $0.isNewline || others.contains($0) ? "'" : $0 })
    }
}
