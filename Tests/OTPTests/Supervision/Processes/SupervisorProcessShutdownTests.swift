import OTPTestKit
import Testing

@testable import OTP

@Suite struct SupervisorProcessShutdownTests {
    @Test("SU-029 with shutdown infinity children end with shutdown, however long that takes")
    func infinity() {
        play { scene in
            let gate = Gate()
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    Worker.child("slow", shutdown: .infinity, options: ServerOptions(terminateLimit: nil)) {
                        var worker = Worker()
                        worker.gate = gate
                        return worker
                    }
                    ChildSpec.worker("worker", shutdown: .infinity)
                    Supervisor("branch", .oneForOne) {}
                })
            let ends = try await supervisor.children().map { scene.watch($0.pid!) }
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try await scene.me.sleep(for: .seconds(80_000))
            try check(supervisor.isAlive)
            gate.open()
            for end in ends { try check(try await scene.down(end), is: .shutdown) }
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test(
        "SU-025 SU-029 a changed shutdown is how long the child may take",
        arguments: [Shutdown.infinity, .within(.seconds(60))])
    func changedShutdown(_ shutdown: Shutdown) {
        play { scene in
            let gate = Gate()
            var spec = Worker.child("slow") {
                var worker = Worker()
                worker.gate = gate
                return worker
            }
            spec.shutdown = shutdown
            let slow = spec
            let supervisor = try await scene.start(Supervisor(.oneForOne) { slow })
            let end = scene.watch(try await scene.pid("slow", supervisor))
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try await scene.me.sleep(for: .seconds(20))
            gate.open()
            try check(try await scene.down(end), is: .shutdown)
        }
    }

    @Test("SU-030 a child that does not end within its time is killed, the others end with shutdown")
    func timeout() {
        play { scene in
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    ChildSpec.worker("good")
                    ChildSpec.stubborn("stubborn", shutdown: .within(.seconds(2)))
                })
            let good = scene.watch(try await scene.pid("good", supervisor))
            let stubborn = scene.watch(try await scene.pid("stubborn", supervisor))
            let begun = scene.me.node.now
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try check(try await scene.down(stubborn), is: .killed)
            try check(scene.me.node.now - begun, is: .seconds(2))
            try check(try await scene.down(good), is: .shutdown)
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test("SU-032 a child to be killed is killed at once, without being asked")
    func brutalKill() {
        play { scene in
            let journal = Journal()
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    ChildSpec.worker("good")
                    Worker.child("bad", shutdown: .kill) { Worker("bad", journal) }
                })
            let good = scene.watch(try await scene.pid("good", supervisor))
            let bad = scene.watch(try await scene.pid("bad", supervisor))
            try await supervisor.stop()
            try check(try await scene.down(good), is: .shutdown)
            try check(try await scene.down(bad), is: .killed)
            try check(journal.take(), is: ["+bad"])
        }
    }

    @Test("SU-034 children that end by themselves during a shutdown keep their reasons and are not restarted")
    func race() {
        play { scene in
            let mode = Switch()
            let reasons: [ExitReason] = [.normal, .shutdown, .shutdown(detail: "x"), .error(Worker.Failure())]
            let supervisor = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(100, in: .seconds(5))) {
                    for i in reasons.indices { ChildSpec.moody("\(i)", mode) }
                    ChildSpec.stubborn("last")
                })
            let children = try await supervisor.children().compactMap(\.pid)
            let starts = mode.count
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try await scene.settle()
            for (reason, child) in zip(reasons, children) {
                try check(try await scene.exit(child, reason), is: reason)
            }
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            try check(mode.count, is: starts)
        }
    }

    @Test("DS-008 whoever stops a supervisor that it is linked to goes on")
    func stoppedByItsParent() {
        play { scene in
            let workers = DynamicSupervisor<Int, ServerRef<Worker>>("workers") { number, _ in Worker(number: number) }
            let partitions = PartitionSupervisor("partitions", partitions: 1) { number, _ in Worker(number: number) }
            let tasks = TaskSupervisor("tasks")
            let starts: [@Sendable (PlainProcess<Never>) async throws -> Void] = [
                { try await Supervisor(.oneForOne) { ChildSpec.worker("a") }.startLink($0).stop() },
                {
                    _ = try await workers.startLink($0)
                    try await workers.stop()
                },
                {
                    _ = try await partitions.startLink($0)
                    try await partitions.stop()
                },
                {
                    _ = try await tasks.startLink($0)
                    try await tasks.stop()
                },
            ]
            for start in starts {
                let starter = scene.me.node.spawn { (me: PlainProcess<Never>) in
                    try await start(me)
                    try await me.sleep(for: .seconds(1))
                }
                try check(try await scene.down(scene.watch(starter.pid)), is: .normal)
            }
        }
    }

    @Test("SU-036 children start in order and end one after another in reverse order")
    func order() {
        play { scene in
            let journal = Journal()
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) { for i in 1...5 { ChildSpec.noting("\(i)", journal) } })
            try await supervisor.startChild(ChildSpec.noting("6", journal))
            try check(journal.take(), is: (1...6).map { "+\($0)" })
            try await supervisor.stop()
            try check(journal.take(), is: (1...6).reversed().map { "-\($0)" })
        }
    }

    @Test("SU-037 a child that unlinked itself does not hold up its stop")
    func unlinked() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.worker("a") })
            let a = try await scene.pid("a", supervisor)
            try need(Node.cell(a) as? BehaviorCell<Worker>).ref.cast(.unlink(supervisor.pid))
            try await supervisor.terminateChild("a")
            try check(!scene.me.node.isAlive(a))
            try await supervisor.restartChild("a")
            try await supervisor.stop()
        }
    }

    @Test func `a child that unlinked itself and died is found to be gone by its stop`() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.worker("a") })
            let a = try await scene.pid("a", supervisor)
            try need(Node.cell(a) as? BehaviorCell<Worker>).ref.cast(.unlink(supervisor.pid))
            try await scene.exit(a, .error(Worker.Failure()))
            try await scene.settle()
            // Nobody has told the supervisor.
            try check(try await scene.list(supervisor), is: ["a running"])
            try await supervisor.terminateChild("a")
            try check(try await scene.list(supervisor), is: ["a stopped"])
            try await supervisor.restartChild("a")
            try await supervisor.stop()
        }
    }

    @Test func `the deadline of the tree reaches its branches, and a second one shortens it`() {
        play { scene in
            let tree = Supervisor(.oneForOne) {
                ChildSpec.stubborn("outer", shutdown: .infinity)
                Supervisor("branch", .oneForOne) { ChildSpec.stubborn("inner", shutdown: .infinity) }
            }
            let first = try await scene.start(tree)
            var begun = scene.me.node.now
            try await first.stop(deadline: .seconds(10))
            try check(scene.me.node.now - begun, is: .seconds(10))

            let second = try await scene.start(tree)
            begun = scene.me.node.now
            scene.me.spawnLink { me in
                try await me.sleep(for: .seconds(1))
                try await second.stop(deadline: .seconds(2))
            }
            try await second.stop(deadline: .seconds(3600))
            try check(scene.me.node.now - begun, is: .seconds(3))
        }
    }

    @Test func `run returns after a cancellation, when the tree has ended in order`() async throws {
        let journal = Journal()
        let started = Gate()
        let task = Task {
            try await Supervisor(.oneForOne) {
                ChildSpec.noting("a", journal)
                ChildSpec.noting("b", journal)
                Worker.child("c") {
                    started.open()
                    return Worker()
                }
            }.run()
        }
        await started.pass()
        task.cancel()
        try await task.value
        #expect(journal.take() == ["+a", "+b", "-b", "-a"])
    }

    @Test func `run undoes a start that is cancelled in a child's init`() async throws {
        let journal = Journal()
        let begun = Gate()
        let task = Task {
            try await Supervisor(.oneForOne) {
                ChildSpec.noting("a", journal)
                Worker.child("b") {
                    begun.open()
                    await untilCancelled()
                    return Worker()
                }
                ChildSpec.noting("c", journal)
            }.run()
        }
        await begun.pass()
        task.cancel()
        try await task.value
        #expect(journal.take() == ["+a", "-a"])
    }

    @Test func `start undoes what had started when it is cancelled`() async throws {
        let journal = Journal()
        let begun = Gate()
        let task = Task {
            try await Supervisor(.oneForOne) {
                ChildSpec.noting("a", journal)
                ChildSpec.noting("b", journal)
                Worker.child("c") {
                    begun.open()
                    await untilCancelled()
                    return Worker()
                }
            }.start()
        }
        await begun.pass()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(journal.take() == ["+a", "+b", "-b", "-a"])
    }

    @Test func `run throws when the supervisor gives up and when it cannot start, and returns after an auto-shutdown`()
        async throws
    {
        let failing = Switch()
        failing.next(.works)
        failing.always(.fails)
        let name: ServerName<Worker> = "the one that is killed"
        let gaveUp = await #expect(throws: SupervisorError.self) {
            try await Supervisor(.oneForOne) {
                Worker.child(name: name) {
                    try failing.start()
                    return Worker()
                }
                ChildSpec.process("killer", restart: .temporary) { _ in name.sendExit(.kill) }
            }.run()
        }
        guard case .restartLimit(3, _, _)? = gaveUp?.code else {
            Issue.record("wrong error")
            return
        }
        let unstarted = await #expect(throws: SupervisorError.self) {
            try await Supervisor(.oneForOne) { ChildSpec.moody("a", failing) }.run()
        }
        #expect(unstarted?.child == "a")
        let wrong = await #expect(throws: SupervisorError.self) {
            try await Supervisor(.oneForOne) {
                ChildSpec.worker("a")
                ChildSpec.worker("a")
            }.run()
        }
        #expect(wrong?.code.name == "duplicateChild")
        try await Supervisor(.oneForOne, autoShutdown: .anySignificant) {
            ChildSpec.process("a", restart: .transient, isSignificant: true) { _ in }
        }.run()
    }
}
