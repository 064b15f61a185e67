/// A history sorted by who did what: the operations and observations of each process, and what belongs together.
struct Story {
    /// Something that a process did.
    struct Operation {
        var actor: Int
        var act: History.Act
        var line: Int
        /// The line in which the same process next did or saw something.
        var next: Int?
        var outcome: [String]?
        var outcomeLine: Int?

        /// Whether this surely took effect. The last deed of a process that was killed may not have; neither has one
        /// that the runtime refused because its process was dead.
        var isCertain: Bool { next != nil && !isVoid && outcome?.first != "failed" }
        var isVoid: Bool { outcome?.first == "killed" }
    }

    /// Something that a process took out of its mailbox.
    struct Observation {
        var actor: Int
        var act: History.Act
        var line: Int
    }

    enum Event {
        case did(Int)
        case saw(Int)
    }

    struct Misfit: Error {
        var about: String
    }

    let history: History
    private(set) var operations: [Operation] = []
    private(set) var observations: [Observation] = []
    private(set) var events: [Int: [Event]] = [:]
    private(set) var endLine: [Int: Int] = [:]
    /// The last line of an issuer before its `end`.
    private(set) var lastLine: [Int: Int] = [:]
    private(set) var parent: [Int: Int] = [:]

    // Which operation made what
    private(set) var messages: [Int: Int] = [:]
    private(set) var monitors: [Int: Int] = [:]
    private(set) var aliases: [Int: Int] = [:]
    private(set) var calls: [Int: Int] = [:]

    // Who did what to whom
    private(set) var signals: [Pair: [Int]] = [:]
    private(set) var signallers: [Int: [Int]] = [:]
    private(set) var links: [Pair: [Int]] = [:]
    private(set) var unlinks: [Pair: [Int]] = [:]
    private(set) var partners: [Int: Set<Int>] = [:]
    private(set) var replies: [Int: [Int]] = [:]
    private(set) var demonitors: [Int: [Int]] = [:]
    private(set) var unaliases: [Int: [Int]] = [:]
    private(set) var deaths: [Int: Int] = [:]

    init(_ history: History) throws {
        self.history = history
        var open: [Int: Int] = [:]
        for (line, entry) in history.lines.enumerated() {
            let actor = entry.actor
            if endLine[actor] != nil { throw Misfit(about: "\(actor) does something after its end") }
            if case .outcome(let words) = entry.act {
                guard let index = open[actor], operations[index].outcome == nil else {
                    throw Misfit(about: "line \(line): an outcome of nothing")
                }
                operations[index].outcome = words
                operations[index].outcomeLine = line
                if operations[index].next == nil { operations[index].next = line }
                continue
            }
            if let index = open[actor], operations[index].next == nil { operations[index].next = line }
            if case .end = entry.act {
                endLine[actor] = line
            } else if entry.act.isSeen {
                open[actor] = nil
                events[actor, default: []].append(.saw(observations.count))
                observations.append(Observation(actor: actor, act: entry.act, line: line))
            } else {
                open[actor] = operations.count
                events[actor, default: []].append(.did(operations.count))
                try enter(entry.act, of: actor, operations.count)
                operations.append(Operation(actor: actor, act: entry.act, line: line))
            }
            if entry.act != .end { lastLine[actor] = line }
        }
        for index in operations.indices where !operations[index].isVoid { sort(index) }
        for issuer in 0..<history.issuers where endLine[issuer] == nil {
            throw Misfit(about: "issuer \(issuer) never ends")
        }
    }

    private mutating func enter(_ act: History.Act, of actor: Int, _ index: Int) throws {
        func once(_ table: inout [Int: Int], _ key: Int) throws {
            guard table.updateValue(index, forKey: key) == nil else { throw Misfit(about: "\(key) is made twice") }
        }
        switch act {
        case .spawn(let child, _, let monitor, _):
            try once(&parent, child)
            if let monitor { try once(&monitors, monitor) }
        case .monitor(let m, _): try once(&monitors, m)
        case .alias(let a, _): try once(&aliases, a)
        case .call(let c, _): try once(&calls, c)
        case .send(let x, _), .sendNamed(let x, _), .sendAlias(let x, _), .timer(let x): try once(&messages, x)
        default: break
        }
    }

    private mutating func sort(_ index: Int) {
        let actor = operations[index].actor
        switch operations[index].act {
        case .signal(let q, _):
            signals[Pair(from: actor, to: q), default: []].append(index)
            signallers[q, default: []].append(index)
        case .link(let q), .spawn(let q, true, _, _):
            if ["noproc", "failed"].contains(operations[index].outcome?.first) { break }
            links[Pair(from: actor, to: q), default: []].append(index)
            partners[actor, default: []].insert(q)
            partners[q, default: []].insert(actor)
        case .unlink(let q): unlinks[Pair(from: actor, to: q), default: []].append(index)
        case .reply(let c, _): replies[c, default: []].append(index)
        case .demonitor(let m, _): demonitors[m, default: []].append(index)
        case .unalias(let a): unaliases[a, default: []].append(index)
        case .die: deaths[actor] = index
        default: break
        }
    }

    func isIssuer(_ process: Int) -> Bool { process < history.issuers }

    /// The parent of a server, whose exits it obeys even if it traps.
    func isObeyed(_ other: Int, by process: Int) -> Bool {
        guard let birth = parent[process], case .spawn(_, _, _, true) = operations[birth].act else { return false }
        return operations[birth].actor == other
    }

    /// Whose mailbox a monitor reports to, and about whom.
    func monitor(_ m: Int) -> (watcher: Int, target: Int)? {
        guard let index = monitors[m] else { return nil }
        switch operations[index].act {
        case .monitor(_, let q): return (operations[index].actor, q)
        case .spawn(let child, _, _, _): return (operations[index].actor, child)
        default: return nil
        }
    }
}
