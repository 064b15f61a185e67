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

    @Test("what a probe monitors, with an alias or without, is not monitored, and nobody is tied to a probe")
    func noTies() throws {
        let result = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let probe = TestProbe<Everything>()
            probe.me.monitor(other.pid) { .down($0) }
            let made = probe.me.monitor(other.pid, alias: .demonitor) { .down($0) }
            _ = probe.me.monitor(ServerName<Subject>("nobody at all"), alias: .explicit) { .down($0) }
            let wasOpen = made.alias.deactivate()
            // From the other side: it is as if it had ended.
            let monitor = me.monitor(probe.me.pid) { .down($0) }
            me.monitor(probe.me.ref) { .down($0) }
            let down = try await me.receive(within: .zero)
            let isOurs = if case .down(let message)? = down { message.monitor == monitor } else { false }
            #expect(throws: CallError.self) { try me.link(to: probe.me.ref) }
            #expect(throws: NameError.self) { try ServerName<Everything>("probe").register(probe.me.ref) }
            let ties = me.node.snapshot(of: other.pid)
            return (
                probe.log, other.pid, wasOpen, ties?.monitoredBy, me.node.snapshot(of: me.pid)?.monitors.count,
                isOurs, me.node.registeredNames.count
            )
        }
        #expect(result.0 == [.monitoring(result.1), .monitoring(result.1), .monitoring(nil)])
        #expect(result.2 && result.5)
        #expect(result.3 == [])
        #expect(result.4 == 0)
        #expect(result.6 == 0)
    }

    @Test("a probe starts no process, whatever the kind, and what it gets leads nowhere")
    func startsNothing() throws {
        let result = try staged { me in
            let before = me.node.processCount
            let probe = TestProbe<Everything>()
            let plain = probe.me.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
            let (watched, _) = probe.me.spawnMonitor(receiving: Int.self, { .down($0) }) { _ = try await $0.receive() }
            let aliased = probe.me.spawnMonitor(receiving: Int.self, alias: .explicit, { .down($0) }) { its, _ in
                _ = try await its.receive()
            }
            let server = try await Subject.startLink(probe.me) { Subject(SceneLog()) }
            let quick = try await Quick.startLink(probe.me) { Quick() }
            let (other, _) = try await Subject.startMonitor(probe.me, down: { .down($0) }) { Subject(SceneLog()) }
            let tree = try await Supervisor("tree", .oneForOne) {}.startLink(probe.me)
            await #expect(throws: StartError.self) {
                try await probe.me.spawnStartMonitor(receiving: Int.self, down: { .down($0) }) { its, started in
                    started(1)
                    _ = try await its.receive()
                }
            }
            do {
                _ = try await server.call { .echo(1, $0) }
                Issue.record("answered")
            } catch let error as CallError { guard case .noProcess = error.code else { throw error } }
            let living = [
                plain.isAlive, watched.isAlive, aliased.process.isAlive, server.isAlive, quick.isAlive, other.isAlive,
                me.node.isAlive(tree.pid),
            ]
            try await me.sleep(for: .seconds(1))
            return (probe.log.map(\.description), living, me.node.processCount - before)
        }
        let started = result.0.filter { $0.hasPrefix("started") }
        #expect(
            started == [
                "started process", "started process", "started process", "started Subject", "started Quick",
                "started Subject", "started tree", "started process",
            ])
        #expect(result.0.count == started.count + 3, "three are monitored")
        #expect(!result.1.contains(true))
        #expect(result.2 == 0)
    }

    @Test(
        "what a probe changes in a registry, of which groups it wants to hear, and how long it sleeps, is noted alone")
    func registries() async throws {
        let registry: RegistryName<String, Int> = "of a probe"
        let groups: ProcessGroups<String> = "of a probe"
        let probe = TestProbe<Everything>()
        try registry.register("key", 1, for: probe.me)
        let updated = try registry.updateValue("key", for: probe.me) { $0 + 1 }
        registry.unregisterMatch("key", for: probe.me) { _ in true }
        let heard = try await groups.monitor(for: probe.me) { _ in .tick }
        try await probe.me.sleep(for: .seconds(3600))
        probe.me.whenEnded { _ in Issue.record("nothing ends") }
        #expect(updated == nil && heard.members.isEmpty)
        #expect(
            probe.log == [
                .registered("of a probe key"), .updated("of a probe key"), .unregistered("of a probe key"),
                .monitoringGroups("of a probe"), .slept(.seconds(3600)), .awaitingEnd,
            ])
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
