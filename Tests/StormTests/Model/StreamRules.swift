extension Judge {
    /// Between two processes messages and signals keep their order, and nothing is lost.
    mutating func streamRules() throws {
        for (actor, events) in story.events.sorted(by: { $0.key < $1.key }) {
            var last: [Int: Node] = [:]
            for case .did(let index) in events {
                guard let target = try send(index), let arrival = arrival[index] else { continue }
                let operation = story.operations[index]
                solver.fact(effect[index], arrival, "what arrives was sent")
                guard operation.isCertain || arrivesSeen(operation.act) else { continue }
                if case .call = operation.act {
                    // A call watches its server from just before it asks.
                    let watch = node(.watch(index))
                    solver.fact(effect[index], watch, "what arrives was sent")
                    solver.fact(watch, arrival, "signals keep their order")
                    if let before = last[target] { solver.fact(before, watch, "signals keep their order") }
                    monitorOfCall[index] = watch
                }
                if let before = last[target] { solver.fact(before, arrival, "signals keep their order") }
                if !operation.isCertain, dialect.zombiesSend { continue }
                last[target] = arrival
                if case .signal(_, let reason) = operation.act, operation.isCertain, let dead = declared[target],
                    isDeadly(reason, from: actor, to: target)
                {
                    // Whatever this process sends next finds its target dead.
                    let gone = node(.after(index))
                    solver.fact(arrival, gone, "signals keep their order")
                    solver.fact(dead, gone, "an exit signal ends its target")
                    last[target] = gone
                }
            }
            for (target, node) in last { lastSent[Pair(from: actor, to: target)] = node }
        }
        try nothingIsLost()
    }

    /// Whether an exit signal leaves its target dead, whatever else happens.
    private func isDeadly(_ reason: String, from sender: Int, to target: Int) -> Bool {
        if reason == "kill" { return true }
        return dialect.exitsAtOnce && reason != "normal" && sender != target && isNeverTrapping(target)
    }

    private func arrivesSeen(_ act: History.Act) -> Bool {
        switch act {
        case .send(let x, _), .sendAlias(let x, _), .sendNamed(let x, _), .timer(let x): seen.messages[x] != nil
        case .call(let c, _): seen.requests[c] != nil
        default: false
        }
    }

    /// Gives the operation an arrival if it sends something.
    /// - Returns: to whom.
    private mutating func send(_ index: Int) throws -> Int? {
        let operation = story.operations[index]
        guard !operation.isVoid else {
            if arrivesSeen(operation.act) { throw fail("a deed of the dead took effect: \(operation.act)") }
            return nil
        }
        switch operation.act {
        case .send(let x, let target): return try arrive(index, at: target, as: seen.messages[x])
        case .sendAlias(let x, let a):
            return try arrive(index, at: story.aliases[a].map { story.operations[$0].actor }, as: seen.messages[x])
        case .sendNamed(let x, _):
            guard let item = seen.messages[x] else { return nil }
            return try arrive(index, at: story.observations[item].actor, as: item)
        case .call(let c, let target): return try arrive(index, at: target, as: seen.requests[c])
        case .signal(let target, let reason):
            return try arrive(index, at: target, as: onlySighting(of: reason, Pair(from: operation.actor, to: target)))
        case .monitor(_, let target), .link(let target), .unlink(let target):
            return try arrive(index, at: target, as: nil)
        case .isAlive(let target):
            _ = try arrive(index, at: target, as: nil)
            if let line = operation.outcomeLine, let arrival = arrival[index], let dead = declared[target] {
                solver.fact(arrival, line, "an answer comes after its question")
                if operation.outcome == ["true"] {
                    let asked = dialect.asksInOrder ? arrival : effect[index]
                    solver.fact(asked, dead, "the living are alive")
                }
                if operation.outcome == ["false"] { solver.fact(dead, arrival, "the dead are not alive") }
            }
            return target
        default: return nil
        }
    }

    /// The EXIT that can only be this signal.
    private func onlySighting(of reason: String, _ pair: Pair) -> Int? {
        guard reasons[pair.from] != reason,
            signals(from: pair.from, to: pair.to).count(where: { $0.reason == reason }) == 1
        else { return nil }
        let exits = (seen.exits[pair] ?? []).filter {
            story.observations[$0].act == .exit(pair.from, reason: reason)
        }
        return exits.count == 1 ? exits[0] : nil
    }

    private mutating func arrive(_ index: Int, at target: Int?, as item: Int?) throws -> Int? {
        guard let target else { return nil }
        if let item {
            arrival[index] = arriving[item]
            try happened(index)
            solver.fact(effect[index], arriving[item], "what arrives was sent")
        } else {
            arrival[index] = node(.arrival(index))
        }
        return target
    }

    /// What was not seen arrived after everything that was.
    private mutating func nothingIsLost() throws {
        for (index, operation) in story.operations.enumerated() where operation.isCertain {
            switch operation.act {
            case .send(let x, let target) where seen.messages[x] == nil: try unseen(index, at: target)
            case .call(let c, let target) where seen.requests[c] == nil:
                let isGivenUp = operation.outcome == ["timeout"] || operation.outcome == ["cancelled"]
                if isGivenUp, !dialect.deliversExpiredRequests { continue }
                try unseen(index, at: target)
            default: break
            }
        }
    }

    private mutating func unseen(_ index: Int, at target: Int) throws {
        guard let arrival = arrival[index] else { return }
        let operation = story.operations[index]
        if isOverdue(operation, at: target) {
            throw fail("\(target) never sees \(operation.act) of \(operation.actor)")
        }
        if let last = lastSeen[target] {
            solver.fact(arriving[last], arrival, "nothing that was sent is lost")
        }
    }

    /// Whether something sent so early must have been seen by an issuer at its end.
    func isOverdue(_ operation: Story.Operation, at target: Int) -> Bool {
        guard story.isIssuer(target), let last = story.lastLine[target], let next = operation.next else { return false }
        return next < last
    }
}
