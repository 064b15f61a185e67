extension Judge {
    /// Every end has one cause, and what comes after the cause finds a process that ends or is dead.
    mutating func deathRules() throws {
        for process in death.keys.sorted() where !story.isIssuer(process) {
            if let reason = reasons[process] { try findCause(of: process, reason) }
        }
        for (index, operation) in story.operations.enumerated() where operation.isCertain {
            if case .signal(let target, let reason) = operation.act {
                try signalHadItsEffect(index, on: target, reason)
            }
        }
    }

    private mutating func findCause(of process: Int, _ reason: String) throws {
        guard let cause = cause[process] else { return }
        var ways: [[Edge]] = []
        if let index = story.deaths[process], story.operations[index].act == .die(reason: reason) {
            ways.append([Edge(from: effect[index], to: cause)])
        }
        for index in story.signallers[process] ?? [] {
            let sender = story.operations[index].actor
            guard case .signal(_, let sent) = story.operations[index].act, (sent == "kill" ? "killed" : sent) == reason,
                let arrival = arrival[index]
            else { continue }
            if sent == "kill" {
                ways.append([Edge(from: arrival, to: cause)] + noMoreSeen(by: process, after: arrival))
            } else {
                ways += waysToEnd(process, by: sender, at: arrival, isHarmless: reason == "normal" && sender != process)
            }
        }
        for other in story.partners[process, default: []].sorted()
        where mayEnd(other, with: reason, besides: process) {
            guard let gone = death[other] else { continue }
            let exit = node(.exit(other, at: process))
            ways += product(
                product(
                    [[Edge(from: gone, to: exit)]],
                    waysToEnd(process, by: other, at: exit, isHarmless: reason == "normal")),
                activeLinks(of: process, with: other, at: exit, isReal: true, since: nil))
        }
        guard !ways.isEmpty else { throw fail("nothing made \(process) end with \(reason)") }
        try solver.oneOf(ways, "\(process) ended with \(reason)")
    }

    /// The ways for an exit signal that arrives at `moment` to end its target: while it does not trap or, if it comes
    /// from the parent of a server, as a message in its turn.
    /// - Parameter isHarmless: whether a process that does not trap ignores it.
    private func waysToEnd(_ process: Int, by sender: Int, at moment: Node, isHarmless: Bool) -> [[Edge]] {
        guard let cause = cause[process] else { return [] }
        var ways: [[Edge]] = []
        if !isHarmless {
            let hit = [Edge(from: moment, to: cause)] + noMoreSeen(by: process, after: moment)
            ways += product([hit], trapTimes(of: process, false, at: moment))
        }
        if story.isObeyed(sender, by: process) {
            var hit = [Edge(from: moment, to: cause)]
            if let last = lastSeen[process] { hit.append(Edge(from: arriving[last], to: moment)) }
            ways += product([hit], trapTimes(of: process, true, at: moment))
        }
        return ways
    }

    /// Whether a process ended with `reason`, or may have: nobody saw its end, and the reason could have come to it
    /// otherwise than from `heir`.
    private func mayEnd(_ process: Int, with reason: String, besides heir: Int) -> Bool {
        if story.isIssuer(process) { return false }
        if let known = reasons[process] { return known == reason }
        var reached: Set<Int> = [process, heir]
        var open = [process]
        while let next = open.popLast() {
            if reasons[next] == reason || canStart(reason, at: next) { return true }
            guard reasons[next] == nil else { continue }
            for other in story.partners[next, default: []] where reached.insert(other).inserted { open.append(other) }
        }
        return false
    }

    private func canStart(_ reason: String, at process: Int) -> Bool {
        if let index = story.deaths[process], story.operations[index].act == .die(reason: reason) { return true }
        return (story.signallers[process] ?? []).contains {
            guard case .signal(_, let sent) = story.operations[$0].act else { return false }
            return (sent == "kill" ? "killed" : sent) == reason
        }
    }

    private func noMoreSeen(by process: Int, after node: Node) -> [Edge] {
        guard let last = lastSeen[process] else { return [] }
        return [Edge(from: taking[last], to: node), Edge(from: arriving[last], to: node)]
    }

    /// An exit signal ends its target, is seen by it, or comes too late.
    private mutating func signalHadItsEffect(_ index: Int, on target: Int, _ reason: String) throws {
        let operation = story.operations[index]
        guard let arrival = arrival[index], target != operation.actor, reason != "normal" else { return }
        let pair = Pair(from: operation.actor, to: target)
        let sightings = (seen.exits[pair] ?? []).filter {
            story.observations[$0].act == .exit(operation.actor, reason: reason)
        }
        let twins = signals(from: operation.actor, to: target).filter { $0.reason == reason }
        guard sightings.isEmpty, twins.count == 1 else { return }
        if story.isIssuer(target) {
            if isOverdue(operation, at: target) { throw fail("\(target) never sees \(operation.act)") }
            if let last = lastSeen[target] {
                solver.fact(arriving[last], arrival, "an issuer sees every signal")
            }
            return
        }
        guard let known = reasons[target], known != (reason == "kill" ? "killed" : reason) else { return }
        guard let cause = cause[target], let dead = declared[target] else { return }
        let end = reason == "kill" || dialect.exitsAtOnce ? dead : cause
        var ways: [[Edge]] = [[Edge(from: end, to: arrival)]]
        if reason != "kill" {
            let late = lastSeen[target].map { [Edge(from: arriving[$0], to: arrival)] } ?? []
            ways += product([late], trapTimes(of: target, true, at: arrival))
            // It was about to end when the kill came.
            if known == "killed", !dialect.exitsAtOnce { ways.append(noMoreSeen(by: target, after: arrival)) }
        }
        try solver.oneOf(ways, "\(target) survived \(reason)")
    }

    func isNeverTrapping(_ process: Int) -> Bool {
        !(story.events[process] ?? []).contains {
            if case .did(let index) = $0 { story.operations[index].act == .trap(true) } else { false }
        }
    }

    /// When `process` traps exits, or when it does not: the ways for `moment` to be at such a time.
    func trapTimes(of process: Int, _ wanted: Bool, at moment: Node) -> [[Edge]] {
        var ways: [[Edge]] = []
        var from: Node?
        var isOpen = !wanted
        for case .did(let index) in story.events[process] ?? [] {
            guard case .trap(let on) = story.operations[index].act, !story.operations[index].isVoid else { continue }
            if on == wanted, !isOpen {
                (isOpen, from) = (true, effect[index])
            } else if on != wanted, isOpen {
                ways.append((from.map { [Edge(from: $0, to: moment)] } ?? []) + [Edge(from: moment, to: effect[index])])
                isOpen = false
            }
        }
        if isOpen { ways.append(from.map { [Edge(from: $0, to: moment)] } ?? []) }
        return ways
    }

    /// Both, in every combination.
    func product(_ a: [[Edge]], _ b: [[Edge]]) -> [[Edge]] {
        a.flatMap { first in b.map { first + $0 } }
    }
}
