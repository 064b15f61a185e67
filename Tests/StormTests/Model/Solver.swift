/// Finds an order in which every fact holds and, of every choice, at least one alternative.
struct Solver {
    typealias Edge = Order.Edge

    /// Something that must have happened in one of several ways.
    struct Choice {
        var about: String
        var alternatives: [[Edge]]
    }

    struct Contradiction: Error {
        var about: String
        var circle: [Order.Node] = []
    }

    /// The search gave up.
    struct Undecided: Error {}

    var order: Order
    /// The last line that is surely not after each node, whichever alternatives are taken.
    private(set) var surelyEarliest: [Int] = []
    private var choices: [Choice] = []
    private var rules: [Edge: StaticString] = [:]
    private var budget = 200_000

    init(chain: Int) { order = Order(chain: chain) }

    /// `from` is before `to`.
    mutating func fact(_ from: Order.Node, _ to: Order.Node, _ rule: StaticString) {
        order.connect(from, to)
        rules[Edge(from: from, to: to)] = rule
    }

    /// At least one of the alternatives holds.
    mutating func oneOf(_ alternatives: [[Edge]], _ about: @autoclosure () -> String) throws {
        if alternatives.contains(where: \.isEmpty) { return }
        if alternatives.isEmpty { throw Contradiction(about: about()) }
        choices.append(Choice(about: about(), alternatives: alternatives))
    }

    mutating func solve() throws {
        if let circle = order.settle() { throw Contradiction(about: broken(circle), circle: circle) }
        try propagate()
        surelyEarliest = order.earliest
        for choice in choices { raise(by: choice) }
        let open = choices
        guard try search(open[...]) else { throw Contradiction(about: "no order fits: \(open.map(\.about))") }
    }

    /// What comes behind something by each of the alternatives is surely not before the earliest of these.
    private mutating func raise(by choice: Choice) {
        let bounds = choice.alternatives.map { edges in
            Dictionary(edges.map { ($0.to, order.earliest[$0.from]) }, uniquingKeysWith: max)
        }
        for (node, bound) in bounds.first ?? [:] {
            let others = bounds.dropFirst().map { $0[node] ?? -1 }
            surelyEarliest[node] = max(surelyEarliest[node], others.min().map { min($0, bound) } ?? bound)
        }
    }

    /// The rules that do not go together.
    private func broken(_ circle: [Order.Node]) -> String {
        var found: [String] = []
        for (from, to) in zip(circle, circle.dropFirst() + circle.prefix(1)) {
            if let rule = rules[Edge(from: from, to: to)], !found.contains("\(rule)") { found.append("\(rule)") }
        }
        return found.joined(separator: ", ")
    }

    /// Drops alternatives that cannot be, and takes those that are alone.
    private mutating func propagate() throws {
        while true {
            var open: [Choice] = []
            var taken: [Choice] = []
            for var choice in choices {
                if choice.alternatives.contains(where: { isKnown($0) }) { continue }
                let before = choice.alternatives
                choice.alternatives = before.filter { isPossible($0) }
                switch choice.alternatives.count {
                case 0: throw Contradiction(about: choice.about, circle: circle(before))
                case 1: taken.append(choice)
                default: open.append(choice)
                }
            }
            choices = open
            if taken.isEmpty { return }
            for edge in taken.lazy.flatMap({ $0.alternatives[0] }) { order.connect(edge.from, edge.to) }
            if let circle = order.settle() {
                let ends = Set(circle)
                let about = taken.filter {
                    $0.alternatives[0].contains { ends.contains($0.from) && ends.contains($0.to) }
                }
                throw Contradiction(about: about.map(\.about).joined(separator: ", "), circle: circle)
            }
        }
    }

    private mutating func search(_ open: ArraySlice<Choice>) throws -> Bool {
        guard let choice = open.first else { return true }
        for alternative in choice.alternatives {
            budget -= 1
            if budget < 0 { throw Undecided() }
            let mark = order.mark
            if take(alternative) {
                if try search(open.dropFirst()) { return true }
                order.undo(to: mark)
            }
        }
        return false
    }

    private mutating func isKnown(_ edges: [Edge]) -> Bool {
        edges.allSatisfy { order.isKnown($0.from, before: $0.to) }
    }

    /// Whether none of the edges alone would close a circle.
    private mutating func isPossible(_ edges: [Edge]) -> Bool {
        edges.allSatisfy { $0.from != $0.to && !order.isKnown($0.to, before: $0.from) }
    }

    /// Adds all edges, or none.
    private mutating func take(_ edges: [Edge]) -> Bool {
        let mark = order.mark
        for edge in edges where !order.add(edge) {
            order.undo(to: mark)
            return false
        }
        return true
    }

    /// Why the first alternative cannot be.
    private mutating func circle(_ alternatives: [[Edge]]) -> [Order.Node] {
        let mark = order.mark
        defer { order.undo(to: mark) }
        for edge in alternatives.first ?? [] where !order.add(edge) {
            return order.path(from: edge.to, to: edge.from)
        }
        return []
    }
}
