import OTP
import OTPTestKit
import Testing

@Suite struct ServerCastTests {
    @Test("GS-069 a cast returns at once, and its handler may send to the sender")
    func cast() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.tell(me.ref, "hello"))
            journal.note("returned")
            journal.note(try await me.next())
        }
        #expect(lines == ["returned", "hello"])
    }

    @Test("GS-068 GS-070 GS-074 an idle timeout after a cast, and after an info")
    func idleTimeouts() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.within(.seconds(1)))
            try await me.sleep(for: .seconds(2))
            journal.note("next")
            server.send(.within(.seconds(1)))
            try await me.sleep(for: .seconds(2))
        }
        #expect(lines == ["idle", "next", "idle"])
    }

    @Test("GS-071 GS-075 GS-073 a stop from a cast or an info runs terminate with its reason")
    func stopFromHandlers() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            for kind in 0..<2 {
                let server = try await Subject.startLink(me) { Subject(journal) }
                if kind == 0 { server.cast(.stop(.shutdown)) } else { server.send(.stop(.shutdown)) }
                journal.note(try await me.next())
            }
        }
        #expect(lines == ["terminate (shutdown)", "EXIT (shutdown)", "terminate (shutdown)", "EXIT (shutdown)"])
    }

    @Test("GS-076 GS-082 a broadcast reaches those who are there and never fails; a stop through it runs terminate")
    func broadcast() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>("listener")
            let server = try await Subject.start(name: name) { Subject(journal) }
            [name, "nobody"].broadcast(.tell(me.ref, "heard"))
            journal.note(try await me.next())
            [name].broadcast(.stop(.shutdown))
            _ = await server.waitForEnd()
            [name].broadcast(.note("nobody hears this"))
            journal.note("alive \(server.isAlive)")
        }
        #expect(lines == ["heard", "terminate (shutdown)", "alive false"])
    }

    @Test("GS-077 GS-078 a call to several: the replies, and those who gave none")
    func multiCall() throws {
        let lines = try played { me, journal in
            let one = try await [ServerName<Subject>("one")].multiCall(timeout: nil) { .ping($0) }
            journal.note("\(one.replies.count) replies, failures \(one.failures.map { SceneLog.short($0.error) })")
            try await Subject.start(name: "one") { Subject(journal) }
            try await Subject.start(name: "two") { Subject(journal) }
            let names: [ServerName<Subject>] = ["one", "nobody", "two"]
            let all = try await names.multiCall { .ping($0) }
            journal.note("replies \(all.replies.map { "\($0.server) \($0.value)" })")
            journal.note("failures \(all.failures.map { "\($0.server) \(SceneLog.short($0.error))" })")
        }
        #expect(
            lines == [
                #"0 replies, failures ["noProcess"]"#, #"replies ["one pong", "two pong"]"#,
                #"failures ["nobody noProcess"]"#,
            ])
    }

    @Test("GS-079 a server that answers such a call with its last words is among the replies")
    func multiCallStops() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let server = try await Subject.startLink(me) { Subject(journal) }
            let result = try await [server].multiCall { .stop(.shutdown, $0) }
            journal.note("\(result.replies.map(\.value)) \(result.failures.count)")
            journal.note(try await me.next())
        }
        #expect(lines == ["terminate (shutdown)", #"["stopped"] 0"#, "EXIT (shutdown)"])
    }

    @Test("a call to several has one time limit for all, during which all are under way")
    func multiCallTimeout() throws {
        let lines = try played { me, journal in
            var servers: [ServerRef<Subject>] = []
            for _ in 0..<3 { servers.append(try await Subject.start { Subject(journal) }) }
            let before = me.node.now
            let all = try await servers.multiCall(timeout: .seconds(4)) { .later(.seconds(3), $0) }
            journal.note("\(all.replies.count) after \(me.node.now - before)")
            let late = try await servers.multiCall(timeout: .seconds(2)) { .later(.seconds(3), $0) }
            journal.note("\(late.failures.map { SceneLog.short($0.error) }) after \(me.node.now - before)")
            try await me.sleep(for: .seconds(10))
            journal.note("\(try await me.leftovers())")
            let nobody = try await [ServerRef<Subject>]().multiCall { .ping($0) }
            journal.note("\(nobody.replies.count) \(nobody.failures.count)")
        }
        #expect(
            lines == [
                "3 after 3.0 seconds", #"["timeout", "timeout", "timeout"] after 5.0 seconds"#, "[]", "0 0",
            ])
    }

    @Test("GS-081 a cast to nobody does nothing, whatever the kind of name")
    func castToNobody() throws {
        let lines = try played { me, journal in
            for name in everyKindOfName(Subject.self, "nobody") { name.cast(.note("never")) }
            let server = try await Subject.start { Subject(journal) }
            try await server.stop()
            server.cast(.note("never"))
            server.send(.note("never"))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["terminate (normal)", "[]"])
    }

    @Test("GS-084 where every kind of address leads, and that an unknown name leads nowhere")
    func whereIs() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            journal.note("\(server.whereIs() == server)")
            for name in everyKindOfName(Subject.self) {
                journal.note("\(name.whereIs() == nil)")
                try name.register(server)
                journal.note("\(name.whereIs() == server) \(name.pid == server.pid)")
            }
        }
        #expect(lines == ["true"] + Array(repeating: ["true", "true true"], count: 3).flatMap { $0 })
    }
}
