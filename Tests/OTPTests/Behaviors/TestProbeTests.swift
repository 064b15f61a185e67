import OTP
import OTPTestKit
import Testing

@Suite struct TestProbeTests {
    @Test("handlers are called without a runtime, and their calls answered")
    func calls() async throws {
        let probe = TestProbe<Subject>()
        let log = SceneLog()
        var subject = Subject(log)
        let (echo, next) = try await probe.call(&subject) { .echo(7, $0) }
        #expect(echo == 7)
        guard case .receive = next.kind else { throw Broken("\(next)") }
        let (ok, idle) = try await probe.call(&subject) { .within(.seconds(3), $0) }
        #expect(ok == "ok" && "\(idle)" == "receive(within: 3.0 seconds, else: idle)")
        let (none, _) = try await probe.call(&subject) { .keep($0) }
        #expect(none == nil)
        let (last, stop) = try await probe.call(&subject) { .stop(.shutdown, $0) }
        #expect(last == "stopped" && "\(stop)" == "stop(shutdown)")
        await #expect(throws: Broken.self) { try await probe.call(&subject) { .fail(Broken(), $0) } }
        _ = try subject.handleCast(.note("a"), probe.me)
        #expect(log.lines == ["cast a"])
    }

    @Test("a synchronous server is called without waiting")
    func synchronousCalls() throws {
        let probe = TestProbe<Quick>()
        var quick = Quick()
        #expect(try probe.call(&quick) { .add(2, $0) }.reply == 2)
        #expect(try probe.call(&quick) { .add(3, $0) }.reply == 5)
        #expect(quick.sum == 5 && probe.log.isEmpty)
    }

    @Test("no timer is set for what is no process: nobody would take it out when the probe is gone")
    func noTimers() throws {
        let probe = TestProbe<Everything>()
        let ref = probe.me.ref
        #expect(ref.send(.tick, after: .seconds(60)).cancel() == nil)
        #expect(ref.send(.tick, every: .seconds(60)).cancel() == nil)
    }

    @Test("everything that a handler asks of its context is noted, and nothing happens")
    func log() throws {
        let probe = TestProbe<Everything>()
        let server = Everything()
        let other = PID("<0.7.0>")!
        _ = server.handleCast(.doAll(other), probe.me)
        #expect(
            probe.log.map(\.description) == [
                "sent tick", "scheduled tick after 1.0 seconds", "scheduled tick every 2.0 seconds",
                "monitoring nobody", "linked to <0.7.0>", "unlinked from <0.7.0>", "traps exits",
                "no longer traps exits", "sent an exit signal to <0.7.0>", "labelled busy", "started a task",
                "asked echo(1, →Int)",
            ])
        #expect(probe.log.contains(.scheduled("tick", after: .seconds(1))))
        probe.clearLog()
        #expect(probe.log.isEmpty)
    }

    @Test("messages for tests of handlers can be made by anybody")
    func messages() throws {
        let reply = Reply<Int>.probe
        #expect(reply.isWanted && reply.description == "→Int")
        reply(1)
        #expect(!reply.isWanted)
        let down = DownMessage(monitor: .probe, pid: PID("<0.1.0>")!, reason: .normal)
        let exit = ExitMessage(pid: PID("<0.1.0>")!, reason: .shutdown)
        #expect(down.reason.isNormal && exit.reason.isExpected)
    }
}

/// Asks everything of its context.
private struct Everything: GenServer {
    enum Cast: Sendable { case doAll(PID) }
    enum Info: Sendable { case tick, down(DownMessage), exit(ExitMessage), outcome(Bool) }

    func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .doAll(let pid):
            me.send(.tick)
            me.send(.tick, after: .seconds(1))
            me.send(.tick, every: .seconds(2))
            me.monitor(ServerName<Subject>("nobody at all")) { .down($0) }
            try? me.link(to: pid)
            me.unlink(from: pid)
            me.trapExits { .exit($0) }
            me.untrapExits()
            me.sendExit(.shutdown, to: pid)
            me.label("busy")
            me.start {
                true
            } then: { _ in
                .outcome(true)
            }
            me.ask(ServerName<Subject>("nobody at all")) {
                .echo(1, $0)
            } then: { _ in
                .outcome(false)
            }
            return .receive
        }
    }

    func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }
}
