import OTP
import OTPTestKit
import Testing

/// What `SystemControl` does with event managers, and the rest of what they share with all servers.
@Suite struct EventSystemTests {
    @Test("GE-003 a manager has a name of any kind, and is found by it, started linked, monitored or neither")
    func names() throws {
        let lines = try played { me, journal in
            let registry = Registry<String, Void>("event names")
            try await registry.start()
            let names: [EventManagerName<String>] = ["local", .global("global"), .via(registry.name, "via")]
            for name in names {
                for how in 0..<3 {
                    let manager = EventManager(name: name)
                    switch how {
                    case 0: try await manager.start()
                    case 1: try await manager.startLink(me)
                    default: _ = try await manager.startMonitor(me) { .down($0) }
                    }
                    try await name.addHandler { Mute() }
                    journal.note("\(try await name.handlers())")
                    try await name.stop()
                    await journal.note { try await name.handlers() }
                }
            }
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == Array(repeating: ["[Mute]", "noProcess"], count: 9).flatMap { $0 }
                + [#"["DOWN (normal)", "DOWN (normal)", "DOWN (normal)"]"#])
    }

    @Test("GE-053 a manager without a name of its own is asked and shows its handlers; one that cannot is shown so")
    func anonymousStatus() throws {
        let lines = try played { me, journal in
            let manager = try await EventManager<String>().start()
            try await manager.addHandler { Mute() }
            try await manager.addHandler(HandlerID(2)) { Shy() }
            let status = try await SystemControl.status(of: manager)
            journal.note("\(status.runState) \(status.state ?? "none")")
            journal.note("\(try await manager.handlers())")
        }
        #expect(lines == ["running handlers [Shy 2: Shy.formatStatus threw shy, Mute: Mute()]", "[Shy 2, Mute]"])
    }

    @Test("GE-033 to notify and wait: when it returns every handler is through, the failed are gone, others swapped")
    func syncNotify() throws {
        let lines = try events { events, me, journal in
            for name in ["a", "b", "c"] {
                try await events.addSupervisedHandler(HandlerID(name), for: me) {
                    Scribe(journal, name)
                } onExit: {
                    .text($0.short)
                }
            }
            for event in ["fail a", "remove b", "swap c"] { try await events.syncNotify(event) }
            journal.note("\(try await events.handlers())")
            journal.note("\(try await me.leftovers())")
            await journal.note("nobody") { try await EventManagerName<String>("nobody").syncNotify("x") }
        }
        #expect(
            lines.filter { !$0.hasPrefix("handler") }.suffix(3) == [
                "[Heir c]", #"["Scribe a failed (scribe broken)", "Scribe b normal", "Scribe c swapped to Heir c"]"#,
                "nobody: noProcess",
            ])
    }

    @Test(
        "a suspended manager handles nothing and answers the system; resumed, it handles all, in order; a stop ends it")
    func suspended() throws {
        let lines = try events { events, me, journal in
            let id = try await events.addHandler { Scribe(journal) }
            try await SystemControl.suspend(events)
            events.notify("one")
            events.inform(2)
            events.inform(3, after: .seconds(1))
            await journal.note { try await events.call(id, timeout: .seconds(5)) { .name($0) } }
            journal.note("\(try await SystemControl.status(of: events).runState)")
            journal.note("\(try await SystemControl.handlers(of: events).map(\.state))")
            try await SystemControl.resume(events)
            try await events.syncNotify("four")
            try await SystemControl.suspend(events)
            try await SystemControl.terminate(events, reason: .shutdown)
            journal.note("\(events.pid == nil ? "ended" : "ends")")
            _ = await events.waitForEnd()
        }
        #expect(
            lines.filter { !$0.hasPrefix("end") } == [
                "timeout", "suspended", #"["scribe scribe"]"#, "scribe: one", "scribe: 2", "scribe: 3", "scribe: four",
                "scribe ends: stopped (shutdown)",
            ])
    }

    @Test("an exit signal of its parent ends a suspended manager, and every handler's terminate runs")
    func suspendedParent() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let manager = try await EventManager<String>("events").startLink(me)
            try await manager.addHandler { Scribe(journal) }
            try await SystemControl.suspend(manager)
            me.sendExit(.shutdown, to: manager.pid)
            journal.note(try await me.next())
        }
        #expect(lines == ["scribe ends: stopped (shutdown)", "EXIT (shutdown)"])
    }

    @Test("messages by timer reach the handlers that understand them, once or at each interval")
    func timers() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Scribe(journal) }
            let once = events.inform(5, after: .seconds(3))
            let tick = events.inform(7, every: .seconds(2))
            try await me.sleep(for: .seconds(5))
            journal.note("\(String(describing: tick.cancel() != nil)) \(String(describing: once.cancel()))")
            let never = events.inform(9, after: .seconds(1))
            never.cancel()
            try await me.sleep(for: .seconds(5))
        }
        #expect(lines == ["scribe: 7", "scribe: 5", "scribe: 7", "true nil"])
    }

    @Test("the manager hibernates after a while without messages if told so, and any event wakes it")
    func hibernatesByItself() throws {
        let lines = try played { me, journal in
            let events = EventManager<String>("events", options: ServerOptions(hibernateAfter: .seconds(1)))
            try await events.start()
            try await events.addHandler { Scribe(journal) }
            for event in ["one", "two"] {
                try await me.sleep(for: .seconds(3))
                let pid = try #require(events.pid)
                journal.note("\(try #require(me.node.snapshot(of: pid)).status)")
                events.notify(event)
            }
            try await me.sleep(for: .seconds(3))
            journal.note("\(try await SystemControl.status(of: events).hibernations)")
        }
        #expect(lines.filter { $0.hasPrefix("scribe") } == ["scribe: one", "scribe: two"])
        #expect(lines.last == "3")
    }

    @Test("the manager hibernates when a handler asks for it, at its installation, in a call or by a message")
    func hibernatesWhenAsked() throws {
        let lines = try events { events, me, journal in
            func count(_ what: String) async throws {
                journal.note("\(what) \(try await SystemControl.status(of: events).hibernations)")
            }
            try await events.addHandler { Sleeper() }
            try await count("added")
            try await events.addHandler(HandlerID(2), hibernates: true) { Sleeper() }
            try await count("asleep")
            try await events.addSupervisedHandler(HandlerID(3), for: me, hibernates: true) {
                Mute()
            } onExit: {
                .text($0.short)
            }
            try await count("asleep")
            _ = try await events.call(HandlerID<Sleeper>(2)) { .sleep($0) }
            try await count("called")
            events.inform(1)
            try await count("informed")
        }
        #expect(lines == ["added 0", "asleep 1", "asleep 2", "called 3", "informed 4"])
    }

    @Test("a message that no handler understands is one report of them all; a manager without handlers says nothing")
    func notUnderstood() throws {
        let lines = try events { events, _, journal in
            events.inform("too early")
            for key in 1...2 { try await events.addHandler(HandlerID(key)) { Mute() } }
            events.inform("what?")
            _ = try await events.handlers()
        }
        #expect(lines.count == 1 && lines[0].hasPrefix("no handler of event manager events <"))
        #expect(lines[0].hasSuffix("understands what?; there are Mute 2, Mute 1"))
    }

    @Test("another type takes over handlers, all of them, with ids, places and owners; events and calls go on")
    func changeOfCode() throws {
        for isSuspended in [false, true] {
            let lines = try events { events, me, journal in
                for key in ["a", "b"] {
                    try await events.addSupervisedHandler(HandlerID(key), for: me) {
                        OldTally()
                    } onExit: {
                        .text($0.short)
                    }
                    try await events.addHandler(HandlerID(key)) { Scribe(journal, key) }
                }
                try await events.syncNotify("one")
                if isSuspended { try await SystemControl.suspend(events) }
                let changed = try await SystemControl.changeHandlerCode(
                    of: events, from: OldTally.self, to: NewTally.self
                ) { id, old in
                    NewTally(count: old.count * 100, key: id.key ?? "")
                }
                if isSuspended { try await SystemControl.resume(events) }
                journal.note("\(changed) \(try await events.handlers())")
                try await events.syncNotify("two")
                journal.note("\(try await events.call(HandlerID<OldTally>("a")) { .count($0) })")
                journal.note(
                    "\(try await SystemControl.handlers(of: events).filter { $0.owner == me.pid }.map(\.state))")
                journal.note("\(try await events.deleteHandler(HandlerID<OldTally>("b")))")
                journal.note("\(try await me.leftovers())")
            }
            #expect(
                lines.filter { !$0.hasPrefix("a") && !$0.hasPrefix("b") } == [
                    "[OldTally b, OldTally a] [Scribe b, OldTally b, Scribe a, OldTally a]", "101",
                    #"["NewTally(count: 101, key: \"b\")", "NewTally(count: 101, key: \"a\")"]"#, "101",
                    #"["OldTally b normal"]"#,
                ])
        }
    }

    @Test("a change of code that fails for one handler changes none, and whoever asked is told")
    func failedChangeOfCode() throws {
        let lines = try events { events, me, journal in
            for key in ["a", "b"] { try await events.addHandler(HandlerID(key)) { OldTally() } }
            await journal.note {
                try await SystemControl.changeHandlerCode(of: events, from: OldTally.self, to: NewTally.self) {
                    id, old in
                    if id.key == "a" { throw Broken("not this one") }
                    return NewTally(count: old.count, key: "new")
                }
            }
            journal.note("\(try await SystemControl.handlers(of: events).map(\.state))")
        }
        #expect(lines.count == 2 && lines[0].contains("not this one"))
        #expect(lines[1] == #"["OldTally(count: 0)", "OldTally(count: 0)"]"#)
    }

    @Test(
        "an answer reaches the caller when what the handler asked for is done; one that it gives and then throws, not")
    func answers() throws {
        let lines = try events { events, me, journal in
            for key in ["keeps", "throws"] { try await events.addHandler(HandlerID(key)) { Late(journal) } }
            await journal.note {
                try await events.call(HandlerID<Late>("throws")) { .answerAndThrow($0) }
            }
            let request = events.sendRequest(HandlerID<Late>("keeps")) { .keep($0) }
            try await events.syncNotify("answer")
            journal.note("\(try await request.response().get().get())")
            await journal.note {
                try await events.call(HandlerID<Late>("keeps")) { .twice($0) }
            }
        }
        #expect(
            lines.filter { !$0.hasPrefix("handler") } == [
                "threw handler Late throws failed and was removed: changed its mind", "kept", "first",
            ])
    }
}

private struct OldTally: EventHandler {
    enum Call: Sendable { case count(Reply<Int>) }
    var count = 0
    mutating func handleEvent(_ event: String) -> Next {
        count += 1
        return .keep
    }
    func handleCall(_ call: Call) -> Next {
        switch call {
        case .count(let reply): reply(count)
        }
        return .keep
    }
    func terminate(_ end: HandlerEnd) -> Int { count }
}

private struct NewTally: EventHandler {
    var count: Int
    let key: String
    mutating func handleEvent(_ event: String) -> Next {
        count += 1
        return .keep
    }
    func handleCall(_ call: OldTally.Call) -> Next {
        switch call {
        case .count(let reply): reply(count)
        }
        return .keep
    }
    func terminate(_ end: HandlerEnd) -> Int { count }
}

/// Asks for sleep whatever comes.
private struct Sleeper: EventHandler {
    enum Call: Sendable { case sleep(Reply<Void>) }
    func handleEvent(_ event: String) -> Next { .keep }
    func handleInfo(_ info: Int) -> Next { .hibernate }
    func handleCall(_ call: Call) -> Next {
        switch call {
        case .sleep(let reply): reply()
        }
        return .hibernate
    }
}

private struct Shy: EventHandler {
    func handleEvent(_ event: String) -> Next { .keep }
    func formatStatus(_ status: StatusContext) throws -> String { throw Broken("shy") }
}

/// Answers in other ways than the usual.
private struct Late: EventHandler {
    enum Call: Sendable {
        case answerAndThrow(Reply<String>)
        case keep(Reply<String>)
        case twice(Reply<String>)
    }
    let journal: SceneLog
    private var kept: Reply<String>?

    init(_ journal: SceneLog) { self.journal = journal }

    mutating func handleEvent(_ event: String) -> Next {
        kept?("kept")
        return .keep
    }
    mutating func handleCall(_ call: Call) throws -> Next {
        switch call {
        case .answerAndThrow(let reply):
            reply("answer")
            throw Broken("changed its mind")
        case .keep(let reply): kept = reply
        case .twice(let reply):
            reply("first")
            reply("second")
        }
        return .keep
    }
}
