/// Ways to make a history impossible. Each gives nil for a history that has no place for it.
struct Corruption: Sendable {
    let name: String
    let apply: @Sendable (Story) -> History?

    static let all: [Corruption] = droppings + doublings + lies + disorders + survivals
}

extension Story {
    func changed(_ change: (inout [History.Line]) -> Void) -> History {
        var result = history
        change(&result.lines)
        return result
    }

    func inserting(_ act: History.Act, of actor: Int, after line: Int) -> History {
        changed { $0.insert(History.Line(actor: actor, act: act), at: line + 1) }
    }

    func removing(_ line: Int) -> History { changed { $0.remove(at: line) } }

    func replacing(_ line: Int, with act: History.Act) -> History { changed { $0[line].act = act } }

    /// Messages sent by PID and seen, with who sent them.
    var delivered: [(sender: Int, message: Int, seen: Observation)] {
        observations.compactMap { item in
            guard case .got(let x) = item.act, let sent = messages[x], case .send = operations[sent].act else {
                return nil
            }
            return (operations[sent].actor, x, item)
        }
    }

    /// Two messages from one process to another, in the order in which they were seen.
    var neighbours: (first: (message: Int, line: Int), second: (message: Int, line: Int))? {
        var last: [Pair: (Int, Int)] = [:]
        for (sender, x, item) in delivered {
            let pair = Pair(from: sender, to: item.actor)
            if let (first, line) = last[pair] { return ((first, line), (x, item.line)) }
            last[pair] = (x, item.line)
        }
        return nil
    }

    /// EXITs that tell the end of a linked process.
    var linkExits: [(from: Int, reason: String, seen: Observation)] {
        observations.compactMap { item in
            guard case .exit(let q, let reason) = item.act, reason.hasPrefix("r") || reason == "killed",
                !(signals[Pair(from: q, to: item.actor)] ?? []).contains(where: {
                    operations[$0].act == .signal(item.actor, reason: reason)
                })
            else { return nil }
            return (q, reason, item)
        }
    }

    /// DOWNs that tell the end of a process that lived when it was monitored.
    var downs: [(monitor: Int, target: Int, reason: String, seen: Observation)] {
        observations.compactMap { item in
            guard case .down(let m, let q, let reason) = item.act, reason != "noproc" else { return nil }
            return (m, q, reason, item)
        }
    }
}
