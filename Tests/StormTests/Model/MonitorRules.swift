extension Judge {
    /// A monitor that is not taken back gives one DOWN, after everything else from its target.
    mutating func monitorRules() throws {
        for (m, index) in story.monitors.sorted(by: { $0.key < $1.key }) {
            guard let (watcher, target) = story.monitor(m), let death = death[target] else { continue }
            let operation = story.operations[index]
            let ends = story.demonitors[m] ?? []
            guard let item = seen.downs[m] else {
                if story.isIssuer(watcher), operation.isCertain, !story.isIssuer(target), isDead(target),
                    ends.isEmpty
                {
                    throw fail("\(watcher) never sees DOWN \(m) of \(target)")
                }
                continue
            }
            guard case .down(_, _, let reason) = story.observations[item].act else { continue }
            try happened(index)
            solver.fact(death, arriving[item], "a DOWN comes after its death")
            if let sent = lastSent[Pair(from: target, to: watcher)] {
                solver.fact(sent, arriving[item], "nothing of a process comes after its DOWN")
            }
            try reached(m, index, target, reason, item)
            for end in ends {
                guard case .demonitor(_, let flush) = story.operations[end].act else { continue }
                if story.observations[item].line < story.operations[end].line { continue }
                if flush { throw fail("\(watcher) sees DOWN \(m) after it demonitored") }
                solver.fact(arriving[item], effect[end], "a late DOWN had come before the demonitor")
            }
        }
    }

    /// The reason tells whether the monitor reached a living process.
    private mutating func reached(_ m: Int, _ index: Int, _ target: Int, _ reason: String, _ item: Int) throws {
        guard let death = death[target] else { return }
        guard case .monitor = story.operations[index].act, let arrival = arrival[index] else {
            if reason == "noproc", !mayEndWithoutPartner(target) { throw fail("a child was dead when it was born") }
            return
        }
        solver.fact(arrival, arriving[item], "a DOWN comes after its monitor")
        if reason != "noproc" {
            solver.fact(arrival, death, "a DOWN with a reason tells of one that lived")
        } else if !mayEndWithoutPartner(target) {
            solver.fact(death, arrival, "a DOWN with noproc tells of one that was dead")
        }
    }
}
