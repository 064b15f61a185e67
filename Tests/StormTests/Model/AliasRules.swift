extension Judge {
    /// What is sent to an alias arrives while the alias is active: until it is taken back or, if it is for one
    /// message, until the first.
    mutating func aliasRules() throws {
        var sends: [Int: [(operation: Int, item: Int?)]] = [:]
        for (index, operation) in story.operations.enumerated() where !operation.isVoid {
            if case .sendAlias(let x, let a) = operation.act { sends[a, default: []].append((index, seen.messages[x])) }
        }
        for (a, made) in story.aliases.sorted(by: { $0.key < $1.key }) {
            guard case .alias(_, let once) = story.operations[made].act else { continue }
            let owner = story.operations[made].actor
            let ends = (story.unaliases[a] ?? []).filter { story.operations[$0].isCertain }
            let got = (sends[a] ?? []).compactMap(\.item)
            if once, got.count > 1 { throw fail("alias \(a) is for one message and gave \(got.count)") }
            for item in got {
                for end in ends {
                    solver.fact(arriving[item], effect[end], "nothing arrives at an alias that is gone")
                }
            }
            for (index, item) in sends[a] ?? [] where item == nil && story.operations[index].isCertain {
                guard let arrival = arrival[index] else { continue }
                var ways = ends.map { [Edge(from: effect[$0], to: arrival)] }
                if once { ways += got.map { [Edge(from: arriving[$0], to: arrival)] } }
                if !isOverdue(story.operations[index], at: owner) {
                    ways.append(lastSeen[owner].map { [Edge(from: arriving[$0], to: arrival)] } ?? [])
                }
                try solver.oneOf(ways, "\(owner) never sees \(story.operations[index].act)")
            }
            try answers(of: ends, a, once, got, sends[a] ?? [], owner)
        }
    }

    /// `unalias` says whether the alias was active.
    private mutating func answers(
        of ends: [Int], _ a: Int, _ once: Bool, _ got: [Int], _ sends: [(operation: Int, item: Int?)], _ owner: Int
    ) throws {
        for (number, end) in ends.enumerated() {
            if story.operations[end].outcome == ["true"] {
                if number > 0 { throw fail("alias \(a) was active after it was taken back") }
                if once, !got.isEmpty { throw fail("alias \(a) was active after its message") }
            } else if story.operations[end].outcome == ["false"], number == 0 {
                var ways = got.map { [Edge(from: arriving[$0], to: effect[end])] }
                if !story.isIssuer(owner) {
                    ways += sends.filter { $0.item == nil }.map { [Edge(from: effect[$0.operation], to: effect[end])] }
                }
                guard once, !ways.isEmpty else { throw fail("nothing had ended alias \(a)") }
                try solver.oneOf(ways, "alias \(a) was gone")
            }
        }
    }
}
