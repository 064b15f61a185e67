extension Judge {
    /// Every call comes out once: with an answer that somebody gave, with the end of its server, or late.
    mutating func callRules() throws {
        for (c, index) in story.calls.sorted(by: { $0.key < $1.key }) {
            let operation = story.operations[index]
            guard case .call(_, let server) = operation.act else { continue }
            guard let outcome = operation.outcome, let line = operation.outcomeLine else {
                if operation.next != nil { throw fail("call \(c) of \(operation.actor) has no outcome") }
                continue
            }
            guard let death = death[server] else { throw fail("call \(c) is to nobody") }
            let reached = monitorOfCall[index]
            switch outcome.first {
            case "reply":
                guard let answer = (story.replies[c] ?? []).first(where: { value($0) == outcome.last }) else {
                    throw fail("nobody gave the answer to call \(c)")
                }
                try happened(answer)
                solver.fact(effect[answer], line, "an answer comes before its call returns")
                let earlier = (story.replies[c] ?? []).filter {
                    $0 < answer && story.operations[$0].actor == story.operations[answer].actor
                }
                if !earlier.isEmpty { throw fail("call \(c) returns the second answer") }
            case "exit":
                solver.fact(death, line, "a call fails after the end of its server")
                if let reached { solver.fact(reached, death, "a call that fails with a reason reached its server") }
            case "noproc":
                if seen.requests[c] != nil { throw fail("call \(c) found nobody, but was received") }
                let gone = declared[server] ?? death
                solver.fact(gone, line, "a call fails after the end of its server")
                if let reached, !mayEndWithoutPartner(server) {
                    solver.fact(gone, reached, "a call that found nobody came after the end")
                }
            case "noreply":
                guard let item = seen.requests[c] else { throw fail("call \(c) was dropped, but never received") }
                solver.fact(taking[item], line, "a request is received before it is dropped")
            case "cancelled":
                // A kill may have come between the signal that cancelled and the end that it asked for.
                if let cause = cause[operation.actor], reasons[operation.actor] != "killed" {
                    solver.fact(cause, line, "only who is to end is cancelled")
                }
            case "timeout", "cycle": break
            default: throw fail("call \(c) has the outcome \(outcome)")
            }
        }
        for index in story.replies.values.joined() {
            guard case .reply(let c, _) = story.operations[index].act, seen.requests[c] != nil || story.calls[c] == nil
            else { throw fail("an answer to a call that nobody received") }
        }
    }

    private func value(_ index: Int) -> String? {
        if case .reply(_, let v) = story.operations[index].act { String(v) } else { nil }
    }
}
