/// A page of documentation with places for diagrams:
///
///     <!-- diagram of Door -->
///     <!-- end of diagram -->
///
/// What stands between the two lines is generated.
struct DiagramPage {
    /// Why a page cannot be brought up to date.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private static let begin = "<!-- diagram of "
    private static let end = "<!-- end of diagram -->"

    /// The page with the diagrams as they are now.
    let text: String
    /// The machines whose diagrams stand on the page, in order.
    let names: [String]

    init(_ old: String, _ diagrams: [MachineDiagram]) throws(Problem) {
        var lines: [Substring] = []
        var names: [String] = []
        var rest = old.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let line = rest.popFirst() {
            lines.append(line)
            guard line.hasPrefix(Self.begin), line.hasSuffix(" -->") else { continue }
            let name = String(line.dropFirst(Self.begin.count).dropLast(4))
            guard let diagram = diagrams.first(where: { $0.name == name }) else {
                throw Problem(description: "no machine is called \(name)")
            }
            guard let end = rest.firstIndex(of: Self.end[...]) else {
                throw Problem(description: "the diagram of \(name) has no end: \(Self.end)")
            }
            names.append(name)
            lines.append("```mermaid")
            lines += diagram.mermaid.split(separator: "\n")
            lines += ["```", rest[end]]
            rest = rest[(end + 1)...]
        }
        text = lines.joined(separator: "\n")
        self.names = names
    }
}
