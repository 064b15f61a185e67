import OTPTestKit
import Testing

@testable import OTP

@Suite struct ApplicationStopTests {
    @Test("AP-016 a stop also kills the processes that the application has started outside its tree")
    func strays() {
        playApplications { stage in
            let applications = stage.applications
            let strays = LockedBox<[PID]>([])
            let stray: @Sendable () -> PID = {
                spawn { _ in
                    strays.withLock { $0.append(spawn { _ in await untilCancelled() }.pid) }
                    await untilCancelled()
                }.pid
            }
            DatabaseApp.hook("start").put({ strays.withLock { $0.append(stray()) } }, isPersistent: true)
            DatabaseApp.tree.put(
                Supervisor("database", .oneForOne) {
                    Worker.child {
                        strays.withLock { $0.append(stray()) }
                        return Worker()
                    }
                }, isPersistent: true)
            try await applications.start(DatabaseApp.self)
            let other = spawn { _ in await untilCancelled() }
            try await stage.scene.settle()
            let all = strays.get()
            try check(all.count, is: 4)
            for pid in all {
                try check(scene(stage).isAlive(pid))
                try check(applications.application(of: pid), is: ApplicationID(DatabaseApp.self))
            }
            try await applications.stop(DatabaseApp.self)
            for pid in all { try check(!scene(stage).isAlive(pid)) }
            try check(other.isAlive)
            try check(applications.application(of: other.pid) == nil)
        }
    }

    @Test("AP-016 a stop also kills those that others start while they are ended")
    func relay() async throws {
        for _ in 0..<20 {
            let node = Node(name: "relay", workers: 4)
            node.silence()
            RelayApp.hops.set(0)
            try await node.with {
                try await node.applications.start(RelayApp.self)
                let tree = try #require(node.applications.tree(of: RelayApp.self))
                let clan = try #require(tree.server.cell.origin?.clan)
                while RelayApp.hops.get() < 300 { try await Task.sleep(for: .microseconds(100)) }
                try await node.applications.stop(RelayApp.self)
                // Whoever was killed while he started another is through with that in a moment.
                var (hops, rounds) = (0, 0)
                repeat {
                    hops = RelayApp.hops.get()
                    try await Task.sleep(for: .milliseconds(5))
                    rounds += 1
                } while rounds < 1_000 && RelayApp.hops.get() != hops
                #expect(rounds < 1_000)
                #expect(!node.table.unsorted.contains { $0.origin?.clan === clan })
            }
            await node.shutdown()
        }
    }

    @Test("AP-017 if its own process is killed, its tree ends, and it is told of that and its stop called all the same")
    func masterKilled() {
        playApplications { stage in
            try await stage.applications.start(DatabaseApp.self)
            let tree = try need(stage.applications.tree(of: DatabaseApp.self))
            _ = stage.journal.take()
            try await stage.killMaster(of: DatabaseApp.self)
            try check(!tree.isAlive)
            try check(stage.journal.take(), is: ["prepare Database", "stop Database"])
            try check(stage.running, is: [])
        }
    }

    @Test("AP-016, AP-017 if its own process is killed, what its stop starts ends with it all the same")
    func strayOfTheUndertaker() {
        playApplications { stage in
            let strays = LockedBox<[PID]>([])
            let start: @Sendable () -> Void = {
                let pid = spawn { _ in await untilCancelled() }.pid
                strays.withLock { $0.append(pid) }
            }
            DatabaseApp.hook("prepare").put(start)
            DatabaseApp.hook("stop").put(start)
            try await stage.applications.start(DatabaseApp.self)
            try await stage.killMaster(of: DatabaseApp.self)
            try check(strays.get().count, is: 2)
            for pid in strays.get() { try check(!scene(stage).isAlive(pid)) }
            try check(stage.running, is: [])
        }
    }

    @Test("AP-020 at a shutdown what was asked for is called with the reason, and waited for, before anything stops")
    func onShutdown() {
        playApplications { stage in
            let applications = stage.applications
            let journal = stage.journal
            let gate = Gate()
            try await applications.onShutdown { reason in
                await gate.pass()
                journal.note("\(reason)")
            }
            try await applications.ensureAllStarted(CacheApp.self)
            _ = journal.take()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await applications.shutdown() }
                try await stage.scene.settle()
                try check(stage.running, is: ["Database", "Cache"])
                let code = try await applicationRefusal { try await applications.start(MetricsApp.self) }
                try check(code, is: "Metrics shuttingDown")
                gate.open()
                try await group.waitForAll()
            }
            try check(
                journal.take(),
                is: ["requested", "prepare Cache", "stop Cache", "prepare Database", "stop Database"])
            try check(stage.running, is: [])
            try await applications.start(MetricsApp.self)
        }
    }

    @Test("AP-017 if its own process is killed while it stops, nothing is called twice")
    func masterKilledWhileStopping() {
        playApplications { stage in
            let applications = stage.applications
            CacheApp.hook("prepare").put({ await untilCancelled() }, isPersistent: true)
            try await applications.ensureAllStarted(CacheApp.self)
            let master = try need(applications.tree(of: CacheApp.self)?.server.cell.origin?.parent)
            _ = stage.journal.take()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await applications.stop(CacheApp.self) }
                try await stage.scene.settle()
                try await stage.scene.end(master, .kill)
                try await group.waitForAll()
            }
            try check(stage.journal.take(), is: ["prepare Cache", "stop Cache"])
        }
    }

    /// A node on threads with the two applications, whose callbacks are noted.
    private static func nodeWithCache() async throws -> (Node, Journal) {
        let node = Node(name: "down", workers: 2)
        node.silence()
        let journal = Journal()
        try await node.with {
            CacheApp.journal.put(journal, isPersistent: true)
            DatabaseApp.journal.put(journal, isPersistent: true)
            try await node.applications.ensureAllStarted(CacheApp.self)
        }
        _ = journal.take()
        return (node, journal)
    }

    @Test("AP-020 a shutdown of the node calls what was asked for, then stops applications as their own shutdown does")
    func nodeShutdown() async throws {
        let (node, journal) = try await Self.nodeWithCache()
        try await node.applications.onShutdown { journal.note("\($0)") }
        #expect(await node.shutdown() == [])
        #expect(
            journal.take() == ["requested", "prepare Cache", "stop Cache", "prepare Database", "stop Database"])
    }

    @Test("AP-021 a shutdown of the node whose application hangs kills it, and goes on with the others")
    func nodeShutdownDeadline() async throws {
        let node = Node(name: "down", workers: 2)
        node.silence()
        let other = LockedBox<ProcessRef<Never>?>(nil)
        try await node.with {
            DatabaseApp.hook("prepare").put({ await untilCancelled() }, isPersistent: true)
            try await node.applications.start(DatabaseApp.self)
            other.set(node.spawn { _ in await untilCancelled() })
        }
        await node.shutdown(deadline: .milliseconds(50))
        #expect(node.applications.running.isEmpty && node.processes.isEmpty)
        #expect(other.get()?.isAlive == false)
    }

    @Test("AP-021 a shutdown of the node keeps its deadline when the controller of the applications does not answer")
    func nodeShutdownWithoutAnswer() async throws {
        let node = Node(name: "mute", workers: 2)
        node.silence()
        try await node.with { try await node.applications.start(DatabaseApp.self) }
        let controller = try #require(ApplicationController.running(on: node))
        try await SystemControl.suspend(controller)
        let clock = ContinuousClock()
        let begun = clock.now
        await node.shutdown(deadline: .milliseconds(100))
        #expect(clock.now - begun < .seconds(30))
        #expect(node.processes.isEmpty)
    }

    @Test("AP-020 a shutdown of the node by a caller who is cancelled stops the applications in order")
    func cancelledNodeShutdown() async throws {
        let (node, journal) = try await Self.nodeWithCache()
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { await node.shutdown(deadline: .seconds(30)) }
        }
        #expect(journal.take() == ["prepare Cache", "stop Cache", "prepare Database", "stop Database"])
    }

    @Test func `a process of an application may ask for the end of all, its own among them, and goes on`() {
        playApplications { stage in
            let name: ServerName<Admin> = "admin"
            DatabaseApp.tree.put(
                Supervisor(.oneForOne) { Admin.child(name: name) { Admin($0) } }, isPersistent: true)
            try await stage.applications.ensureAllStarted(CacheApp.self)
            _ = stage.journal.take()
            let node = stage.scene.me.node
            let begun = node.now
            name.cast(.endAll)
            while !stage.running.isEmpty { try await stage.scene.me.sleep(for: .milliseconds(10)) }
            try check(node.now - begun < .seconds(1))
            try check(
                stage.journal.take(), is: ["prepare Cache", "stop Cache", "prepare Database", "stop Database"])
        }
    }

    @Test func `to begin a shutdown where no application has ever run does nothing`() {
        playApplications { stage in
            stage.applications.beginShutdown()
            try check(stage.scene.me.node.processes.count, is: 1)
        }
    }

    @Test("AP-021 a shutdown takes no longer than it may, whatever hangs: a child, a callback, or what it calls first")
    func deadline() {
        for hang in ["child", "prepare", "stop", "shutdown", "start"] {
            playApplications { stage in
                let applications = stage.applications
                let node = stage.scene.me.node
                switch hang {
                case "child":
                    CacheApp.tree.put(Supervisor(.oneForOne) { ChildSpec.stubborn("s", shutdown: .infinity) })
                    // Set again by the load.
                    CacheApp.tree.put(
                        Supervisor(.oneForOne) { ChildSpec.stubborn("s", shutdown: .infinity) }, isPersistent: true)
                case "shutdown": try await applications.onShutdown { _ in await untilCancelled() }
                case "start":
                    MetricsApp.hook("start").put({ await untilCancelled() }, isPersistent: true)
                default: CacheApp.hook(hang).put({ await untilCancelled() }, isPersistent: true)
                }
                try await applications.ensureAllStarted(CacheApp.self)
                if hang == "start" {
                    spawn { _ in try? await applications.start(MetricsApp.self) }
                    try await stage.scene.settle()
                }
                let begun = node.now
                try await applications.shutdown(within: .seconds(1))
                try check(node.now - begun <= .milliseconds(1001), "\(hang): \(node.now - begun)")
                try check(stage.running, is: [])
                try check(stage.journal.take().contains("start Cache"))
            }
        }
    }

    @Test func `the earlier of two time limits counts`() {
        playApplications { stage in
            let applications = stage.applications
            let node = stage.scene.me.node
            CacheApp.hook("prepare").put({ await untilCancelled() }, isPersistent: true)
            try await applications.ensureAllStarted(CacheApp.self)
            let begun = node.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await applications.shutdown(within: .seconds(100)) }
                try await stage.scene.settle()
                group.addTask { try await applications.shutdown(within: .seconds(1)) }
                try await group.waitForAll()
            }
            try check(node.now - begun <= .milliseconds(1001))
        }
    }

    @Test("AP-022 asking for its tree while it stops waits for nothing")
    func askedWhileStopping() {
        playApplications { stage in
            let applications = stage.applications
            let asked = LockedBox(false)
            let tree = LockedBox<SupervisorRef?>(nil)
            DatabaseApp.hook("prepare").put(
                {
                    tree.set(Node.current.applications.tree(of: DatabaseApp.self))
                    asked.set(Node.current.applications.running.isEmpty)
                }, isPersistent: true)
            try await applications.start(DatabaseApp.self)
            let running = applications.tree(of: DatabaseApp.self)
            try await applications.stop(DatabaseApp.self)
            try check(tree.get(), is: running)
            try check(asked.get())
            try check(applications.tree(of: DatabaseApp.self) == nil)
        }
    }

    @Test func `a stop that takes too long kills the application alone`() {
        playApplications { stage in
            let applications = stage.applications
            let reports = LockedBox<[String]>([])
            stage.scene.me.node.onReport { report in
                if case .other(let report as ApplicationReport) = report { reports.withLock { $0.append("\(report)") } }
            }
            CacheApp.hook("prepare").put({ await untilCancelled() }, isPersistent: true)
            try await applications.ensureAllStarted(CacheApp.self, as: .permanent)
            try await applications.stop(CacheApp.self, within: .seconds(1))
            try check(stage.running, is: ["Database"])
            try check(reports.get(), is: ["application Cache did not end in time and was killed"])
        }
    }

    @Test func `one that is started while it stops is started when it has stopped`() {
        playApplications { stage in
            let applications = stage.applications
            let gate = Gate()
            DatabaseApp.hook("stop").put({ await gate.pass() }, isPersistent: true)
            try await applications.start(DatabaseApp.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await applications.stop(DatabaseApp.self) }
                try await stage.scene.settle()
                group.addTask { try await applications.start(DatabaseApp.self) }
                try await stage.scene.settle()
                gate.open()
                try await group.waitForAll()
            }
            try check(stage.running, is: ["Database"])
            try check(
                stage.journal.take(), is: ["start Database", "prepare Database", "stop Database", "start Database"])
        }
    }

    @Test func `one that is stopped while it starts is stopped when it has started`() {
        playApplications { stage in
            let applications = stage.applications
            let gate = Gate()
            DatabaseApp.hook("start").put({ await gate.pass() }, isPersistent: true)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await applications.start(DatabaseApp.self) }
                try await stage.scene.settle()
                group.addTask { try await applications.stop(DatabaseApp.self) }
                try await stage.scene.settle()
                gate.open()
                try await group.waitForAll()
            }
            try check(stage.running, is: [])
            try check(stage.journal.take(), is: ["start Database", "prepare Database", "stop Database"])
        }
    }
}

/// Starts a process that starts the next one and ends, and so on.
private struct RelayApp: OTPApplication {
    func start() -> Supervisor {
        Self.relay()
        return Supervisor(.oneForOne) {}
    }
    static let hops = LockedBox(0)
    @Sendable static func relay() {
        hops.withLock { $0 += 1 }
        spawn { _ in relay() }
    }
}

/// Ends all applications on request.
private struct Admin: GenServer {
    enum Cast: Sendable { case endAll }
    enum Info: Sendable { case exit(ExitMessage) }

    init(_ me: Me) { me.trapExits { .exit($0) } }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        me.node.applications.beginShutdown()
        return .receive
    }
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }
}

private func scene(_ stage: ApplicationStage) -> Node { stage.scene.me.node }
