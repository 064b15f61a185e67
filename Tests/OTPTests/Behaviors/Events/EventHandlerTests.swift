import OTP
import OTPTestKit
import Testing

@Suite struct EventHandlerTests {
    @Test("GE-009 GE-012 a handler that cannot be made is not installed, and whoever asked is told why")
    func notMade() throws {
        let lines = try events { events, me, journal in
            await journal.note { try await events.addHandler { () -> Scribe in throw Broken("my error") } }
            await journal.note {
                try await events.addSupervisedHandler(for: me) { () -> Scribe in
                    throw Broken("my error")
                } onExit: {
                    .text($0.short)
                }
            }
            journal.note("\(try await events.handlers()) \(try await me.leftovers())")
        }
        let told = "threw handler Scribe was not installed: my error"
        #expect(lines == [told, told, "[] []"])
    }

    @Test("GE-010 GE-011 the newest handler comes first; one type may be installed several times under different keys")
    func several() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler { Mute() }
            for number in 1...3 { try await events.addHandler(HandlerID(number)) { Scribe(journal, "\(number)") } }
            journal.note("\(try await events.handlers())")
            try await events.syncNotify("x")
        }
        #expect(lines == ["[Scribe 3, Scribe 2, Scribe 1, Mute]", "3: x", "2: x", "1: x"])
    }

    @Test("GE-014 when the manager stops, the owner is told of each of his handlers")
    func managerStops() throws {
        let lines = try events { events, me, journal in
            for number in 1...2 {
                try await events.addSupervisedHandler(HandlerID(number), for: me) {
                    Scribe(journal, "\(number)")
                } onExit: {
                    .text($0.short)
                }
            }
            try await events.stop(reason: .shutdown)
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == [
                "2 ends: stopped (shutdown)", "1 ends: stopped (shutdown)",
                #"["Scribe 2 shutdown", "Scribe 1 shutdown"]"#,
            ])
    }

    @Test("when the owner ends, his handlers are removed with his reason, the others stay, and the manager lives")
    func ownerEnds() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Mute() }
            let owner = spawn(receiving: Notice.self) { its in
                try await events.addScribe(of: its, journal)
                _ = try await its.receive()
                throw Exit(.shutdown(detail: "done"))
            }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await events.handlers())")
            owner.send(.text("end"))
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await events.handlers())")
        }
        #expect(lines == ["[Scribe, Mute]", "scribe ends: owner ended (shutdown: done)", "[Mute]"])
    }

    @Test(
        "a manager that is killed takes the owner of a handler along, as a link does; one that has none left does not")
    func killedManager() throws {
        let lines = try events { events, me, journal in
            me.trapExits { .exit($0) }
            let id = try await events.addScribe(of: me, journal)
            let other = EventManager<String>("other")
            try await other.start()
            try await other.addSupervisedHandler(id, for: me) {
                Scribe(journal, "other")
            } onExit: {
                .text($0.short)
            }
            try await other.deleteHandler(id)
            events.sendExit(.kill)
            other.sendExit(.kill)
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["other ends: deleted (())", #"["Scribe normal", "EXIT (killed)"]"#])
    }

    @Test(
        "GE-015 GE-016 deleting calls terminate with the argument and returns its value; an unknown handler is an error"
    )
    func delete() throws {
        let lines = try events { events, _, journal in
            let id = try await events.addHandler { Scribe(journal) }
            journal.note(try await events.deleteHandler(id, argument: "enough"))
            journal.note("\(try await events.handlers())")
            await journal.note { try await events.deleteHandler(id) }
        }
        #expect(
            lines == [
                "scribe ends: deleted (enough)", "last words of scribe", "[]", "threw there is no handler Scribe",
            ])
    }

    @Test("GE-017 handlers of one type are deleted one by one, by their keys")
    func deleteByKey() throws {
        let lines = try events { events, _, journal in
            for number in 1...3 { try await events.addHandler(HandlerID(number)) { Scribe(journal, "\(number)") } }
            for number in [2, 1, 3] {
                try await events.deleteHandler(HandlerID<Scribe>(number), argument: number)
                journal.note("\(try await events.handlers())")
            }
        }
        #expect(
            lines == [
                "2 ends: deleted (2)", "[Scribe 3, Scribe 1]", "1 ends: deleted (1)", "[Scribe 3]",
                "3 ends: deleted (3)", "[]",
            ])
    }

    @Test("GE-024 a handler that has no terminate is deleted as well")
    func noTerminate() throws {
        let lines = try events { events, _, journal in
            let id = try await events.addHandler { Mute() }
            let final: Void = try await events.deleteHandler(id)
            journal.note("\(final) \(try await events.handlers())")
        }
        #expect(lines == ["() []"])
    }

    @Test("GE-025 a terminate that throws: whoever deletes is told, and the handler is gone all the same")
    func failingTerminate() throws {
        let lines = try events { events, _, journal in
            let id = try await events.addHandler { Scribe(journal, endFails: true) }
            await journal.note { try await events.deleteHandler(id) }
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines == ["scribe ends: deleted (())", "threw handler Scribe failed and was removed: no end", "[]"])
    }
}

/// Plays a scenario with an event manager that is called `events`.
func events(
    _ scenario: @escaping @Sendable (EventManager<String>, PlainProcess<Notice>, SceneLog) async throws -> Void
) throws -> [String] {
    try played { me, journal in
        let manager = EventManager<String>(name: "events")
        try await manager.start()
        me.context.node.onReport { report in
            switch report {
            case .crash(let crash): journal.note("report \(crash.kind) (\(crash.reason))")
            case .other(let other): journal.note("\(other)")
            default: break
            }
        }
        try await scenario(manager, me, journal)
    }
}
