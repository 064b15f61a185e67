import OTP
import OTPTestKit
import Testing

@Suite struct ServerStopTests {
    @Test("GS-030 SP-041 a stop returns when the server is dead, with reason normal")
    func stop() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let server = try await Subject.startLink(me) { Subject(journal) }
            await journal.note("stop") { try await server.stop() }
            journal.note("alive \(server.isAlive)")
            journal.note(try await me.next())
        }
        #expect(lines == ["terminate (normal)", "stop: ok", "alive false", "EXIT (normal)"])
    }

    @Test("GS-031 GS-041 SP-042 to stop what is dead or unknown is an error that spells out the request")
    func stopDead() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.sendExit(.kill)
            _ = await server.waitForEnd()
            await journal.note { try await server.stop() }
            await journal.note { try await ServerName<Subject>("nobody").stop() }
            do { try await ServerName<Subject>("nobody").stop(reason: .shutdown) } catch { journal.note("\(error)") }
        }
        #expect(lines == ["noProcess", "noProcess", "call nobody stop shutdown found no process"])
    }

    @Test("GS-032 SP-047 a stop with a reason succeeds when the server ended with exactly that")
    func stopReason() throws {
        let lines = try played { me, journal in
            for reason in [ExitReason.shutdown, .shutdown(detail: "x"), .error(Broken())] {
                let server = try await Subject.start { Subject(journal) }
                me.monitor(server) { .down($0) }
                await journal.note("stop") { try await server.stop(reason: reason, timeout: nil) }
                journal.note(try await me.next())
            }
        }
        #expect(
            lines == [
                "terminate (shutdown)", "stop: ok", "DOWN (shutdown)",
                "terminate (shutdown: x)", "stop: ok", "DOWN (shutdown: x)",
                "terminate (error: broken)", "report Subject (error: broken)", "stop: ok", "DOWN (error: broken)",
            ])
    }

    @Test("SP-045 a server that does not end in time is not killed, and ends some time")
    func stopTimeout() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let latch = Latch()
            me.ask(server, timeout: nil) {
                .wait(latch, $0)
            } then: {
                .text(SceneLog.short($0))
            }
            try await me.sleep(for: .seconds(1))
            let before = me.node.now
            await journal.note("stop") { try await server.stop(timeout: .seconds(2)) }
            journal.note("after \(me.node.now - before), alive \(server.isAlive)")
            latch.open()
            journal.note(try await me.next())
            journal.note("ended \(String(describing: await server.waitForEnd()))")
        }
        #expect(
            lines == [
                "stop: timeout", "after 2.0 seconds, alive true", "terminate (normal)", "reply waited",
                "ended Optional(normal)",
            ])
    }

    @Test("GS-033 a stop with a time below zero is refused, and the server lives on")
    func stopBelowZero() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "server") { Subject(journal) }
            let bare = try await Bare.start { Bare() }
            await journal.note { try await server.stop(reason: .error(Broken()), timeout: .seconds(-1)) }
            await journal.note { try await ServerName<Subject>("server").stop(timeout: .nanoseconds(-1)) }
            await journal.note { try await bare.stop(timeout: .seconds(-1)) }
            try await me.sleep(for: .seconds(1))
            journal.note("alive \(server.isAlive) \(bare.isAlive)")
            await journal.note { try await ServerName<Subject>("nobody").stop(timeout: .seconds(-1)) }
        }
        #expect(lines == ["timeout", "timeout", "timeout", "alive true true", "noProcess"])
    }

    @Test("GS-043 a server is stopped by its name, also with a reason; under a name that nobody has nobody is found")
    func stopNamed() throws {
        let lines = try played { me, journal in
            for reason in [ExitReason.normal, .shutdown] {
                let server = try await Subject.start(name: "stack") { Subject(journal) }
                await journal.note("stop") { try await ServerName<Subject>("stack").stop(reason: reason) }
                journal.note("alive \(server.isAlive)")
                await journal.note("again") { try await ServerName<Subject>("stack").stop(reason: reason) }
            }
        }
        #expect(
            lines == [
                "terminate (normal)", "stop: ok", "alive false", "again: noProcess",
                "terminate (shutdown)", "stop: ok", "alive false", "again: noProcess",
            ])
    }

    @Test("GS-034 GS-036 GS-037 a stop by a name of any kind; repeated, nobody is there", arguments: [0, 1, 2])
    func stopByName(kind: Int) throws {
        let lines = try played { me, journal in
            let name = everyKindOfName(Subject.self)[kind]
            let server = try await Subject.start(name: name) { Subject(journal) }
            await journal.note("stop") { try await name.stop() }
            journal.note("alive \(server.isAlive), free \(name.whereIs() == nil)")
            await journal.note("again") { try await name.stop() }
        }
        #expect(lines == ["terminate (normal)", "stop: ok", "alive false, free true", "again: noProcess"])
    }

    @Test("GS-035 a name on this node, named by its node, is the local name")
    func stopOnThisNode() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start(name: "here") { Subject(journal) }
            let node = me.node
            await journal.note("stop") { try await node.with { try await ServerName<Subject>("here").stop() } }
            journal.note("alive \(server.isAlive)")
            await journal.note("again") { try await node.with { try await ServerName<Subject>("here").stop() } }
        }
        #expect(lines == ["terminate (normal)", "stop: ok", "alive false", "again: noProcess"])
    }

    @Test("GS-042 a server that stops itself from a handler is refused and may go on")
    func stopSelf() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            await journal.note { try await server.call { .stopSelf($0) } }
            await journal.note { try await server.call { .ping($0) } }
        }
        #expect(lines == ["callingSelf", "pong"])
    }

    @Test("SP-044 GS-130 a terminate that throws replaces the reason, and the stop says with which the server ended")
    func stopReplaced() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let server = try await Subject.startLink(me) { Subject(journal, throwsInTerminate: Broken("clean-up")) }
            await journal.note("stop") { try await server.stop() }
            journal.note(try await me.next())
        }
        #expect(
            lines == [
                "terminate (normal)", "report Subject (error: clean-up)", "stop: exited (error: clean-up)",
                "EXIT (error: clean-up)",
            ])
    }

    @Test("SP-046 with a time limit of zero the request is sent all the same")
    func stopZero() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            me.monitor(server) { .down($0) }
            await journal.note("stop") { try await server.stop(timeout: .zero) }
            journal.note(try await me.next())
        }
        #expect(lines == ["stop: timeout", "terminate (normal)", "DOWN (normal)"])
    }

    @Test("an exit of who has started it neither linked nor monitored is a message like any other's to one that traps")
    func looseParent() throws {
        let lines = try played { me, journal in
            let loose = try await Trapper.start { Trapper($0, journal) }
            me.sendExit(.shutdown, to: loose.pid)
            _ = try await loose.call { .ping($0) }
            let (watched, _) = try await Trapper.startMonitor(me, down: { .down($0) }) { Trapper($0, journal) }
            me.sendExit(.shutdown, to: watched.pid)
            journal.note(try await me.next())
            try await loose.stop()
        }
        #expect(lines == ["EXIT (shutdown)", "terminate (shutdown)", "DOWN (shutdown)", "terminate (normal)"])
    }

    @Test("GS-139 GS-140 a server without terminate ends with the reason that it is stopped with")
    func withoutTerminate() throws {
        let lines = try played { me, journal in
            for reason in [ExitReason.normal, .shutdown(detail: "enough")] {
                let server = try await Bare.start { Bare() }
                me.monitor(server) { .down($0) }
                await journal.note("stop") { try await server.stop(reason: reason) }
                journal.note(try await me.next())
            }
        }
        #expect(lines == ["stop: ok", "DOWN (normal)", "stop: ok", "DOWN (shutdown: enough)"])
    }

    @Test("GS-146 an error inside terminate is not taken for a missing one")
    func errorInTerminate() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal, throwsInTerminate: Broken("undefined")) }
            await journal.note("stop") { try await server.stop(reason: .shutdown) }
        }
        #expect(
            lines == [
                "terminate (shutdown)", "report Subject (error: undefined)", "stop: exited (error: undefined)",
            ])
    }

    @Test("what is in the mailbox before a stop is handled before it, what comes after is not")
    func stopInOrder() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            server.cast(.note("before"))
            await journal.note("stop") { try await server.stop() }
            server.cast(.note("after"))
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["cast before", "terminate (normal)", "stop: ok"])
    }

    @Test("a child's terminate may take as long as its supervisor waits for it, and no longer", arguments: 0..<3)
    func terminateOfAChild(how: Int) throws {
        let lines = try played { me, journal in
            let shutdown: Shutdown = [.within(.seconds(60)), .infinity, .within(.seconds(2))][how]
            let tree = try await Supervisor(.oneForOne) {
                SlowEnd.child("slow", shutdown: shutdown) { SlowEnd(journal: journal) }
            }.start()
            let before = me.node.now
            try await tree.stop()
            journal.note("after \(me.node.now - before)")
        }
        let expected = how == 2 ? ["after 2.0 seconds"] : ["cleaned up", "after 10.0 seconds"]
        #expect(lines.filter { !$0.hasPrefix("report") } == expected)
    }

    @Test("of two who stop a server at once with one reason both succeed, with two the later one is told the other")
    func twoStops() throws {
        let lines = try played { me, journal in
            for reasons in [[ExitReason.normal, .normal], [.normal, .shutdown]] {
                let server = try await SlowEnd.start { SlowEnd(journal: journal, time: .seconds(1)) }
                let stops = reasons.map { reason in
                    spawn { _ in await journal.note("\(reason)") { try await server.stop(reason: reason) } }
                }
                for stop in stops { _ = await stop.waitForEnd() }
            }
        }
        #expect(
            lines.prefix(4) == ["cleaned up", "normal: ok", "normal: ok", "cleaned up"]
                && lines.dropFirst(4).sorted() == ["normal: ok", "shutdown: exited (normal)"])
    }

    @Test("a trapping server whose parent ends normally ends with it, suspended or not, unless it is unlinked")
    func parentEnds() throws {
        let lines = try played { me, journal in
            for how in ["runs", "is suspended", "is unlinked"] {
                let name = ServerName<Trapper>("child")
                let parent = spawn(receiving: Int.self) { its in
                    let child = try await Trapper.startLink(its, name: name) { Trapper($0, journal) }
                    if how == "is unlinked" { its.unlink(from: child.pid) }
                    _ = try await its.receive()
                }
                try await me.sleep(for: .seconds(1))
                journal.note(how)
                if how == "is suspended" { try await SystemControl.suspend(name) }
                parent.send(1)
                try await me.sleep(for: .seconds(1))
                journal.note("alive \(name.pid != nil)")
            }
        }
        #expect(
            lines == [
                "runs", "terminate (normal)", "alive false", "is suspended", "terminate (normal)", "alive false",
                "is unlinked", "alive true",
            ])
    }

    @Test("a stop with a final reply answers after terminate")
    func finalReply() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            await journal.note { try await server.call { .stop(.shutdown, $0) } }
        }
        #expect(lines == ["terminate (shutdown)", "stopped"])
    }

    @Test("so it does when terminate throws; the server ends with that error")
    func finalReplyAfterFailure() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal, throwsInTerminate: Broken("clean-up")) }
            me.monitor(server) { .down($0) }
            await journal.note { try await server.call { .stop(.normal, $0) } }
            journal.note(try await me.next())
        }
        #expect(
            lines.filter { !$0.hasPrefix("report") } == ["terminate (normal)", "stopped", "DOWN (error: clean-up)"])
    }

    @Test("so it does when terminate waits: whoever gets the answer knows that the server has cleaned up")
    func finalReplyAfterWaiting() throws {
        let lines = try played { me, journal in
            let server = try await SlowEnd.start { SlowEnd(journal: journal, time: .seconds(1)) }
            await journal.note { try await server.call { .stop($0) } }
        }
        #expect(lines == ["cleaned up", "stopped"])
    }
}

/// A server with nothing but its calls.
struct Bare: GenServer {
    enum Call: Sendable { case ping(Reply<String>) }
    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .ping(let reply): reply("pong")
        }
    }
}

/// Takes its time to clean up.
private struct SlowEnd: GenServer {
    enum Call: Sendable { case stop(Reply<String>) }
    let journal: SceneLog
    var time = Duration.seconds(10)

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .stop(let reply): .stop(replying: reply, "stopped")
        }
    }

    func terminate(reason: ExitReason, _ me: Me) async throws {
        try await pause(for: time)
        journal.note("cleaned up")
    }
}

/// Traps exits and notes them.
private struct Trapper: GenServer {
    enum Call: Sendable { case ping(Reply<Int>) }
    enum Info: Sendable { case exit(ExitMessage) }
    let journal: SceneLog

    init(_ me: Me, _ journal: SceneLog) {
        self.journal = journal
        me.trapExits { .exit($0) }
    }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .ping(let reply): reply(1)
        }
    }

    func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .exit(let exit): journal.note("EXIT (\(exit.reason))")
        }
        return .receive
    }

    func terminate(reason: ExitReason, _ me: Me) { journal.note("terminate (\(reason))") }
}
