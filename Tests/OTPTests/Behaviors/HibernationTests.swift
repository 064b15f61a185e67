import OTP
import OTPTestKit
import Testing

@Suite struct HibernationTests {
    @Test("GS-116 every handler may hibernate; the server wakes up by itself with its state intact")
    func everyHandler() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal, first: .hibernate) }
            await journal.note { try await server.call { .hibernate($0) } }
            await journal.note { try await server.call { .hibernateSilently($0) } }
            server.cast(.hibernate)
            server.send(.hibernate)
            await journal.note { try await server.call { .ping($0) } }
            journal.note("\(try await SystemControl.status(of: server).hibernations)")
            try await SystemControl.suspend(server)
            try await SystemControl.resume(server)
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["ok", "later", "pong", "5", "pong"])
    }

    @Test("with hibernateAfter a server hibernates once after each silence, and any message puts it off")
    func hibernateAfter() throws {
        let lines = try played { me, journal in
            let options = ServerOptions(hibernateAfter: .seconds(10))
            let server = try await Subject.start(options: options) { Subject(journal) }
            let count = { try await SystemControl.status(of: server).hibernations }
            try await me.sleep(for: .seconds(9))
            journal.note("\(try await count())")
            try await me.sleep(for: .seconds(2))
            journal.note("\(try await count())")
            try await me.sleep(for: .seconds(1000))
            journal.note("\(try await count())")
            for _ in 0..<10 {
                server.cast(.hibernateNothing)
                try await me.sleep(for: .seconds(9))
            }
            journal.note("\(try await count())")
            try await me.sleep(for: .seconds(1000))
            journal.note("\(try await count())")
        }
        #expect(lines == ["0", "1", "1", "1", "2"])
    }

    @Test("a synchronous server hibernates after a silence as well, wherever its calls were handled")
    func synchronousServer() async throws {
        let lines = try played { me, journal in
            let quick = try await Quick.start(options: ServerOptions(hibernateAfter: .seconds(10))) { Quick() }
            for _ in 0..<2 {
                await journal.note { try await quick.call { .add(1, $0) } }
                try await me.sleep(for: .seconds(20))
                journal.note("\(try await SystemControl.status(of: quick).hibernations)")
            }
        }
        #expect(lines == ["1", "1", "2", "2"])
    }
}

extension Subject.Cast {
    /// Some message that does nothing.
    fileprivate static var hibernateNothing: Subject.Cast { .answerKept("") }
}
