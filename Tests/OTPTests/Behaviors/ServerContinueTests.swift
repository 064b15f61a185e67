import OTP
import OTPTestKit
import Testing

@Suite struct ServerContinueTests {
    @Test("GS-110 a continuation of the start comes before what the process sent to itself in init")
    func atStart() throws {
        let lines = try played { me, journal in
            try await Subject.start { its in
                its.send(.note("sent in init"))
                return Subject(journal, first: .continue([.note("first")]))
            }
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["continue first", "info sent in init"])
    }

    @Test("GS-111 a call with a continuation: the reply is out, then the continuation, then the next message")
    func afterReply() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            me.ask(server) {
                .proceed([.note("one")], $0)
            } then: {
                .text(SceneLog.short($0))
            }
            server.cast(.note("behind"))
            try await me.sleep(for: .seconds(1))
            journal.note(try await me.next())
        }
        #expect(lines == ["continue one", "cast behind", "reply ok"])
    }

    @Test("GS-112 a continuation may answer the call that asked for it")
    func answersLater() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            await journal.note { try await server.call { .keepAndProceed([.answerKept("from continue")], $0) } }
        }
        #expect(lines == ["from continue"])
    }

    @Test("GS-113 casts and infos may ask for a continuation, too")
    func fromOthers() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.proceed([.note("of a cast")]))
            server.send(.proceed([.note("of an info")]))
            server.cast(.note("last"))
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["continue of a cast", "continue of an info", "cast last"])
    }

    @Test("GS-114 a continuation of a continuation still comes before any message")
    func nested() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.proceed([.note("one"), .more([.note("two"), .more([.note("three")])])]))
            server.cast(.note("behind"))
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["continue one", "continue two", "continue three", "cast behind"])
    }

    @Test("GS-115 a continuation may stop the server, and monitors see the reason")
    func stops() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            me.monitor(server) { .down($0) }
            server.cast(.proceed([.stop(.normal)]))
            journal.note(try await me.next())
        }
        #expect(lines == ["terminate (normal)", "DOWN (normal)"])
    }

    @Test("a continuation may set an idle timeout")
    func idle() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.proceed([.within(.seconds(1))]))
            try await me.sleep(for: .seconds(2))
        }
        #expect(lines == ["idle"])
    }

    @Test("a continuation that never ends can be killed, and lets others run")
    func endless() throws {
        let lines = try played { me, journal in
            let server = try await Endless.start { Endless() }
            server.cast(.begin)
            try await me.yield()
            let other = try await Bare.start { Bare() }
            await journal.note { try await other.call { .ping($0) } }
            server.sendExit(.shutdown)
            journal.note("\(String(describing: await server.waitForEnd()))")
        }
        #expect(lines == ["pong", "Optional(shutdown)"])
    }
}

/// Goes on for ever.
private struct Endless: GenServer {
    enum Cast: Sendable { case begin }
    enum Continuation: Sendable { case more }
    func handleCast(_ cast: Cast, _ me: Me) -> Next { .continue(.more) }
    func handleContinue(_ step: Continuation, _ me: Me) -> Next { .continue(.more) }
}
