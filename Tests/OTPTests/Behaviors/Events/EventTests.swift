import OTP
import OTPTestKit
import Testing

@Suite struct EventTests {
    @Test("GE-026 every handler gets every event, in the order of sending; to send waits for nobody")
    func notify() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler(HandlerID(1)) { Scribe(journal, "a") }
            try await events.addHandler(HandlerID(2)) { Scribe(journal, "b") }
            for number in 1...2 { events.notify("\(number)") }
            journal.note("sent")
            try await events.syncNotify("3")
            journal.note("handled")
        }
        #expect(lines == ["sent", "b: 1", "a: 1", "b: 2", "a: 2", "b: 3", "a: 3", "handled"])
    }

    @Test(
        "GE-029 a handler that fails is removed after its terminate, with the error; the manager and the others live on"
    )
    func failure() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler(HandlerID(1)) { Scribe(journal, "a") }
            try await events.addHandler(HandlerID(2)) { Scribe(journal, "b") }
            try await events.addHandler(HandlerID(3)) { Scribe(journal, "c") }
            try await events.syncNotify("fail b")
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines.filter { !$0.hasPrefix("handler") } == [
                "c: fail b", "b: fail b", "b ends: failed (scribe broken)", "a: fail b", "[Scribe 3, Scribe 1]",
            ])
        #expect(lines.contains { $0.hasPrefix("handler Scribe 2 of event manager events") })
    }

    @Test("GE-030 GE-032 the owner of a handler that fails is told, by its id with its key, and the manager lives on")
    func supervisedFailure() throws {
        let lines = try events { events, me, journal in
            try await events.addSupervisedHandler(HandlerID("k"), for: me) {
                Scribe(journal)
            } onExit: {
                .text($0.short)
            }
            try await events.syncNotify("fail")
            journal.note("\(try await me.leftovers()) \(try await events.handlers())")
        }
        #expect(lines.last == #"["Scribe k failed (scribe broken)"] []"#)
    }

    @Test("GE-028 a handler that asks for it is removed, its terminate told so, and its owner")
    func remove() throws {
        let lines = try events { events, me, journal in
            try await events.addScribe(of: me, journal)
            try await events.syncNotify("remove")
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["scribe: remove", "scribe ends: removed", #"["Scribe normal"]"#])
    }

    @Test("a handler that asks for hibernation lets the manager hibernate; an event wakes it")
    func hibernate() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler { Mute() }
            try await events.addHandler { Scribe(journal) }
            try await events.syncNotify("hibernate")
            journal.note("\(try await SystemControl.status(of: events).hibernations)")
            try await events.syncNotify("more")
            journal.note("\(try await SystemControl.status(of: events).hibernations)")
        }
        #expect(lines == ["scribe: hibernate", "1", "scribe: more", "1"])
    }

    @Test("GE-034 any other message goes to the handlers that understand it, with the same rules")
    func info() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Mute() }
            try await events.addSupervisedHandler(HandlerID(1), for: me) {
                Scribe(journal, "a")
            } onExit: {
                .text($0.short)
            }
            events.inform(7)
            events.inform(1)
            try await events.addSupervisedHandler(HandlerID(2), for: me) {
                Scribe(journal, "b")
            } onExit: {
                .text($0.short)
            }
            events.inform(0)
            journal.note("\(try await me.leftovers()) \(try await events.handlers())")
        }
        #expect(
            lines.filter { !$0.hasPrefix("handler") } == [
                "a: 7", "a: remove", "a ends: removed", "b: fail", "b ends: failed (scribe broken)",
                #"["Scribe 1 normal", "Scribe 2 failed (scribe broken)"] [Mute]"#,
            ])
    }

    @Test("GE-036 a message that no handler understands removes nobody, and is reported with the handlers")
    func notUnderstood() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler { Mute() }
            events.inform(1.5)
            journal.note("\(try await events.handlers())")
        }
        #expect(lines.count == 2 && lines.last == "[Mute]")
        #expect(lines[0].hasSuffix("understands 1.5; there are Mute"))
    }

    @Test("GE-037 GE-038 a call goes to one handler alone, and returns its answer; an unknown handler is an error")
    func call() throws {
        let lines = try events { events, _, journal in
            try await events.addHandler(HandlerID(1)) { Scribe(journal, "a") }
            try await events.addHandler(HandlerID(2)) { Scribe(journal, "b") }
            journal.note(try await events.call(HandlerID<Scribe>(1)) { .name($0) })
            await journal.note { try await events.call(HandlerID<Scribe>(3)) { .name($0) } }
            await journal.note { try await events.call(HandlerID<Scribe>(1)) { .drop($0) } }
        }
        #expect(lines == ["a", "threw there is no handler Scribe 3", "noReply"])
    }

    @Test("GE-039 a call whose time is over fails, and its late answer disturbs no later call")
    func timeout() throws {
        let lines = try events { events, me, journal in
            let id = try await events.addHandler { Scribe(journal) }
            for limit in [Duration.zero, .seconds(1)] {
                let latch = Latch()
                await journal.note { try await events.call(id, timeout: limit) { .wait(latch, $0) } }
                latch.open()
            }
            journal.note(try await events.call(id) { .name($0) })
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["timeout", "timeout", "scribe", "[]"])
    }

    @Test("GE-041 a handler may answer a call and ask to be removed")
    func removeInCall() throws {
        let lines = try events { events, _, journal in
            let id = try await events.addHandler { Scribe(journal) }
            journal.note(try await events.call(id) { .remove($0) })
            journal.note("\(try await events.handlers())")
        }
        #expect(lines == ["scribe ends: removed", "removed", "[]"])
    }

    @Test("GE-042 GE-043 a handler that fails in a call is removed; its caller gets the error, and its owner is told")
    func failInCall() throws {
        let lines = try events { events, me, journal in
            let id = try await events.addScribe(of: me, journal)
            await journal.note { try await events.call(id) { .fail($0) } }
            journal.note("\(try await me.leftovers()) \(try await events.handlers())")
        }
        #expect(lines.contains("threw handler Scribe failed and was removed: scribe broken"))
        #expect(lines.contains("scribe ends: failed (scribe broken)"))
        #expect(lines.last == #"["Scribe failed (scribe broken)"] []"#)
    }

    @Test(
        "GE-052 GE-055 status and states of the handlers, with their ids, while the manager runs or is suspended",
        arguments: [false, true])
    func states(isSuspended: Bool) throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Scribe(journal, "a") }
            try await events.addSupervisedHandler(HandlerID(2), for: me) {
                Scribe(journal, "b")
            } onExit: {
                .text($0.short)
            }
            if isSuspended { try await SystemControl.suspend(events) }
            journal.note(try await SystemControl.status(of: events).state ?? "none")
            for handler in try await SystemControl.handlers(of: events) {
                journal.note("\(handler.id): \(handler.state), \(handler.owner == me.pid)")
            }
            let names = try await SystemControl.handlerStates(of: events, Scribe.self) { $0.name }
            journal.note(names.map { "\($0.id) \($0.value)" }.joined(separator: ", "))
        }
        #expect(
            lines.prefix(4) == [
                "handlers [Scribe 2: scribe b, Scribe: scribe a]", "Scribe 2: scribe b, true",
                "Scribe: scribe a, false", "Scribe 2 b, Scribe a",
            ])
    }

    @Test("GE-054 the report of a failed handler: handler, manager, event, state as shown, reason; cut at the limit")
    func crashReport() throws {
        let reports = Locked<[HandlerCrashReport]>([])
        let virtual = VirtualNode()
        virtual.node.onReport { report in
            if case .other(let other) = report, let crash = other as? HandlerCrashReport {
                reports.with { $0.append(crash) }
            }
        }
        try virtual.run { me in
            let manager = EventManager<String>(name: "events")
            try await manager.start()
            try await manager.addHandler(HandlerID("x")) { Verbose() }
            try await manager.syncNotify(String(repeating: "e", count: 5_000))
        }
        let report = try #require(reports.with { $0.first })
        #expect("\(report.handler)" == "Verbose x" && report.managerNames == ["events"] && "\(report.error)" == "loud")
        #expect(report.lastMessage.hasPrefix("event eee") && report.lastMessage.count < 1_100)
        #expect(report.state?.hasPrefix("sss") == true && report.state.map { $0.count < 1_100 } == true)
    }

    @Test(
        "GE-056 states are replaced by a function, also while suspended; where it throws the old one stays, silently",
        arguments: [false, true])
    func replace(isSuspended: Bool) throws {
        let lines = try events { events, _, journal in
            try await events.addHandler(HandlerID(1)) { Scribe(journal, "a") }
            try await events.addHandler(HandlerID(2)) { Scribe(journal, "b") }
            if isSuspended { try await SystemControl.suspend(events) }
            try await SystemControl.replaceHandlerStates(of: events, Scribe.self) { id, scribe in
                scribe = Scribe(journal, scribe.name + "'")
                if id.key == "1" { throw Broken() }
            }
            if isSuspended { try await SystemControl.resume(events) }
            for number in 1...2 { journal.note(try await events.call(HandlerID<Scribe>(number)) { .name($0) }) }
        }
        #expect(lines == ["a", "b'"])
    }
}

/// Fails, with much to say.
private struct Verbose: EventHandler {
    func handleEvent(_ event: String) throws -> Next { throw Broken("loud") }
    func formatStatus(_ status: StatusContext) -> String { String(repeating: "s", count: 5_000) }
}
