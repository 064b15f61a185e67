import OTP
import OTPTestKit
import Testing

@Suite struct EnterLoopTests {
    @Test("GS-121 GS-123 a process that began by itself goes on as a server, under any kind of name", arguments: 0..<4)
    func entersLoop(kind: Int) throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let name: ServerName<Subject>? = kind == 3 ? nil : everyKindOfName(Subject.self)[kind]
            let (server, value) = try await Subject.spawnStart(isLinked: true) { its, started in
                try name?.register(its.ref)
                started("ready")
                journal.note("after the acknowledgement")
                return .enter(Subject(journal), as: name)
            }
            journal.note(value)
            if let name { journal.note("\(name.whereIs() == server)") }
            await journal.note { try await server.call { .ping($0) } }
            server.cast(.stop(.shutdown))
            journal.note(try await me.next())
        }
        let named = kind == 3 ? [] : ["true"]
        #expect(
            lines.sorted()
                == (["after the acknowledgement", "ready"] + named
                + ["pong", "terminate (shutdown)", "EXIT (shutdown)"]).sorted())
    }

    @Test("the first step of the loop is the one given, instead of handleStart's")
    func firstStep() throws {
        let lines = try played { me, journal in
            let (server, _) = try await Subject.spawnStart { its, started in
                started(1)
                return .enter(
                    Subject(journal, first: .continue([.note("handleStart")])),
                    first: .receive(within: .seconds(5), else: .idle))
            }
            try await me.sleep(for: .seconds(4))
            journal.note("alive \(server.isAlive)")
            try await me.sleep(for: .seconds(2))
        }
        #expect(lines == ["alive true", "idle"])
    }

    @Test("GS-122 GS-127 to enter under a name that is not one's own ends the process", arguments: 0..<3)
    func wrongName(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Subject.self)[kind]
            for isTaken in [false, true] {
                if isTaken { try await Subject.start(name: name) { Subject(journal) } }
                let (server, _) = try await Subject.spawnStart { its, started in
                    started(1)
                    try await pause(for: .seconds(1))
                    return .enter(Subject(journal), as: name)
                }
                journal.note("\(String(describing: await server.waitForEnd()))")
            }
            await journal.note { try await name.call { .ping($0) } }
        }
        let name = ["subject", "global subject", "phonebook subject"][kind]
        let end = "error: the process is not registered as \(name)"
        #expect(
            lines == [
                "report Subject (\(end))", "Optional(\(end))", "report Subject (\(end))", "Optional(\(end))", "pong",
            ])
    }

    @Test("GS-125 GS-126 with a parent of any name, a stop runs terminate with its reason", arguments: [0, 1])
    func namedParent(kind: Int) throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            try everyKindOfName(PlainBehavior<Notice>.self, "parent")[kind].register(me.ref.server)
            let (server, parent) = try await Subject.spawnStart(isLinked: true) { its, started in
                started(its.parent)
                return .enter(Subject(journal))
            }
            journal.note("\(parent == me.pid)")
            server.cast(.stop(.shutdown(detail: "as told")))
            journal.note(try await me.next())
        }
        #expect(lines == ["true", "terminate (shutdown: as told)", "EXIT (shutdown: as told)"])
    }

    @Test("a process that enters without having acknowledged is a failed start")
    func notAcknowledged() throws {
        let lines = try played { me, journal in
            await journal.note {
                _ = try await Subject.spawnStart { (_, _: StartAcknowledgement<Int>) in .enter(Subject(journal)) }
            }
            await journal.note {
                _ = try await Subject.spawnStart(timeout: .seconds(1)) { (_, _: StartAcknowledgement<Int>) in
                    try await pause(for: .seconds(10))
                    return .enter(Subject(journal))
                }
            }
        }
        let end = "error: the process entered its loop without having acknowledged its start"
        #expect(lines == ["report Subject (\(end))", "failed (\(end))", "timeout"])
    }
}
