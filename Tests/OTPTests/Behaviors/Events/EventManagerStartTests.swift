import OTP
import OTPTestKit
import Testing

@Suite struct EventManagerStartTests {
    @Test("GE-001 GE-002 a manager starts without handlers, linked, monitored or neither, and is stopped")
    func starts() throws {
        let lines = try played { me, journal in
            let alone = try await EventManager<String>("alone").start()
            journal.note("\(try await alone.handlers())")
            try await alone.stop()
            let linked = try await EventManager<String>("linked").startLink(me)
            journal.note("\(try await linked.handlers())")
            try await linked.stop()
            let (watched, _) = try await EventManager<String>("watched").startMonitor(me.context) { .down($0) }
            try await watched.stop()
            journal.note(try await me.next())
        }
        #expect(lines == ["[]", "[]", "DOWN (normal)"])
    }

    @Test("GE-004 a second start under a taken name of any kind is refused, with who has it")
    func taken() throws {
        let lines = try played { me, journal in
            for name in [EventManagerName<String>("events"), .global("events")] {
                let first = try await EventManager(name: name).start()
                for _ in 0..<2 {
                    do { try await EventManager(name: name).start() } catch let error as StartError {
                        if case .alreadyStarted(let pid) = error.code { journal.note("\(pid == first.pid)") }
                    }
                }
                await journal.note { try await EventManager(name: name).startLink(me) }
                await journal.note { _ = try await EventManager(name: name).startMonitor(me.context) { .down($0) } }
                try await name.stop()
            }
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == [
                "true", "true", "alreadyStarted", "alreadyStarted", "true", "true", "alreadyStarted",
                "alreadyStarted", "[]",
            ])
    }

    @Test("GE-005 stopped by name with a reason: links and monitors see it, and every handler's terminate runs")
    func stop() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let events = EventManager<String>("events")
            try await events.startLink(me)
            me.monitor(events) { .down($0) }
            try await events.addHandler { Scribe(journal) }
            try await events.stop(reason: .shutdown, timeout: .seconds(10))
            journal.note(try await me.leftovers().sorted().joined(separator: ", "))
        }
        #expect(lines == ["scribe ends: stopped (shutdown)", "DOWN (shutdown), EXIT (shutdown)"])
    }

    @Test("GE-006 an exit signal of whoever started it ends it, linked or not", arguments: [true, false])
    func parent(isLinked: Bool) throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let events = EventManager<String>("events")
            if isLinked {
                try await events.startLink(me)
                me.monitor(events) { .down($0) }
            } else {
                _ = try await events.startMonitor(me.context) { .down($0) }
            }
            try await events.addHandler { Scribe(journal) }
            me.sendExit(.shutdown, to: try #require(events.pid))
            journal.note(try await me.leftovers().filter { $0.hasPrefix("DOWN") }.joined())
        }
        #expect(lines == ["scribe ends: stopped (shutdown)", "DOWN (shutdown)"])
    }

    @Test("GE-007 the options of a server hold for a manager: what watches it, its mailbox")
    func options() throws {
        let lines = try played { me, journal in
            let options = ServerOptions(debug: [.log(keeping: 10), .statistics])
            let events = EventManager<String>("events", options: options)
            try await events.start()
            events.notify("one")
            for event in try await SystemControl.log(of: events) ?? [] { journal.note("\(event.kind) \(event.text)") }
            journal.note("\(try await SystemControl.statistics(of: events)?.received ?? -1)")
        }
        #expect(lines == ["received cast notify one", "handled ", "1"])
    }

    @Test("a manager is a child: started again after a kill, without handlers, and its value is its address again")
    func child() throws {
        let lines = try played { me, journal in
            let events = EventManager<String>("events")
            let tree = try await Supervisor(.oneForOne) { events }.start()
            try await events.addHandler { Scribe(journal) }
            events.sendExit(.kill)
            try await me.sleep(for: .seconds(1))
            journal.note("\(try await events.handlers())")
            try await tree.stop()
        }
        #expect(lines == ["[]"])
    }
}
