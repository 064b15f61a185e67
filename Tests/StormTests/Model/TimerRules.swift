extension Judge {
    /// A timer gives its message once, after it was set, and never when it was cancelled in time.
    mutating func timerRules() throws {
        var set: [Int: Int] = [:]
        for (index, operation) in story.operations.enumerated() {
            if case .timer(let x) = operation.act { set[x] = index }
        }
        for (x, index) in set {
            guard let item = seen.messages[x] else { continue }
            try happened(index)
            solver.fact(effect[index], arriving[item], "a timer runs out after it was set")
        }
        for (index, operation) in story.operations.enumerated() {
            guard case .cancel(let x) = operation.act, let outcome = operation.outcome else { continue }
            guard let made = set[x], story.operations[made].actor == operation.actor else {
                throw fail("timer \(x) is not one of \(operation.actor)")
            }
            if outcome == ["left"], seen.messages[x] != nil { throw fail("timer \(x) ran out after its cancellation") }
            guard outcome == ["gone"] else { continue }
            if let item = seen.messages[x] {
                if dialect.cancelsExactly {
                    solver.fact(arriving[item], effect[index], "a timer that is gone has given its message")
                }
            } else if story.isIssuer(operation.actor) {
                throw fail("timer \(x) gave no message")
            }
        }
    }
}
