import OTP
import OTPTestKit
import Testing

@Suite struct HandlerSwapTests {
    @Test("GE-019 without the old handler the new one is made from nothing; if that fails, whoever asked is told")
    func withoutOld() throws {
        let lines = try events { events, _, journal in
            await journal.note {
                try await events.swapHandler(HandlerID<Scribe>(), for: HandlerID<Heir>()) { last -> Heir in
                    guard last != nil else { throw Broken("non-existing") }
                    return Heir(journal, after: last)
                }
            }
            journal.note("\(try await events.handlers())")
            try await events.swapHandler(HandlerID<Scribe>(), for: HandlerID<Heir>()) { Heir(journal, after: $0) }
            journal.note(try await events.call(HandlerID<Heir>()) { .inheritance($0) })
        }
        #expect(lines == ["threw handler Heir was not installed: non-existing", "[]", "nothing"])
    }

    @Test("GE-020 ids may change in a swap, and the new handler gets what the old one's terminate returned")
    func changesID() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler(HandlerID(3)) { Scribe(journal) }
            let new = try await events.swapHandler(HandlerID<Scribe>(3), for: HandlerID<Heir>(4), argument: "go") {
                Heir(journal, after: $0)
            }
            journal.note("\(new) \(try await events.handlers())")
            journal.note(try await events.call(new) { .inheritance($0) })
        }
        #expect(lines == ["scribe ends: swapped (go)", "Heir 4 [Heir 4]", "last words of scribe"])
    }

    @Test("GE-021 a swap of a supervised handler keeps its owner, who is told of the swap and of the new one's end")
    func keepsOwner() throws {
        let lines = try events { events, me, journal in
            let old = try await events.addSupervisedHandler(for: me) {
                Scribe(journal)
            } onExit: {
                .text($0.short)
            }
            let new = try await events.swapHandler(old, for: HandlerID<Heir>(1)) { Heir(journal, after: $0) }
            try await events.deleteHandler(new)
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == ["scribe ends: swapped (())", #"["Scribe swapped to Heir 1", "Heir 1 normal"]"#])
    }

    @Test("GE-022 a supervised swap makes the caller the owner of the new handler")
    func newOwner() throws {
        let lines = try events { events, me, journal in
            let old = try await events.addHandler { Scribe(journal) }
            let new = try await events.swapSupervisedHandler(old, for: HandlerID<Heir>(2), owner: me.context) {
                Heir(journal, after: $0)
            } onExit: {
                .text($0.short)
            }
            let owners = try await SystemControl.handlers(of: events).map(\.owner)
            journal.note("\(owners == [me.pid])")
            try await events.deleteHandler(new)
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["scribe ends: swapped (())", "true", #"["Heir 2 normal"]"#])
    }

    @Test("GE-027 a handler may put another in its place when it handles an event")
    func fromEvent() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler { Scribe(journal) }
            try await events.syncNotify("swap")
            try await events.syncNotify("after")
            journal.note("\(try await events.handlers())")
            journal.note(try await events.call(HandlerID<Heir>("scribe")) { .inheritance($0) })
        }
        #expect(
            lines == [
                "scribe: swap", "scribe ends: swapped (giving way)", "heir: after", "[Heir scribe]",
                "last words of scribe",
            ])
    }

    @Test(
        "GE-031 after that the new handler has the same owner, who is told of its failure or removal by its new id",
        arguments: ["fail heir", "remove heir"])
    func ownerAfterSwap(how: String) throws {
        let lines = try events { events, me, journal in
            try await events.addSupervisedHandler(for: me) {
                Scribe(journal)
            } onExit: {
                .text($0.short)
            }
            events.notify("swap")
            try await events.syncNotify(how)
            journal.note("\(try await me.leftovers()) \(try await events.handlers())")
        }
        let end = how == "fail heir" ? "failed (heir broken)" : "normal"
        #expect(
            lines.filter { $0.hasPrefix("[") } == [
                #"["Scribe swapped to Heir scribe", "Heir scribe \#(end)"] []"#
            ])
    }

    @Test("GE-040 a handler may answer a call and put another in its place")
    func fromCall() throws {
        let lines = try events { events, _, journal in
            let id = try await events.addHandler { Scribe(journal) }
            journal.note(try await events.call(id) { .swap($0) })
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines == ["scribe ends: swapped (())", "swapped", "[Heir]"]
                || lines == ["swapped", "scribe ends: swapped (())", "[Heir]"])
    }
}
