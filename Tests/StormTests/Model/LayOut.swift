extension Judge {
    /// Makes the moments, and the order that needs no thought: lines in time, each process's own doings between its
    /// lines, births before lives and lives before deaths.
    mutating func layOut() throws {
        effect = story.operations.indices.map { node(.effect($0)) }
        taking = story.observations.indices.map { node(.taking($0)) }
        arriving = story.observations.indices.map { node(.arriving($0)) }
        for process in story.events.keys.sorted() + story.parent.keys.sorted() where death[process] == nil {
            cause[process] = node(.cause(process))
            death[process] = node(.death(process))
            declared[process] = dialect.endsInSteps ? node(.declared(process)) : death[process]
            solver.fact(cause[process]!, declared[process]!, "a cause comes before its death")
            if dialect.endsInSteps { solver.fact(declared[process]!, death[process]!, "death is declared first") }
        }
        for (actor, events) in story.events { try layOut(events, of: actor) }
    }

    private mutating func layOut(_ events: [Story.Event], of actor: Int) throws {
        var last: Node?
        if let parent = story.parent[actor] { last = effect[parent] }
        var lastArrival: Node?
        for event in events {
            switch event {
            case .did(let index):
                let operation = story.operations[index]
                solver.fact(operation.line, effect[index], "a deed comes after its line")
                guard operation.isCertain, let next = operation.next else {
                    if let last { solver.fact(last, effect[index], "deeds keep their order") }
                    continue
                }
                solver.fact(effect[index], next, "a deed comes before the next line")
                follow(&last, effect[index], "deeds keep their order")
            case .saw(let index):
                solver.fact(arriving[index], taking[index], "what is taken has arrived")
                solver.fact(taking[index], story.observations[index].line, "a line comes after what it tells")
                follow(&last, taking[index], "deeds keep their order")
                follow(&lastArrival, arriving[index], "a mailbox keeps its order")
                lastSeen[actor] = index
                // Its line is written only by one that lives.
                if let dead = declared[actor] {
                    solver.fact(taking[index], dead, "nobody sees anything after its death")
                }
            }
        }
        if let last, let death = death[actor] { solver.fact(last, death, "nobody acts after death") }
        if story.isIssuer(actor), let end = story.endLine[actor], let cause = cause[actor] {
            solver.fact(end, cause, "issuers live to the end")
        }
    }

    private mutating func follow(_ last: inout Node?, _ next: Node, _ rule: StaticString) {
        if let last { solver.fact(last, next, rule) }
        last = next
    }

    /// An operation whose process may have been killed before it took effect has done so, as someone saw.
    mutating func happened(_ index: Int) throws {
        let operation = story.operations[index]
        guard !operation.isCertain else { return }
        guard !operation.isVoid else { throw fail("a deed of the dead took effect: \(operation.act)") }
        // A zombie may still be about to send.
        if dialect.zombiesSend { return }
        if let death = death[operation.actor] { solver.fact(effect[index], death, "nobody acts after death") }
    }
}
