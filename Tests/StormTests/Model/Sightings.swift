/// Who saw what: every message, request, DOWN and EXIT at most once and by the right process.
struct Sightings {
    /// Message, request, monitor → the observation of it.
    var messages: [Int: Int] = [:]
    var requests: [Int: Int] = [:]
    var downs: [Int: Int] = [:]
    /// Pair of processes → the EXITs that the second saw of the first, in order.
    var exits: [Pair: [Int]] = [:]
}

struct Pair: Hashable {
    var from: Int
    var to: Int
}

extension Judge {
    mutating func checkSightings() throws {
        for (index, item) in story.observations.enumerated() {
            switch item.act {
            case .got(let x):
                guard seen.messages.updateValue(index, forKey: x) == nil else {
                    throw fail("message \(x) is seen twice")
                }
                guard let sent = story.messages[x] else { throw fail("message \(x) was never sent") }
                try checkReceiver(story.operations[sent], of: item)
            case .request(let c):
                guard seen.requests.updateValue(index, forKey: c) == nil else {
                    throw fail("request \(c) is seen twice")
                }
                guard let sent = story.calls[c], case .call(_, item.actor) = story.operations[sent].act else {
                    throw fail("\(item.actor) sees a request \(c) that is not for it")
                }
            case .down(let m, let q, let r):
                guard seen.downs.updateValue(index, forKey: m) == nil else { throw fail("DOWN \(m) is seen twice") }
                guard let monitor = story.monitor(m), monitor == (item.actor, q) else {
                    throw fail("\(item.actor) sees DOWN \(m) of \(q) without that monitor")
                }
                seenDead.insert(q)
                try note(reason: r, of: q)
            case .exit(let q, let r):
                seen.exits[Pair(from: q, to: item.actor), default: []].append(index)
                let signalled = signals(from: q, to: item.actor).contains { $0.reason == r }
                if !signalled {
                    seenDead.insert(q)
                    try note(reason: r, of: q)
                }
            default: break
            }
        }
        for operation in story.operations {
            if case .call(_, let q) = operation.act, let outcome = operation.outcome, outcome.first == "exit" {
                try note(reason: outcome[1], of: q)
            }
        }
    }

    private func checkReceiver(_ sent: Story.Operation, of item: Story.Observation) throws {
        let receiver: Int? =
            switch sent.act {
            case .send(_, let q): q
            case .sendAlias(_, let a): story.aliases[a].map { story.operations[$0].actor }
            case .timer: sent.actor
            case .sendNamed: sent.outcome?.first == "none" ? nil : item.actor
            default: nil
            }
        guard receiver == item.actor else { throw fail("\(item.actor) sees a message of \(sent.actor) not sent to it") }
    }

    /// A process ends for one reason, which everyone sees; who comes too late sees `noproc`.
    private mutating func note(reason: String, of process: Int) throws {
        guard reason != "noproc" else { return }
        if let known = reasons[process], known != reason {
            throw fail("\(process) ended with \(known) and with \(reason)")
        }
        reasons[process] = reason
    }

    /// Exit signals that `from` sent to `to` by itself.
    func signals(from: Int, to: Int) -> [(index: Int, reason: String)] {
        (story.signals[Pair(from: from, to: to)] ?? []).compactMap { index in
            guard case .signal(_, let reason) = story.operations[index].act else { return nil }
            return (index, reason)
        }
    }
}
