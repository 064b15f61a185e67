import OTP
import OTPTestKit
import Testing

@Suite struct MachineEnterTests {
    private static let stay: @Sendable (inout Told, Told.State, Told.State) throws -> MachineEntry<Told> = { _, _, _ in
        .stay
    }

    @Test("SM-049 the first enter call has the first state as the new and as the old one")
    func first() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal, in: .number(1), onEnter: Self.stay) }
            _ = try await machine.state()
        }
        #expect(lines == ["enter number(1) from number(1)"])
    }

    @Test("SM-050 SM-054 a change of state: replies, then the enter call, then inserted events, then others")
    func change() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start {
                Told(
                    journal,
                    onEnter: { told, _, _ in
                        told.journal.note("answered \(told.kept.allSatisfy { !$0.isWanted })")
                        return .stay
                    })
            }
            let asked: RequestID<String> = machine.sendRequest {
                .ask("go", $0) { told, _, reply in
                    told.kept = [reply]
                    return .next(.busy, .insert("inserted"), .reply(reply, "going"))
                }
            }
            machine.tell("other")
            journal.note(SceneLog.short(try await asked.wait()))
            _ = try await machine.state()
            machine.tell("same") { _, _ in .next(.busy) }
            _ = try await machine.state()
        }
        #expect(
            lines.filter { $0 != "reply going" } == [
                "enter idle from idle", "answered true", "idle: call go", "enter busy from idle", "answered true",
                "busy: internal inserted", "busy: cast other", "busy: cast same",
            ])
    }

    @Test("SM-051 an enter call may ask to be repeated, from the same old state, until it is content")
    func repeated() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start {
                Told(
                    journal,
                    onEnter: { told, _, _ in
                        told.count += 1
                        return told.count == 2 || told.count == 3 ? .repeat : .stay
                    })
            }
            machine.tell("go") { _, _ in .next(.busy) }
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: cast go", "enter busy from idle", "enter busy from idle",
                "enter busy from idle",
            ])
    }

    @Test("SM-052 to repeat a state runs its enter call from itself, and retries and cancels nothing")
    func repeatState() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal, onEnter: Self.stay) }
            machine.tell("set") { _, _ in .keep(.stateTimeout(.seconds(1), .say("still"))) }
            machine.tell("later") { _, _ in .postpone }
            machine.tell("again") { _, _ in .repeat }
            try await me.sleep(for: .seconds(2))
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: cast set", "idle: cast later", "idle: cast again",
                "enter idle from idle", "idle: timeout still",
            ])
    }

    @Test("SM-055 an enter call may answer, and set timeouts behind those of the transition")
    func answers() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start {
                Told(
                    journal,
                    onEnter: { told, state, _ in
                        guard state == .busy else { return .stay }
                        return .stay(
                            .reply(told.kept[0], "from the enter call"), .stateTimeout(.seconds(1), .say("hers")))
                    })
            }
            await journal.note {
                try await machine.ask("go") { told, _, reply in
                    told.kept = [reply]
                    return .next(.busy, .stateTimeout(.seconds(5), .say("its")))
                }
            }
            try await me.sleep(for: .seconds(10))
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: call go", "enter busy from idle", "from the enter call",
                "busy: timeout hers",
            ])
    }

    @Test("SM-057 to end with answers: the answers, then terminate, with the data as the handler left it")
    func stopAndReply() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let machine = try await Told.startLink(me) { Told(journal, onEnter: Self.stay) }
            await journal.note {
                try await machine.ask("end") { told, _, reply in
                    told.throwsInTerminate = Exit(.shutdown(detail: "data of the handler"))
                    return .stop(.shutdown(detail: "asked"), .reply(reply, "bye"))
                }
            }
            journal.note(try await me.next())
        }
        #expect(
            lines.filter { $0 != "bye" } == [
                "enter idle from idle", "idle: call end", "terminate (shutdown: asked) in idle",
                "EXIT (shutdown: data of the handler)",
            ])
        #expect(lines.contains("bye"))
    }

    @Test("an enter call may end the machine: terminate sees the new state; one that throws leaves the old one")
    func endsInEnter() throws {
        let lines = try played { me, journal in
            for fails in [false, true] {
                let machine = try await Told.start {
                    Told(
                        journal,
                        onEnter: { _, state, _ in
                            if state == .idle { return .stay }
                            if fails { throw Broken() }
                            return .stop(.shutdown)
                        })
                }
                machine.tell("go") { _, _ in .next(.busy) }
                _ = await machine.waitForEnd()
            }
        }
        #expect(
            lines == [
                "enter idle from idle", "idle: cast go", "enter busy from idle", "terminate (shutdown) in busy",
                "enter idle from idle", "idle: cast go", "enter busy from idle", "terminate (error: broken) in idle",
                "report Told (error: broken)",
            ])
    }

    @Test("an enter call that ends the machine when a kept call was put back: its caller hears the reason of the end")
    func putBackAndEnded() throws {
        let lines = try played { me, journal in
            let keeper = try await Keeper.start { Keeper() }
            let asked: RequestID<String> = keeper.sendRequest { .keep($0) }
            await journal.note("go") { try await keeper.call { .go($0) } }
            journal.note(SceneLog.short(try await asked.wait()))
            let quick = try await QuickKeeper.start { QuickKeeper() }
            let kept: RequestID<String> = quick.sendRequest { .keep($0) }
            // So that it is idle, and the next call runs on this thread.
            try await me.sleep(for: .seconds(1))
            await journal.note("go") { try await quick.call { .go($0) } }
            journal.note(SceneLog.short(try await kept.wait()))
        }
        let both = ["go: exited (error: entered)", "exited (error: entered)"]
        #expect(lines.filter { !$0.hasPrefix("report ") } == both + both)
    }
}

private enum KeeperCall: Sendable { case keep(Reply<String>), go(Reply<Void>) }
private enum KeeperState: Sendable { case idle, bad }

/// Keeps a call, and puts it back when it goes where it cannot stay.
private struct Keeper: GenStateMachine {
    typealias Call = KeeperCall
    typealias State = KeeperState
    let initialState = State.idle
    private var kept: Call?

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async -> Transition {
        switch event {
        case .call(.go):
            let kept = self.kept
            self.kept = nil
            return .next(.bad, actions: kept.map { [.insert(event: .call($0))] } ?? [])
        case .call(let call):
            kept = call
            return .keep
        }
    }
    func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        state == .bad ? .stop(.error(Broken("entered"))) : .stay
    }
}

/// The same, handled on its callers' threads.
private struct QuickKeeper: SynchronousGenStateMachine {
    typealias Call = KeeperCall
    typealias State = KeeperState
    let initialState = State.idle
    private var kept: Call?

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch event {
        case .call(.go):
            let kept = self.kept
            self.kept = nil
            return .next(.bad, actions: kept.map { [.insert(event: .call($0))] } ?? [])
        case .call(let call):
            kept = call
            return .keep
        }
    }
    func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        state == .bad ? .stop(.error(Broken("entered"))) : .stay
    }
}
