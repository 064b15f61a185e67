import OTP
import OTPTestKit
import Testing

@Suite struct HandlerOwnerTests {
    @Test(
        "GE-013 an exit signal from the owner ends his handlers alone, with its reason; he is told, the manager lives")
    func signal() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler(HandlerID("other")) { Scribe(journal, "other") }
            let owner = spawn(receiving: Notice.self) { its in
                for number in 1...2 {
                    try await events.addSupervisedHandler(HandlerID(number), for: its) {
                        Scribe(journal, "\(number)")
                    } onExit: {
                        .text($0.short)
                    }
                }
                its.sendExit(.reason(.error(Broken("enough"))), to: try #require(events.pid))
                while let notice = try await its.receive(within: .seconds(1)) { journal.note("told: \(notice.short)") }
            }
            _ = await owner.waitForEnd()
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines == [
                "2 ends: owner ended (error: enough)", "1 ends: owner ended (error: enough)", "told: Scribe 2 shutdown",
                "told: Scribe 1 shutdown", "[Scribe other]",
            ])
    }

    @Test("an exit signal of the owner who has started the manager, not linked, ends his handlers and not the manager")
    func signalOfStarter() throws {
        let lines = try events { events, me, journal in
            try await events.addScribe(of: me, journal)
            me.sendExit(.reason(.error(Broken("enough"))), to: try #require(events.pid))
            journal.note("\(try await events.handlers()) \(try await me.leftovers())")
        }
        #expect(lines == ["scribe ends: owner ended (error: enough)", #"[] ["Scribe shutdown"]"#])
    }

    @Test("the owner may end for any reason, before the handler is there too: it is removed, nobody else notices")
    func anyReason() throws {
        for reason in [ExitReason.normal, .shutdown, .error(Broken())] {
            let lines = try events { events, me, journal in
                let owner = spawn(receiving: Notice.self) { its in
                    try await events.addScribe(of: its, journal)
                    throw Exit(reason)
                }
                _ = await owner.waitForEnd()
                journal.note("\(try await events.handlers())")
            }
            #expect(lines.filter { !$0.hasPrefix("report") } == ["scribe ends: owner ended (\(reason))", "[]"])
        }
    }

    @Test("an owner that ends while his handler is made: it is removed as soon as it is there, and told why he ended")
    func endsMeanwhile() throws {
        let lines = try events { events, me, journal in
            let latch = Latch()
            let owner = spawn(receiving: Notice.self) { its in
                try await events.addSupervisedHandler(for: its) {
                    await latch.wait()
                    return Scribe(journal)
                } onExit: {
                    .text($0.short)
                }
            }
            try await me.sleep(for: .seconds(1))
            owner.sendExit(.kill)
            _ = await owner.waitForEnd()
            latch.open()
            try await me.sleep(for: .seconds(1))
            journal.note("\(try await events.handlers())")
        }
        #expect(lines == ["scribe ends: owner ended (killed)", "[]"])
    }

    @Test("an owner learns of the end of his handler although his mailbox is full")
    func fullMailbox() throws {
        let lines = try events { events, me, journal in
            let latch = Latch()
            let owner = spawn(receiving: Notice.self, options: SpawnOptions(mailbox: .atMost(1))) { its in
                try await events.addScribe(of: its, journal)
                await latch.wait()
                while let notice = try await its.receive(within: .seconds(1)) { journal.note(notice.short) }
            }
            try await me.sleep(for: .milliseconds(1))
            owner.send(.text("filler"))
            try await events.deleteHandler(HandlerID<Scribe>())
            latch.open()
            _ = await owner.waitForEnd()
        }
        #expect(lines.suffix(2) == ["filler", "Scribe normal"])
    }

    @Test("a manager that stops lets its handlers' owners live, whatever the reason; one that is killed does not")
    func stops() throws {
        for kill in [false, true] {
            let lines = try events { events, me, journal in
                let owner = spawn(receiving: Notice.self) { its in
                    try await events.addScribe(of: its, journal)
                    while let notice = try await its.receive(within: .seconds(2)) { journal.note(notice.short) }
                    journal.note("owner lives")
                }
                try await me.sleep(for: .seconds(1))
                if kill {
                    events.sendExit(.kill)
                } else {
                    await journal.note("stop") { try await events.stop(reason: .error(Broken("ended"))) }
                }
                let end = await owner.waitForEnd()
                journal.note("owner: \(end.map { "\($0)" } ?? "unknown")")
            }
            if kill {
                #expect(lines == ["report process (killed)", "owner: killed"])
            } else {
                #expect(
                    lines.filter { !$0.hasPrefix("report") } == [
                        "scribe ends: stopped (error: ended)", "Scribe shutdown", "stop: ok", "owner lives",
                        "owner: normal",
                    ]
                        || lines.filter { !$0.hasPrefix("report") } == [
                            "scribe ends: stopped (error: ended)", "stop: ok", "Scribe shutdown", "owner lives",
                            "owner: normal",
                        ])
            }
        }
    }

    @Test("the ends of linked processes reach the handlers that ask for them, be they owners or not")
    func exits() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Mute() }
            try await events.addHandler { Mourner(journal: journal) }
            let linked = spawn { its in
                try its.link(to: try #require(events.pid))
                throw Exit(.shutdown(detail: "linked"))
            }
            _ = await linked.waitForEnd()
            let owner = spawn(receiving: Notice.self) { its in
                try await events.addScribe(of: its, journal)
                throw Exit(.shutdown(detail: "owner"))
            }
            _ = await owner.waitForEnd()
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines == [
                "EXIT (shutdown: linked)", "scribe ends: owner ended (shutdown: owner)", "EXIT (shutdown: owner)",
                "[Mourner, Mute]",
            ])
    }

    @Test("one process may own handlers of several managers, and one handler twice by one id: each end is told once")
    func several() throws {
        let lines = try events { events, me, journal in
            let other = EventManager<String>("other")
            try await other.start()
            for manager in [events, other, events] {
                try await manager.addSupervisedHandler(for: me) {
                    Scribe(journal)
                } onExit: {
                    .text("\($0.short) of \(manager.addressDescription == events.addressDescription ? 1 : 2)")
                }
            }
            try await events.deleteHandler(HandlerID<Scribe>())
            journal.note("\(try await events.handlers()) \(try await me.leftovers())")
            try await events.stop()
            journal.note("\(try await other.handlers()) \(try await me.leftovers())")
        }
        #expect(
            lines.filter { $0.hasPrefix("[") } == [
                #"[Scribe] ["Scribe normal of 1"]"#, #"[Scribe] ["Scribe shutdown of 1"]"#,
            ])
    }
}
