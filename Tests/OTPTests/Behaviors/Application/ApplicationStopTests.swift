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

    @Test("AP-017 if its own process is killed, its tree ends and its stop is still called")
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

private func scene(_ stage: ApplicationStage) -> Node { stage.scene.me.node }
