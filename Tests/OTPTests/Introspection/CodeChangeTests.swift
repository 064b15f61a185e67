import OTP
import OTPTestKit
import Testing

@Suite struct CodeChangeTests {
    @Test("another type takes over: state converted, process, name, references and waiting messages kept")
    func takesOver() throws {
        let lines = try played { me, journal in
            let name = ServerName<PlainCounter>("counter")
            let old = try await PlainCounter.start(name: name) { PlainCounter(count: 7) }
            try await SystemControl.suspend(old)
            old.cast(.add(1))
            try await SystemControl.changeCode(of: name, to: DoublingCounter.self) {
                DoublingCounter($0.count, journal: journal)
            }
            try await SystemControl.resume(old)
            journal.note("\(try await old.call { .value($0) }) \(try await name.call { .value($0) })")
            journal.note("\(name.pid == old.pid)")
            journal.note("\(try await SystemControl.state(of: old, as: DoublingCounter.self).count)")
            journal.note("\(try await SystemControl.status(of: old).state ?? "none")")
            try await old.stop()
            journal.note("\(name.whereIs() == nil)")
        }
        #expect(lines == ["9 9", "true", "9", "doubling, 9", "doubling ended (normal)", "true"])
    }

    @Test("a conversion that throws is refused, and the old type goes on with its state")
    func refused() throws {
        let lines = try played { me, journal in
            let server = try await PlainCounter.start { PlainCounter(count: 7) }
            await journal.note {
                try await SystemControl.changeCode(of: server, to: DoublingCounter.self) { _ in throw Broken("not yet")
                }
            }
            server.cast(.add(1))
            journal.note("\(try await server.call { .value($0) })")
        }
        #expect(lines == ["threw the function threw not yet; the process goes on as before", "8"])
    }

    @Test("a third version takes over from the second; whoever expects the first is refused")
    func thirdVersion() throws {
        let lines = try played { me, journal in
            let server = try await PlainCounter.start { PlainCounter(count: 1) }
            try await SystemControl.changeCode(of: server, to: DoublingCounter.self) { DoublingCounter($0.count) }
            await journal.note {
                try await SystemControl.changeCode(of: server, to: PlainCounter.self) { $0 }
            }
            await journal.note { try await SystemControl.state(of: server).count }
            try await SystemControl.changeCode(of: server, from: DoublingCounter.self) { PlainCounter(count: $0.count) }
            server.cast(.add(1))
            journal.note("\(try await server.call { .value($0) })")
        }
        let refusal = "threw the state is of type DoublingCounter, not PlainCounter"
        #expect(lines == [refusal, refusal, "2"])
    }

    @Test("what the successor asks of its process happens: timers, monitors, timeouts, steps, stop with an answer")
    func contextOfSuccessor() throws {
        let lines = try played { me, journal in
            let server = try await PlainCounter.start { PlainCounter(count: 1, journal: journal) }
            try await SystemControl.changeCode(of: server) { DoublingCounter($0.count, journal: journal) }
            let other = try await PlainCounter.start { PlainCounter(count: 0) }
            server.cast(.watch(other))
            try await me.sleep(for: .milliseconds(1))
            try await other.stop()
            try await me.sleep(for: .seconds(3))
            journal.note("\(try await server.call { .stop($0) })")
            journal.note("\(server.isAlive)")
        }
        #expect(
            lines == [
                "successor down normal", "successor tick", "successor step", "doubling ended (normal)", "6", "false",
            ])
    }

    @Test(
        "a successor that throws crashes the process, with its state in the report, and its supervisor starts the old type"
    )
    func crash() throws {
        let lines = try played { me, journal in
            let name = ServerName<PlainCounter>("counter")
            let tree = try await Supervisor(.oneForOne) { PlainCounter.child(name: name) { PlainCounter(count: 1) } }
                .start()
            try await SystemControl.changeCode(of: name, to: DoublingCounter.self) { DoublingCounter($0.count) }
            let first = name.whereIs()
            name.cast(.fail)
            _ = await first?.waitForEnd(timeout: .seconds(5))
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await name.call { .value($0) })")
            try await tree.stop()
        }
        #expect(lines == ["report PlainCounter (error: broken)", "1"])
    }

    @Test("a synchronous server is taken over as well, by a type that is not; it never runs on a caller's thread then")
    func synchronous() throws {
        let lines = try played { me, journal in
            let server = try await Plus.start { Plus() }
            journal.note("\(try await server.call { .value($0) })")
            try await SystemControl.changeCode(of: server) { _ in Minus() }
            journal.note("\(try await server.call { .value($0) })")
            try await SystemControl.changeCode(of: server, from: Minus.self) { _ in Plus() }
            journal.note("\(try await server.call { .value($0) })")
        }
        #expect(lines == ["1", "-1", "1"])
    }
}

private struct PlainCounter: GenServer {
    enum Call: Sendable { case value(Reply<Int>), stop(Reply<Int>) }
    enum Cast: Sendable { case add(Int), watch(ServerRef<PlainCounter>), fail }
    enum Info: Sendable { case down(DownMessage), tick }
    enum Continuation: Sendable { case step }
    var count: Int
    var journal: SceneLog?

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply): return reply(count)
        case .stop(let reply): return .stop(replying: reply, count)
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        if case .add(let number) = cast { count += number }
        return .receive
    }
    func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }
    func handleContinue(_ step: Continuation, _ me: Me) -> Next { .receive }
}

private struct DoublingCounter: GenServer {
    typealias Call = PlainCounter.Call
    typealias Cast = PlainCounter.Cast
    typealias Info = PlainCounter.Info
    typealias Continuation = PlainCounter.Continuation
    var count: Int
    var journal: SceneLog?

    init(_ count: Int, journal: SceneLog? = nil) {
        self.count = count
        self.journal = journal
    }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .value(let reply): return reply(count)
        case .stop(let reply): return .stop(replying: reply, count)
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .add(let number): count += 2 * number
        case .watch(let other): me.monitor(other) { .down($0) }
        case .fail: throw Broken()
        }
        return .receive
    }
    mutating func handleInfo(_ info: Info, _ me: Me) async -> Next {
        await Task.yield()
        switch info {
        case .down(let message):
            journal?.note("successor down \(message.reason)")
            return .receive(within: .seconds(1), else: .tick)
        case .tick:
            journal?.note("successor tick")
            return .continue(.step)
        }
    }
    mutating func handleContinue(_ step: Continuation, _ me: Me) -> Next {
        journal?.note("successor step")
        count += 5
        return .receive
    }
    func terminate(reason: ExitReason, _ me: Me) {
        journal?.note("doubling ended (\(reason))")
    }
    func formatStatus(_ status: StatusContext) -> String { "doubling, \(count)" }
}

private enum Question: Sendable { case value(Reply<Int>) }

private struct Plus: SynchronousGenServer {
    func handleCall(_ call: Question, _ me: Me) -> Next {
        switch call {
        case .value(let reply): reply(1)
        }
    }
}

private struct Minus: SynchronousGenServer {
    func handleCall(_ call: Question, _ me: Me) -> Next {
        switch call {
        case .value(let reply): reply(-1)
        }
    }
}
