import OTPTestKit
import Testing

@testable import OTP

/// Where this library goes beyond Erlang: zombies, cycles, backoff, deadlines, trees to look at.
@Suite struct SupervisorProcessTests {
    /// Collects what supervisors report.
    static func reports(_ scene: Scene) -> LockedBox<[String]> {
        let reports = LockedBox<[String]>([])
        scene.me.node.onReport { report in
            guard case .other(let report as SupervisorReport) = report else { return }
            let what =
                switch report.event {
                case .started: "started"
                case .startError: "start error"
                case .childTerminated: "terminated"
                case .shutdownError: "shutdown error"
                case .gaveUp: "gave up"
                case .overlap: "overlap"
                }
            reports.withLock { $0.append("\(report.supervisor) \(report.child) \(what)") }
        }
        return reports
    }

    @Test func `what a supervisor reports, in order`() {
        play { scene in
            let reports = Self.reports(scene)
            let mode = Switch()
            let supervisor = try await scene.start(
                Supervisor("root", .oneForOne, restarts: .atMost(2, in: .seconds(5))) {
                    ChildSpec.stubborn("late", shutdown: .within(.seconds(1)))
                    ChildSpec.moody("a", mode)
                    ChildSpec.worker("quiet", .transient)
                })
            try await scene.exit(try await scene.pid("quiet", supervisor), .shutdown(detail: "no harm"))
            mode.next(.fails, .fails)
            try await scene.exit(try await scene.pid("a", supervisor), .error(Worker.Failure()))
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            try check(
                reports.get(),
                is: [
                    "root a terminated", "root a start error", "root a start error", "root a gave up",
                    "root late shutdown error",
                ])
        }
    }

    @Test func `a child that has to be killed is reported as an error`() {
        play(seeds: 0..<1) { scene in
            let levels = LockedBox<[String]>([])
            scene.me.node.onReport { report in
                if case .other(let report as SupervisorReport) = report {
                    levels.withLock { $0.append(report.logLevel) }
                }
            }
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) { ChildSpec.stubborn("late", shutdown: .within(.seconds(1))) })
            try await supervisor.stop()
            try check(levels.get(), is: ["error"])
        }
    }

    @Test func `a supervisor that has obeyed before it could be watched has been stopped, if with the same reason`() {
        play { scene in
            let supervisor = try await Supervisor(.oneForOne) {}.start()
            try await supervisor.stop(reason: .shutdown, deadline: .seconds(5))
            try await supervisor.server.obeyed(.shutdown)
            do {
                try await supervisor.server.obeyed(.normal)
                throw Unmet(description: "stopped")
            } catch let error as CallError {
                guard case .exited(.shutdown) = error.code else { throw error }
            }
        }
    }

    @Test func `the replacement of a killed child waits for its handler, and starts beside it after its grace`() {
        for returns in [true, false] {
            play { scene in
                let reports = Self.reports(scene)
                let gate = Gate()
                let supervisor = try await scene.start(
                    Supervisor("root", .oneForOne) {
                        Deaf.child("deaf") { Deaf(gate: gate) }
                        ChildSpec.worker("other")
                    })
                let first = try await scene.pid("deaf", supervisor)
                try need(Node.cell(first) as? BehaviorCell<Deaf>).ref.cast(.listen)
                try await scene.settle()
                try await scene.end(first, .kill)
                try check(try await scene.list(supervisor), is: ["deaf restarting", "other running"])
                try check(try await supervisor.snapshot().zombies, is: 1)
                if returns {
                    gate.open()
                    // The handler runs on in a task of the machine's clock.
                    while try await supervisor.pid(of: "deaf") == nil { try await scene.settle() }
                    try check(reports.get(), is: ["root deaf terminated"])
                } else {
                    try await scene.me.sleep(for: .seconds(6))
                    try check(try await scene.list(supervisor), is: ["deaf running", "other running"])
                    try check(reports.get(), is: ["root deaf terminated", "root deaf overlap"])
                    gate.open()
                }
            }
        }
    }

    @Test func `a start that took too long is waited for before the next, for its code still runs`() {
        play { scene in
            let reports = Self.reports(scene)
            let gate = Gate()
            let journal = Journal()
            let starts = LockedBox(0)
            let supervisor = try await scene.start(
                Supervisor("root", .oneForOne) {
                    Worker.child("slow", options: ServerOptions(timeout: .seconds(1))) {
                        let number = starts.withLock { starts in
                            starts += 1
                            return starts
                        }
                        journal.note("+\(number)")
                        // Does not bear to be cancelled.
                        if number == 2 { await gate.passForSure() }
                        journal.note("-\(number)")
                        return Worker()
                    }
                })
            try await scene.end(try await scene.pid("slow", supervisor), .kill)
            try await scene.me.sleep(for: .seconds(3))
            try check(try await scene.list(supervisor), is: ["slow restarting"])
            gate.open()
            while try await supervisor.pid(of: "slow") == nil { try await scene.settle() }
            try check(journal.take(), is: ["+1", "-1", "+2", "-2", "+3", "-3"])
            try check(reports.get(), is: ["root slow terminated", "root slow start error"])
        }
    }

    @Test func `a child that calls its supervisor in its init fails at once, the cycle named`() {
        play { scene in
            let name: SupervisorName = "above"
            let begun = scene.me.node.now
            let (error, _) = try await scene.failedStart {
                try await scene.start(
                    Supervisor(.oneForOne, name: name) {
                        Worker.child("a") {
                            _ = try await name.children()
                            return Worker()
                        }
                    })
            }
            guard case .failedToStart(let cause as CallError)? = (error as? SupervisorError)?.code,
                case .cycle(let pids) = cause.code
            else { throw error }
            try check(Set(pids).count, is: 2)
            try check(scene.me.node.now, is: begun)
        }
    }

    @Test func `a child that waits in its init for a later sibling fails at once`() {
        play { scene in
            let later: ServerName<Worker> = "later"
            let (error, _) = try await scene.failedStart {
                try await scene.start(
                    Supervisor(.oneForOne) {
                        Worker.child("a") { Worker(number: try await later.call { .number($0) }) }
                        Worker.child(name: later) { Worker() }
                    })
            }
            guard case .failedToStart(let cause as CallError)? = (error as? SupervisorError)?.code,
                case .noProcess = cause.code
            else { throw error }
            try check(cause.call.contains("later"))
        }
    }

    @Test func `a process that says itself when it is ready holds up the next child until then`() {
        play { scene in
            let journal = Journal()
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    ChildSpec.process("a", receiving: Note.self) { me, started in
                        try await me.sleep(for: .seconds(3))
                        journal.note("ready")
                        started()
                        _ = try await me.receive()
                    }
                    ChildSpec.noting("b", journal)
                    ChildSpec.process("c", receiving: Note.self) { _, _ in throw StartSignal.ignore }
                })
            try check(journal.take(), is: ["ready", "+b"])
            try check(try await scene.list(supervisor), is: ["a running", "b running", "c ignored"])
            let code = try await refusal {
                try await supervisor.startChild(ChildSpec.process("d", receiving: Note.self) { _, _ in })
            }
            try check(code.name, is: "failedToStart")
        }
    }

    @Test func `a supervisor that is suspended sets requests and ends aside, but ends when its parent does`() {
        play { scene in
            let supervisor = try await scene.start(Supervisor("root", .oneForOne) { ChildSpec.worker("a") })
            let status = try await SystemControl.status(of: supervisor.server)
            try check("\(status)".contains("root, oneForOne"), "\(status)")
            let a = try await scene.pid("a", supervisor)
            try await SystemControl.suspend(supervisor.server)
            try await scene.end(a, .kill)
            try await scene.settle()
            try check(scene.me.node.processCount, is: 2)
            try await SystemControl.resume(supervisor.server)
            try await scene.settle()
            try check(try await scene.list(supervisor), is: ["a running"])
            try await SystemControl.suspend(supervisor.server)
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test func `a suspended supervisor that was started unlinked stays so when its starter tells it to end`() {
        play { scene in
            let supervisor = try await Supervisor("root", .oneForOne) { ChildSpec.worker("a") }.start()
            let a = try await scene.pid("a", supervisor)
            try await SystemControl.suspend(supervisor.server)
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try await scene.end(a, .kill)
            try await scene.settle()
            // The child has not been started again.
            try check(scene.me.node.processCount, is: 2)
            try await SystemControl.resume(supervisor.server)
            try await scene.settle()
            try check(try await scene.list(supervisor), is: ["a running"])
            try await supervisor.stop()
        }
    }

    @Test func `an init that takes too long fails its child`() {
        play { scene in
            let (error, _) = try await scene.failedStart {
                try await scene.start(
                    Supervisor(.oneForOne) {
                        Worker.child("a", options: ServerOptions(timeout: .seconds(3))) {
                            await untilCancelled()
                            return Worker()
                        }
                    })
            }
            guard case .failedToStart(let cause as StartError)? = (error as? SupervisorError)?.code,
                case .timeout = cause.code
            else { throw error }
        }
    }

    @Test func `a child of a dynamic supervisor that is just being started is not missing`() {
        play { scene in
            let release = Gate()
            let workers = DynamicSupervisor<Int, ServerRef<Worker>>("workers") { number, _ in
                await release.pass()
                return Worker(number: number)
            }
            let supervisor = try await scene.start(Supervisor("shop", .oneForOne) { workers })
            async let started = workers.startChild(1)
            while try await workers.snapshot().children.isEmpty { try await scene.me.sleep(for: .milliseconds(1)) }
            let tree = try await supervisor.tree()
            try check(tree.all.map(\.path), is: ["shop/workers", "shop/workers/Worker"])
            try check(tree.all.last?.status.phase, is: .starting)
            try check(tree.missing.isEmpty)
            try check(try need(tree.branches.first?.tree).supervisor.isDynamic)
            release.open()
            _ = try await started
            try await supervisor.stop()
        }
    }

    @Test func `a tree prints its strategies, budgets and histories, and names what is missing`() {
        play(seeds: 0..<1) { scene in
            let supervisor = try await scene.start(
                Supervisor("shop", .oneForOne, restarts: .atMost(5, in: .seconds(60))) {
                    ChildSpec.worker("limiter")
                    Supervisor("storage", .restForOne) {
                        ChildSpec.worker("database")
                        ChildSpec.worker("migration", .temporary)
                        ChildSpec.worker("cleaner", .transient)
                    }
                })
            var tree = try await supervisor.tree()
            try check(tree.missing.isEmpty)
            let storage = try need(tree.branches[1].tree)
            try await scene.exit(try need(tree.branches[0].status.pid), .error(Worker.Failure()))
            try await scene.exit(try need(storage.branches[1].status.pid), .normal)
            try await scene.exit(try need(storage.branches[2].status.pid), .normal)
            tree = try await supervisor.tree()
            try check(tree.missing.map(\.path), is: ["shop/storage/cleaner", "shop/storage/migration"])
            let text = tree.description.replacing(/<[0-9.]+>/, with: "<>")
            try check(
                text,
                is: """
                    shop  <>  oneForOne, 4 of 5 restarts left in 60.0 seconds
                    ├─ limiter  <>  (restarted 1×, last end: error: Failure())
                    └─ storage  <>  restForOne, 3 of 3 restarts left in 5.0 seconds
                       ├─ database  <>
                       ├─ cleaner  gone by choice  (last end: normal)
                       └─ migration  gone by choice  (last end: normal)
                    """)
        }
    }

    @Test func `the end of the parent ends the tree in order, also a kill`() {
        for signal in [ExitSignal.reason(.error(Worker.Failure())), .kill] {
            play { scene in
                let journal = Journal()
                let root = LockedBox<SupervisorRef?>(nil)
                let parent = scene.me.node.spawn(receiving: Note.self) { me in
                    root.set(
                        try await Supervisor(.oneForOne) {
                            ChildSpec.noting("a", journal)
                            ChildSpec.noting("b", journal)
                        }.startLink(me))
                    _ = try await me.receive()
                }
                while root.get() == nil { try await scene.settle() }
                let end = scene.watch(try need(root.get()).pid)
                parent.sendExit(signal)
                let expected: ExitReason = if case .kill = signal { .killed } else { .error(Worker.Failure()) }
                try check(try await scene.down(end), is: expected)
                try check(journal.take(), is: ["+a", "+b", "-b", "-a"])
            }
        }
    }

    @Test func `a supervisor that is killed takes its children along`() {
        play { scene in
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    ChildSpec.worker("a")
                    Supervisor("branch", .oneForOne) { ChildSpec.worker("b") }
                })
            try await scene.end(supervisor.pid, .kill)
            try await scene.settle()
            try check(scene.me.node.processCount, is: 1)
        }
    }

    @Test func `children crash, are added, ended and looked at on all workers at once`() async throws {
        let node = Node(name: "storm", workers: 4)
        try await node.with {
            let dynamic = DynamicSupervisor<Int, ServerRef<Worker>>(
                "dynamic", restarts: .atMost(100_000, in: .seconds(5)), restart: .permanent
            ) { number, _ in Worker(number: number) }
            let supervisor = try await Supervisor(.oneForOne, restarts: .atMost(100_000, in: .seconds(5))) {
                for i in 0..<8 { Worker.child("\(i)", name: "storm \(i)") { Worker(number: i) } }
                dynamic
            }.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 0..<8 {
                    group.addTask {
                        let name = ServerName<Worker>("storm \(i)")
                        for round in 0..<50 {
                            if round % 3 == 0 {
                                name.sendExit(.kill)
                            } else {
                                name.cast(.exit(.error(Worker.Failure())))
                            }
                            if round % 10 == 5 {
                                try await supervisor.terminateChild("\(i)")
                                try await supervisor.restartChild("\(i)")
                            }
                            while (try? await name.call { .number($0) }) != i { await Task.yield() }
                        }
                    }
                    group.addTask {
                        for round in 0..<20 {
                            let worker = try await dynamic.startChild(round)
                            if round % 2 == 0 { worker.cast(.exit(.error(Worker.Failure()))) }
                            _ = try await dynamic.childCounts()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await supervisor.childCounts().active == 9)
            #expect(try await supervisor.tree().all.count == 9 + 160)
            try await supervisor.stop()
            #expect(node.processCount == 0)
        }
        await node.shutdown()
    }
}

/// Once it listens, it does not hear even a kill until the gate is opened.
private struct Deaf: GenServer {
    enum Cast: Sendable { case listen }
    let gate: Gate

    mutating func handleCast(_ cast: Cast, _ me: Me) async -> Next {
        // A task of its own is not cancelled.
        await gate.passForSure()
        return .receive
    }
}
