import OTP
import OTPTestKit
import Testing

@Suite struct MachineLoopEntryTests {
    @Test(
        "SM-095 a process that began by itself goes on as a machine in a given state, under any kind of name",
        arguments: 0..<4)
    func enters(kind: Int) throws {
        let lines = try played { me, journal in
            let name: ServerName<Told>? = kind == 3 ? nil : everyKindOfName(Told.self)[kind]
            let (machine, value) = try await Told.spawnStart(isLinked: true) { its, started in
                try name?.register(its.ref)
                started("ready")
                return .enter(
                    Told(journal, first: [.insert("not this")]), in: .number(5), as: name, .insert("this first"))
            }
            journal.note("\(value) \(name?.whereIs() == (kind == 3 ? nil : machine))")
            await journal.note { try await machine.state() }
            await journal.note { try await machine.stop() }
        }
        #expect(
            lines.filter { $0 != "number(5): internal this first" } == [
                "ready true", "number(5)", "terminate (normal) in number(5)", "ok",
            ])
        #expect(lines.contains("number(5): internal this first"))
    }

    @Test("a machine that was entered, and traps exits, ends by its parent's shutdown, with its terminate")
    func parentEnds() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let (machine, _) = try await Told.spawnStart(isLinked: true) { its, started in
                its.trapExits { .exit($0) }
                started(1)
                return .enter(Told(journal))
            }
            _ = try await machine.state()
            me.sendExit(.shutdown, to: machine.pid)
            journal.note(try await me.next())
        }
        #expect(lines == ["terminate (shutdown) in idle", "EXIT (shutdown)"])
    }

    @Test("SM-096 to enter under a name that is not one's own ends the process", arguments: 0..<3)
    func wrongName(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Told.self)[kind]
            let (machine, _) = try await Told.spawnStart { its, started in
                started(1)
                try await pause(for: .seconds(1))
                return .enter(Told(journal), as: name)
            }
            if case .error(let error as NameError)? = await machine.waitForEnd() { journal.note("\(error.code)") }
        }
        #expect(lines.last == "notRegistered")
    }
}
