extension Judge {
    /// A name has one holder at a time, until it is taken back or the holder dies.
    mutating func nameRules() throws {
        // Not in the order that was found, in which one of several causes has been taken for an end.
        let earliest = solver.surelyEarliest
        let told = firstNotices()
        var names: [String: [NameStep]] = [:]
        for (index, operation) in story.operations.enumerated() where !operation.isVoid {
            guard let (name, deed) = step(index) else { continue }
            if operation.outcome == ["dead"], case .take(let process) = deed {
                // Given to a dead process, or to one that died just then: free at the latest when the end is told.
                let (from, to) = (operation.line, operation.next ?? Int.max)
                names[name, default: []].append(
                    NameStep(deed: .release(process), from: from, to: to, isOptional: true))
            }
            names[name, default: []].append(
                NameStep(
                    deed: deed, from: operation.line, to: operation.next ?? Int.max,
                    isOptional: !operation.isCertain || operation.outcome == ["dead"]))
        }
        for (name, steps) in names.sorted(by: { $0.key < $1.key }) {
            var all = steps
            let holders = Set(steps.compactMap { if case .take(let q) = $0.deed { q } else { nil } })
            for holder in holders.sorted() where !story.isIssuer(holder) {
                guard let cause = cause[holder] else { continue }
                all.append(
                    NameStep(
                        deed: .release(holder), from: earliest[cause], to: told[holder] ?? Int.max,
                        isOptional: true))
            }
            var search = NameSearch(steps: all)
            guard try search.run() else { throw fail("no order explains what happened to the name \(name)") }
        }
    }

    private mutating func step(_ index: Int) -> (String, NameStep.Deed)? {
        let operation = story.operations[index]
        let outcome = operation.outcome?.first
        switch operation.act {
        case .register(let name, let q):
            guard let outcome else { return (name, .take(q)) }
            if outcome == "ok" || outcome == "dead" { return (name, .take(q)) }
            if dialect.refusesTakenOnly { return (name, .findTaken) }
            return mayRefuse(q, name, operation) ? nil : (name, .findTaken)
        case .unregister(let name): return (name, outcome == "no" ? .findFree : .giveBack)
        case .whereIs(let name):
            guard let outcome else { return nil }
            return (name, Int(outcome).map { .find($0) } ?? .findFree)
        case .sendNamed(let x, let name):
            if let item = seen.messages[x] { return (name, .find(story.observations[item].actor)) }
            guard let outcome else { return nil }
            return (name, outcome == "none" ? .findFree : .findTaken)
        default: return nil
        }
    }

    /// Whether a process could not be registered for a reason of its own: it may be dead or have another name.
    private mutating func mayRefuse(_ process: Int, _ name: String, _ refused: Story.Operation) -> Bool {
        if !story.isIssuer(process), let cause = cause[process],
            solver.surelyEarliest[cause] < refused.outcomeLine ?? refused.line
        {
            return true
        }
        return story.operations.contains {
            guard case .register(let other, process) = $0.act else { return false }
            return other != name && $0.outcome != ["no"] && $0.line < refused.outcomeLine ?? Int.max
        }
    }

    /// When a process's end was first told: its names are free by then. (To be found dead is not enough: a process
    /// may be ending and still have its name.)
    private func firstNotices() -> [Int: Int] {
        var first: [Int: Int] = [:]
        for item in story.observations {
            switch item.act {
            case .down(_, let q, let reason) where reason != "noproc":
                first[q] = min(first[q] ?? Int.max, item.line)
            case .exit(let q, let reason) where reason != "noproc" && reason == reasons[q]:
                guard !signals(from: q, to: item.actor).contains(where: { $0.reason == reason }) else { continue }
                first[q] = min(first[q] ?? Int.max, item.line)
            default: break
            }
        }
        for operation in story.operations {
            guard case .call(_, let q) = operation.act, operation.outcome?.first == "exit",
                let line = operation.outcomeLine
            else { continue }
            first[q] = min(first[q] ?? Int.max, line)
        }
        return first
    }
}
