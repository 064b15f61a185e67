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

    @Test("GE-018 GE-020 ids may change in a swap, and the new handler gets what the old one's terminate returned")
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
            let old = try await events.addScribe(of: me, journal)
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
            try await events.addScribe(of: me, journal)
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

    @Test("a handler may put another in its place when it handles a message or a call; its owner keeps the new one")
    func ownerAfterOtherSwaps() throws {
        let lines = try events { events, me, journal in
            for how in 1...2 {
                try await events.addSupervisedHandler(for: me) {
                    Chameleon(journal: journal)
                } onExit: {
                    .text($0.short)
                }
                if how == 1 {
                    events.inform(1)
                } else {
                    journal.note(try await events.call(HandlerID<Chameleon>()) { .swap(2, $0) })
                }
                journal.note(try await events.call(HandlerID<Heir>(how)) { .inheritance($0) })
                try await events.syncNotify("fail heir")
                journal.note("\(try await me.leftovers()) \(try await events.handlers())")
            }
        }
        #expect(
            lines.filter { !$0.hasPrefix("h") } == [
                "colours", #"["Chameleon swapped to Heir 1", "Heir 1 failed (heir broken)"] []"#, "swapped", "colours",
                #"["Chameleon swapped to Heir 2", "Heir 2 failed (heir broken)"] []"#,
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
            lines == ["scribe ends: swapped (())", "swapped", "[Heir]"])
    }

    @Test(
        "a swap that a handler asks for leaves its place to the new one; asked for by others the new one is the newest")
    func place() throws {
        let lines = try events { events, _, journal in
            for number in 1...3 { try await events.addHandler(HandlerID(number)) { Scribe(journal, "\(number)") } }
            try await events.syncNotify("swap 2")
            journal.note("\(try await events.handlers())")
            try await events.swapHandler(HandlerID<Scribe>(1), for: HandlerID<Heir>(1)) { Heir(journal, after: $0) }
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines.filter { $0.hasPrefix("[") } == ["[Scribe 3, Heir 2, Scribe 1]", "[Heir 1, Scribe 3, Heir 2]"])
    }

    @Test("GE-023 a supervised swap whose new handler cannot be made: who asks gets the error, the old one is gone")
    func supervisedFails() throws {
        let lines = try events { events, me, journal in
            let old = try await events.addHandler { Scribe(journal) }
            await journal.note {
                try await events.swapSupervisedHandler(old, for: HandlerID<Heir>(), owner: me) { _ -> Heir in
                    throw Broken("no heir")
                } onExit: {
                    .text($0.short)
                }
            }
            journal.note("\(try await events.handlers()) \(try await me.leftovers())")
        }
        #expect(
            lines == ["scribe ends: swapped (())", "threw handler Heir was not installed: no heir", "[] []"])
    }

    @Test("when somebody else's swap fails, the owner of the old handler learns that nobody came in its place")
    func ownerOfFailedSwap() throws {
        let lines = try events { events, me, journal in
            let old = try await events.addScribe(of: me, journal)
            let stranger = spawn { _ in
                _ = try? await events.swapHandler(old, for: HandlerID<Heir>()) { _ -> Heir in throw Broken("no heir") }
            }
            _ = await stranger.waitForEnd()
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines.last == #"["Scribe swapped to Heir", "Heir failed (no heir)"]"#)
    }

    @Test(
        "a handler in whose place another is to come that cannot be made: both are gone, that is reported, owner told")
    func failsInEvent() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Mute() }
            try await events.addSupervisedHandler(for: me) {
                Quitter()
            } onExit: {
                .text($0.short)
            }
            try await events.syncNotify("quit")
            journal.note("\(try await me.leftovers()) \(try await events.handlers())")
        }
        #expect(lines.count == 2 && lines[0].hasPrefix("handler Quitter of event manager events"))
        #expect(
            lines.last == #"["Quitter swapped to Mute again", "Mute again failed (no successor)"] [Mute]"#)
    }

    @Test("a manager that is killed in the middle of a swap takes the owner along, as he is linked to it all the time")
    func killedMeanwhile() throws {
        let lines = try events { events, me, journal in
            me.trapExits { .exit($0) }
            let old = try await events.addScribe(of: me, journal)
            let latch = Latch()
            spawn { _ in
                _ = try? await events.swapHandler(old, for: HandlerID<Heir>()) { last in
                    await latch.wait()
                    return Heir(journal, after: last)
                }
            }
            try await me.sleep(for: .milliseconds(1))
            events.sendExit(.kill)
            latch.open()
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines.last == #"["Scribe swapped to Heir", "EXIT (killed)"]"#)
    }

    @Test("an owner that ends in the middle of a swap: the new handler is removed, and told why, once")
    func ownerEndsMeanwhile() throws {
        let lines = try events { events, me, journal in
            try await events.addHandler { Mourner(journal: journal) }
            let latch = Latch()
            let owner = spawn(receiving: Notice.self) { its in
                try await events.addScribe(of: its, journal)
                _ = try await its.receive()
                throw Exit(.shutdown(detail: "gone"))
            }
            try await me.sleep(for: .milliseconds(1))
            let swapper = spawn { _ in
                _ = try await events.swapHandler(HandlerID<Scribe>(), for: HandlerID<Scribe>("new")) { _ in
                    await latch.wait()
                    return Scribe(journal, "new")
                }
            }
            // Told of the swap he ends, while the new one is being made.
            _ = await owner.waitForEnd()
            latch.open()
            _ = await swapper.waitForEnd()
            journal.note("\(try await events.handlers())")
        }
        #expect(
            lines == [
                "scribe ends: swapped (())", "new ends: owner ended (shutdown: gone)", "EXIT (shutdown: gone)",
                "[Mourner]",
            ])
    }

    @Test("when the new handler of a swap cannot be made, the owner is let go")
    func letGo() throws {
        let lines = try events { events, me, journal in
            me.trapExits { .exit($0) }
            let old = try await events.addScribe(of: me, journal)
            await journal.note {
                try await events.swapHandler(old, for: HandlerID<Heir>()) { _ -> Heir in throw Broken("no heir") }
            }
            events.sendExit(.kill)
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines.last == #"["Scribe swapped to Heir", "Heir failed (no heir)"]"#)
    }

    @Test("a terminate that throws in a swap is reported; the new handler is given nothing")
    func terminateThrows() throws {
        let lines = try events { events, _, journal in
            let old = try await events.addHandler { Scribe(journal, endFails: true) }
            let new = try await events.swapHandler(old, for: HandlerID<Heir>()) { Heir(journal, after: $0) }
            journal.note(try await events.call(new) { .inheritance($0) })
        }
        #expect(
            lines.count == 3 && lines[0] == "scribe ends: swapped (())" && lines[2] == "nothing"
                && lines[1].contains("handler Scribe of event manager")
                && lines[1].hasSuffix(
                    "failed and was removed: no end; last message: swap for Heir; state: scribe scribe")
        )
    }

    @Test("who comes without a predecessor is told apart from who comes after one that had nothing to say")
    func noPredecessor() throws {
        let lines = try events { events, _, journal in
            for _ in 0..<2 {
                try await events.swapHandler(HandlerID<Quiet>(), for: HandlerID<Quiet>()) { last in
                    switch last {
                    case .none: journal.note("none")
                    case .some: journal.note("one that said nothing")
                    }
                    return Quiet()
                }
            }
        }
        #expect(lines == ["none", "one that said nothing"])
    }

    @Test("a manager hibernates after a swap if the new handler is to, whoever asks for the swap")
    func hibernates() throws {
        let lines = try events { events, me, journal in
            let first = try await events.addHandler { Quiet() }
            try await events.swapHandler(first, for: HandlerID<Quiet>("a"), hibernates: true) { _ in Quiet() }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await SystemControl.status(of: events).hibernations)")
            try await events.swapSupervisedHandler(
                HandlerID<Quiet>("a"), for: HandlerID<Quiet>("b"), owner: me, hibernates: true
            ) { _ in
                Quiet()
            } onExit: {
                .text($0.short)
            }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await SystemControl.status(of: events).hibernations)")
            try await events.syncNotify("swap")
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await SystemControl.status(of: events).hibernations)")
        }
        #expect(lines == ["1", "2", "3"])
    }

    @Test("the old owner is told who takes over, and is let go; the new one is told of what comes later")
    func ownerChanges() throws {
        let lines = try events { events, me, journal in
            let first = spawn(receiving: Notice.self) { its in
                its.trapExits { .exit($0) }
                try await events.addScribe(of: its, journal)
                while let notice = try await its.receive(within: .seconds(2)) { journal.note("first: \(notice.short)") }
                journal.note("first lives")
            }
            try await me.sleep(for: .seconds(1))
            try await events.swapSupervisedHandler(HandlerID<Scribe>(), for: HandlerID<Heir>(), owner: me) {
                Heir(journal, after: $0)
            } onExit: {
                .text($0.short)
            }
            journal.note("\(try await SystemControl.handlers(of: events).map(\.owner) == [me.pid])")
            me.trapExits { .exit($0) }
            events.sendExit(.kill)
            _ = await first.waitForEnd()
            journal.note("\(try await me.leftovers())")
        }
        #expect(
            lines == [
                "scribe ends: swapped (())", "first: Scribe swapped to Heir", "true", "first lives",
                #"["EXIT (killed)"]"#,
            ]
                || lines == [
                    "scribe ends: swapped (())", "true", "first: Scribe swapped to Heir", "first lives",
                    #"["EXIT (killed)"]"#,
                ])
    }
}

/// Gives way to one that cannot be made.
private struct Quitter: EventHandler {
    func handleEvent(_ event: String) -> Next {
        event == "quit" ? .swap(to: HandlerID<Mute>("again")) { _ in throw Broken("no successor") } : .keep
    }
}

/// Has nothing to say at its end; gives way to one of its kind.
private struct Quiet: EventHandler {
    func handleEvent(_ event: String) -> Next {
        .swap(to: HandlerID<Quiet>("c"), hibernates: true) { _ in Quiet() }
    }
    func terminate(_ end: HandlerEnd) -> String? { nil }
}

/// Gives way to an heir, by message and by call.
private struct Chameleon: EventHandler {
    enum Call: Sendable { case swap(Int, Reply<String>) }
    let journal: SceneLog

    func handleEvent(_ event: String) -> Next { .keep }
    func handleInfo(_ info: Int) -> Next { swap(to: info) }
    func handleCall(_ call: Call) -> Next {
        switch call {
        case .swap(let key, let reply):
            reply("swapped")
            return swap(to: key)
        }
    }
    func terminate(_ end: HandlerEnd) -> String { "colours" }

    private func swap(to key: Int) -> Next {
        .swap(to: HandlerID<Heir>(key)) { [journal] in Heir(journal, after: $0) }
    }
}
