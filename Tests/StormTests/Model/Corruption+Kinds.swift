extension Corruption {
    static let droppings = [
        Corruption(name: "a dropped DOWN") { story in
            for (m, target, _, item) in story.downs where story.isIssuer(item.actor) && !story.isIssuer(target) {
                if story.demonitors[m] != nil { continue }
                // Others must still know that the process ended.
                if !story.downs.contains(where: { $0.target == target && $0.monitor != m }) { continue }
                return story.removing(item.line)
            }
            return nil
        },
        Corruption(name: "a dropped EXIT") { story in
            for (q, _, item) in story.linkExits where story.isIssuer(item.actor) {
                guard let birth = story.parent[q], case .spawn(_, true, _, _) = story.operations[birth].act,
                    story.operations[birth].actor == item.actor, story.operations[birth].isCertain,
                    story.unlinks[Pair(from: q, to: item.actor)] == nil,
                    story.unlinks[Pair(from: item.actor, to: q)] == nil,
                    story.downs.contains(where: { $0.target == q }),
                    !story.observations.contains(where: {
                        $0.line != item.line && $0.actor == item.actor && $0.act == .exit(q, reason: "noproc")
                    })
                else { continue }
                return story.removing(item.line)
            }
            return nil
        },
        Corruption(name: "a lost message") { story in
            story.neighbours.map { story.removing($0.first.line) }
        },
    ]

    static let doublings = [
        Corruption(name: "a doubled DOWN") { story in
            story.downs.first.map { story.inserting($0.seen.act, of: $0.seen.actor, after: $0.seen.line) }
        },
        Corruption(name: "a doubled EXIT") { story in
            story.linkExits.first.map { story.inserting($0.seen.act, of: $0.seen.actor, after: $0.seen.line) }
        },
        Corruption(name: "a doubled message") { story in
            story.delivered.first.map { story.inserting($0.seen.act, of: $0.seen.actor, after: $0.seen.line) }
        },
        Corruption(name: "a second message through an alias for one") { story in
            for operation in story.operations where operation.isCertain {
                guard case .sendAlias(let x, let a) = operation.act, let made = story.aliases[a],
                    case .alias(_, true) = story.operations[made].act,
                    !story.observations.contains(where: { $0.act == .got(x) }),
                    let first = story.observations.first(where: {
                        guard case .got(let y) = $0.act, let sent = story.messages[y] else { return false }
                        if case .sendAlias(_, a) = story.operations[sent].act { return true }
                        return false
                    })
                else { continue }
                let owner = story.operations[made].actor
                return story.inserting(.got(x), of: owner, after: max(first.line, operation.line))
            }
            return nil
        },
        Corruption(name: "a second outcome of a call") { story in
            for operation in story.operations {
                guard case .call = operation.act, operation.outcome?.first == "timeout",
                    let line = operation.outcomeLine
                else { continue }
                return story.inserting(.outcome(["reply", "1"]), of: operation.actor, after: line)
            }
            return nil
        },
    ]

    static let lies = [
        Corruption(name: "a wrong reason in a DOWN") { story in
            story.downs.first.map {
                story.replacing($0.seen.line, with: .down($0.monitor, of: $0.target, reason: "r999999"))
            }
        },
        Corruption(name: "a wrong reason in an EXIT") { story in
            story.linkExits.first.map { story.replacing($0.seen.line, with: .exit($0.from, reason: "r999999")) }
        },
        Corruption(name: "noproc of a process that was alive") { story in
            for (m, target, _, item) in story.downs {
                guard let birth = story.parent[target], case .spawn(_, _, m, _) = story.operations[birth].act,
                    story.downs.contains(where: { $0.target == target && $0.monitor != m })
                else { continue }
                return story.replacing(item.line, with: .down(m, of: target, reason: "noproc"))
            }
            return nil
        },
        Corruption(name: "an answer that nobody gave") { story in
            for operation in story.operations {
                guard case .call = operation.act, operation.outcome?.first == "reply", let line = operation.outcomeLine
                else { continue }
                return story.replacing(line, with: .outcome(["reply", "999999"]))
            }
            return nil
        },
        Corruption(name: "a name that leads to the wrong process") { story in
            for operation in story.operations {
                guard case .whereIs = operation.act, let line = operation.outcomeLine,
                    operation.outcome?.first.flatMap({ Int($0) }) != nil
                else { continue }
                return story.replacing(line, with: .outcome(["999999"]))
            }
            return nil
        },
        Corruption(name: "an alias that was active after it was taken back") { story in
            for ends in story.unaliases.sorted(by: { $0.key < $1.key }).map(\.value) {
                guard let end = ends.first, story.operations[end].outcome == ["true"],
                    case .unalias(let a) = story.operations[end].act, let made = story.aliases[a],
                    case .alias(_, false) = story.operations[made].act, let line = story.operations[end].outcomeLine
                else { continue }
                return story.replacing(line, with: .outcome(["false"]))
            }
            return nil
        },
    ]

    static let disorders = [
        Corruption(name: "swapped order") { story in
            guard let (first, second) = story.neighbours else { return nil }
            return story.changed {
                $0[first.line].act = .got(second.message)
                $0[second.line].act = .got(first.message)
            }
        },
        Corruption(name: "a message after the DOWN of its sender") { story in
            for (_, target, _, item) in story.downs {
                guard
                    let last = story.delivered.last(where: {
                        $0.sender == target && $0.seen.actor == item.actor && $0.seen.line < item.line
                    })
                else { continue }
                return story.changed {
                    $0.insert($0[last.seen.line], at: item.line + 1)
                    $0.remove(at: last.seen.line)
                }
            }
            return nil
        },
        Corruption(name: "a message before it was sent") { story in
            guard let (_, x, item) = story.delivered.first, let sent = story.messages[x] else { return nil }
            return story.changed {
                let seen = $0.remove(at: item.line)
                $0.insert(seen, at: story.operations[sent].line)
            }
        },
    ]

    static let survivals = [
        Corruption(name: "a deed after death") { story in
            story.downs.first.map { down in
                story.changed {
                    let deeds = [History.Act.trap(true), .trap(false)].map { History.Line(actor: down.target, act: $0) }
                    $0.insert(contentsOf: deeds, at: down.seen.line + 1)
                }
            }
        },
        Corruption(name: "an EXIT after unlink") { story in
            for (pair, ends) in story.unlinks.sorted(by: { $0.value[0] < $1.value[0] }) {
                guard let end = ends.last, story.isIssuer(pair.from), let unlinked = story.operations[end].outcomeLine,
                    let down = story.downs.first(where: { $0.target == pair.to && $0.seen.line > unlinked }),
                    (story.links[pair] ?? []).allSatisfy({ $0 < end }),
                    story.links[Pair(from: pair.to, to: pair.from)] == nil,
                    let life = story.operations.last(where: { $0.actor == pair.to && $0.isCertain }),
                    life.line > unlinked,
                    !story.observations.contains(where: {
                        if case .exit(pair.to, _) = $0.act { $0.actor == pair.from } else { false }
                    }),
                    let last = story.lastLine[pair.from]
                else { continue }
                return story.inserting(
                    .exit(pair.to, reason: down.reason), of: pair.from, after: max(down.seen.line, last))
            }
            return nil
        },
        Corruption(name: "a timer that runs out after its cancellation") { story in
            for operation in story.operations {
                guard case .cancel(let x) = operation.act, operation.outcome == ["left"],
                    let line = operation.outcomeLine
                else { continue }
                return story.inserting(.got(x), of: operation.actor, after: line)
            }
            return nil
        },
        Corruption(name: "a late reply in the mailbox") { story in
            for (c, replies) in story.replies.sorted(by: { $0.key < $1.key }) {
                guard let call = story.calls[c], story.operations[call].outcome == ["timeout"],
                    let line = story.operations[call].outcomeLine,
                    case .reply(_, let value) = story.operations[replies[0]].act
                else { continue }
                return story.inserting(.got(value), of: story.operations[call].actor, after: line)
            }
            return nil
        },
    ]
}
