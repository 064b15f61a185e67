extension Judge {
    /// An EXIT is a signal somebody sent or the end of a linked process; a link that stands when its process ends
    /// gives an EXIT.
    mutating func linkRules() throws {
        try checkExitCounts()
        for (pair, exits) in seen.exits.sorted(by: { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }) {
            var last: Node?
            var wasReal = false
            for index in exits {
                guard case .exit(let other, let reason) = story.observations[index].act else { continue }
                let isReal = reason != "noproc"
                let fromSignal = waysBySignal(index, pair, reason)
                var fromLink: [[Edge]] = []
                if reasons[other] == reason || !isReal && mayEndWithoutPartner(other) {
                    fromLink += waysByLink(index, pair, true, since: last)
                }
                if !isReal { fromLink += waysByLink(index, pair, false, since: last) }
                let trapped = trapTimes(of: pair.to, true, at: arriving[index])
                try solver.oneOf(product(fromSignal + fromLink, trapped), "\(pair.to) sees EXIT \(other) \(reason)")
                guard fromSignal.isEmpty else { continue }
                if isReal, wasReal { throw fail("\(pair.to) sees the end of \(other) twice") }
                wasReal = wasReal || isReal
                last = arriving[index]
            }
        }
        for (index, operation) in story.operations.enumerated() where operation.isCertain {
            switch operation.act {
            case .link(let other) where operation.outcome == []: try ownLinkEnds(index, operation, other)
            case .link(let other) where operation.outcome == ["noproc"]:
                if let death = death[other] { solver.fact(death, effect[index], "only the dead cannot be linked") }
            case .spawn(let child, true, _, _): try ownLinkEnds(index, operation, child)
            default: break
            }
        }
    }

    /// A signal is seen once.
    private func checkExitCounts() throws {
        for (pair, exits) in seen.exits {
            var counts: [String: Int] = [:]
            for index in exits {
                if case .exit(_, let reason) = story.observations[index].act { counts[reason, default: 0] += 1 }
            }
            for (reason, count) in counts where reason != "noproc" {
                let sent = signals(from: pair.from, to: pair.to).count { $0.reason == reason }
                if count > sent + (reasons[pair.from] == reason ? 1 : 0) {
                    throw fail("\(pair.to) sees EXIT \(pair.from) \(reason) too often")
                }
            }
        }
    }

    private func waysBySignal(_ index: Int, _ pair: Pair, _ reason: String) -> [[Edge]] {
        signals(from: pair.from, to: pair.to).filter { $0.reason == reason }.map {
            // An EXIT that can only be this signal arrives as the signal does.
            guard let sent = arrival[$0.index], sent != arriving[index] else {
                return [Edge(from: effect[$0.index], to: arriving[index])]
            }
            return [Edge(from: sent, to: arriving[index])]
        }
    }

    private func waysByLink(_ index: Int, _ pair: Pair, _ isReal: Bool, since last: Node?) -> [[Edge]] {
        guard let gone = death[pair.from] else { return [] }
        var base = [Edge(from: gone, to: arriving[index])]
        if isReal, let sent = lastSent[pair] { base.append(Edge(from: sent, to: arriving[index])) }
        return product(
            [base], activeLinks(of: pair.to, with: pair.from, at: arriving[index], isReal: isReal, since: last))
    }

    /// The ways for the link of `process` with the dead `other` to stand at `moment`, as `process` sees it.
    /// - Parameter isReal: whether `other` knew of the link when it ended.
    /// - Parameter last: an EXIT that the link has already given; what stands since is another link.
    func activeLinks(of process: Int, with other: Int, at moment: Node, isReal: Bool, since last: Node?) -> [[Edge]] {
        let own = Pair(from: process, to: other), theirs = Pair(from: other, to: process)
        let makers = ((story.links[own] ?? []) + (story.links[theirs] ?? [])).sorted()
        var ways: [[Edge]] = []
        for maker in makers {
            let operation = story.operations[maker]
            let isOwn = operation.actor == process
            var isSpawn = false
            if case .spawn = operation.act { isSpawn = true }
            guard isReal || isOwn && !isSpawn else { continue }
            let start = isOwn || isSpawn ? effect[maker] : arrival[maker] ?? effect[maker]
            var way = [Edge(from: start, to: moment)]
            if let last { way.append(Edge(from: last, to: start)) }
            var combined: [[Edge]]
            if isOwn, !isSpawn, let death = death[other], let reached = arrival[maker] {
                if isReal {
                    combined = makers.count > 1 ? [way] : [way + [Edge(from: reached, to: death)]]
                } else {
                    combined = mayEndWithoutPartner(other) ? [way] : [way + [Edge(from: death, to: reached)]]
                }
            } else {
                combined = [way]
            }
            for index in story.unlinks[own] ?? [] where story.operations[index].isCertain {
                combined = product(
                    combined, [[Edge(from: effect[index], to: start)], [Edge(from: moment, to: effect[index])]])
            }
            for index in story.unlinks[theirs] ?? [] where story.operations[index].isCertain && isReal {
                let before = isSpawn ? start : isOwn ? arrival[maker] ?? start : effect[maker]
                combined = product(combined, [[Edge(from: effect[index], to: before)]])
            }
            ways += combined
        }
        return ways
    }

    /// Whether a process may have ended with `noproc`, because it linked to a dead one.
    func mayEndWithoutPartner(_ process: Int) -> Bool {
        guard dialect.linkMayKill, reasons[process] == nil else { return false }
        return (story.events[process] ?? []).contains {
            guard case .did(let index) = $0, case .link = story.operations[index].act else { return false }
            return !story.operations[index].isVoid
        }
    }

    /// A link of an issuer that nobody took back gives an EXIT when the other process ends.
    private mutating func ownLinkEnds(_ index: Int, _ operation: Story.Operation, _ other: Int) throws {
        let (maker, taker) = (operation.actor, other)
        let own = story.unlinks[Pair(from: maker, to: taker)] ?? []
        let theirs = story.unlinks[Pair(from: taker, to: maker)] ?? []
        if own.contains(where: { $0 > index }) { return }
        let reached = arrival[index] ?? effect[index]
        if story.isIssuer(maker), !story.isIssuer(taker), isDead(taker) {
            var ways = exits(of: taker, at: maker).map { [Edge(from: effect[index], to: arriving[$0])] }
            ways += theirs.map { [Edge(from: effect[index], to: arrival[$0] ?? effect[$0])] }
            try solver.oneOf(ways, "\(maker) never sees the EXIT of \(taker)")
        }
        if story.isIssuer(taker), !story.isIssuer(maker), isDead(maker) {
            var ways = exits(of: maker, at: taker).map { [Edge(from: reached, to: arriving[$0])] }
            ways += theirs.map { [Edge(from: reached, to: effect[$0])] }
            ways += theirs.map { [Edge(from: effect[index], to: arrival[$0] ?? effect[$0])] }
            try solver.oneOf(ways, "\(taker) never sees the EXIT of \(maker)")
        }
    }

    private func exits(of process: Int, at watcher: Int) -> [Int] {
        (seen.exits[Pair(from: process, to: watcher)] ?? []).filter {
            let act = story.observations[$0].act
            return act == .exit(process, reason: "noproc")
                || act == .exit(process, reason: reasons[process] ?? "noproc")
        }
    }

    /// Whether somebody saw that a process was dead.
    func isDead(_ process: Int) -> Bool {
        reasons[process] != nil || seenDead.contains(process)
    }
}
