/// Histories as text, one line each for what a process did or saw.
///
///     # 17 erlang issuers=3        a history begins: seed, source, number of issuers
///     0 spawn 104 l m105           0 spawns 104, linked, with monitor 105
///     0 .                          and has done so
///     104 link 1                   104 links to 1
///     104 . noproc                 which fails
///     0 call 106 104               0 calls 104
///     104 req 106                  104 takes that call from its mailbox
///     104 reply 106 107            and answers it with the value 107
///     0 . reply 107                the call returns
///     0 sig 104 r108               0 sends 104 the exit signal r108
///     0 down 105 104 r108          0 takes the DOWN of monitor 105 from its mailbox
extension History {
    struct BadText: Error, CustomStringConvertible {
        let number: Int
        let text: Substring
        var description: String { "line \(number) is not part of a history: \"\(text)\"" }
    }

    /// Reads any number of histories, one after the other.
    static func read(_ text: String) throws -> [History] {
        var histories: [History] = []
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n")).map(Substring.init) {
            number += 1
            let words = line.split(separator: " ")
            if words.first == "#" {
                guard words.count == 4, let seed = UInt64(words[1]), words[3].hasPrefix("issuers="),
                    let issuers = Int(words[3].dropFirst(8))
                else { throw BadText(number: number, text: line) }
                histories.append(History(seed: seed, source: String(words[2]), issuers: issuers, lines: []))
            } else {
                guard !histories.isEmpty, words.count >= 2, let actor = Int(words[0]),
                    let act = Act(words.dropFirst().map(String.init))
                else { throw BadText(number: number, text: line) }
                histories[histories.count - 1].lines.append(Line(actor: actor, act: act))
            }
        }
        return histories
    }

    /// The same text that `read` reads.
    var text: String {
        var out = "# \(seed) \(source) issuers=\(issuers)\n"
        for line in lines { out += "\(line)\n" }
        return out
    }
}

extension History.Line: CustomStringConvertible {
    var description: String { "\(actor) \(act)" }
}

extension History.Act {
    init?(_ words: [String]) {
        func number(_ at: Int) -> Int? { at < words.count ? Int(words[at]) : nil }
        func word(_ at: Int) -> String? { at < words.count ? words[at] : nil }
        switch words[0] {
        case "spawn":
            guard let child = number(1) else { return nil }
            let monitor = words.first { $0.hasPrefix("m") }.flatMap { Int($0.dropFirst()) }
            self = .spawn(child: child, link: words.contains("l"), monitor: monitor, isServer: words.contains("g"))
        case "link": guard let q = number(1) else { return nil }; self = .link(q)
        case "unlink": guard let q = number(1) else { return nil }; self = .unlink(q)
        case "mon": guard let m = number(1), let q = number(2) else { return nil }; self = .monitor(m, of: q)
        case "demon": guard let m = number(1) else { return nil }; self = .demonitor(m, flush: true)
        case "demonk": guard let m = number(1) else { return nil }; self = .demonitor(m, flush: false)
        case "sig": guard let q = number(1), let r = word(2) else { return nil }; self = .signal(q, reason: r)
        case "trap": guard let on = number(1) else { return nil }; self = .trap(on == 1)
        case "send": guard let q = number(1), let x = number(2) else { return nil }; self = .send(x, to: q)
        case "sendn": guard let n = word(1), let x = number(2) else { return nil }; self = .sendNamed(x, to: n)
        case "senda": guard let a = number(1), let x = number(2) else { return nil }; self = .sendAlias(x, to: a)
        case "reg": guard let n = word(1), let q = number(2) else { return nil }; self = .register(n, q)
        case "unreg": guard let n = word(1) else { return nil }; self = .unregister(n)
        case "where": guard let n = word(1) else { return nil }; self = .whereIs(n)
        case "alias": guard let a = number(1) else { return nil }; self = .alias(a, once: false)
        case "aliasr": guard let a = number(1) else { return nil }; self = .alias(a, once: true)
        case "unalias": guard let a = number(1) else { return nil }; self = .unalias(a)
        case "call": guard let c = number(1), let q = number(2) else { return nil }; self = .call(c, to: q)
        case "reply": guard let c = number(1), let v = number(2) else { return nil }; self = .reply(c, value: v)
        case "timer": guard let x = number(1) else { return nil }; self = .timer(x)
        case "cancel": guard let x = number(1) else { return nil }; self = .cancel(x)
        case "die": guard let r = word(1) else { return nil }; self = .die(reason: r)
        case "alive": guard let q = number(1) else { return nil }; self = .isAlive(q)
        case ".": self = .outcome(Array(words.dropFirst()))
        case "got": guard let x = number(1) else { return nil }; self = .got(x)
        case "req": guard let c = number(1) else { return nil }; self = .request(c)
        case "down":
            guard let m = number(1), let q = number(2), let r = word(3) else { return nil }
            self = .down(m, of: q, reason: r)
        case "xit": guard let q = number(1), let r = word(2) else { return nil }; self = .exit(q, reason: r)
        case "end": self = .end
        default: return nil
        }
    }
}

extension History.Act: CustomStringConvertible {
    var description: String {
        switch self {
        case .spawn(let child, let link, let monitor, let isServer):
            "spawn \(child)" + (link ? " l" : "") + (monitor.map { " m\($0)" } ?? "") + (isServer ? " g" : "")
        case .link(let q): "link \(q)"
        case .unlink(let q): "unlink \(q)"
        case .monitor(let m, let q): "mon \(m) \(q)"
        case .demonitor(let m, let flush): "\(flush ? "demon" : "demonk") \(m)"
        case .signal(let q, let r): "sig \(q) \(r)"
        case .trap(let on): "trap \(on ? 1 : 0)"
        case .send(let x, let q): "send \(q) \(x)"
        case .sendNamed(let x, let n): "sendn \(n) \(x)"
        case .sendAlias(let x, let a): "senda \(a) \(x)"
        case .register(let n, let q): "reg \(n) \(q)"
        case .unregister(let n): "unreg \(n)"
        case .whereIs(let n): "where \(n)"
        case .alias(let a, let once): "\(once ? "aliasr" : "alias") \(a)"
        case .unalias(let a): "unalias \(a)"
        case .call(let c, let q): "call \(c) \(q)"
        case .reply(let c, let v): "reply \(c) \(v)"
        case .timer(let x): "timer \(x)"
        case .cancel(let x): "cancel \(x)"
        case .die(let r): "die \(r)"
        case .isAlive(let q): "alive \(q)"
        case .outcome(let words): (["."] + words).joined(separator: " ")
        case .got(let x): "got \(x)"
        case .request(let c): "req \(c)"
        case .down(let m, let q, let r): "down \(m) \(q) \(r)"
        case .exit(let q, let r): "xit \(q) \(r)"
        case .end: "end"
        }
    }
}
