import OTPTestKit
import Testing

@testable import OTP

@Suite struct SupervisorProcessStartTests {
    @Test("SU-001 a supervisor without children ends with its parent's wish")
    func empty() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            try check(try await scene.counts(supervisor), is: [0, 0, 0, 0])
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test("SU-002 a list of children that throws ignore makes the start ignored, and the link ends normally")
    func ignored() {
        play { scene in
            let (error, exit) = try await scene.failedStart {
                try await scene.start(Supervisor(.oneForOne) { throw StartSignal.ignore })
            }
            guard case .ignored? = (error as? StartError)?.code else { throw error }
            try check(exit, is: .normal)
        }
    }

    @Test("SU-004 a temporary child of the list that ignores is dropped, the others start")
    func ignoringTemporaryChild() {
        play { scene in
            let mode = Switch()
            mode.always(.ignores)
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    ChildSpec.worker("a")
                    ChildSpec.moody("b", mode, .temporary)
                    ChildSpec.worker("c")
                })
            try check(try await scene.list(supervisor), is: ["a running", "c running"])
            try check(try await scene.counts(supervisor), is: [2, 2, 0, 2])
        }
    }

    @Test("SU-005 a temporary child that is added and ignores gives no process and is not kept")
    func ignoringAddedChild() {
        play { scene in
            let mode = Switch()
            mode.always(.ignores)
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            try check(try await supervisor.startChild(ChildSpec.moody("a", mode, .temporary)), is: nil)
            try check(try await scene.list(supervisor), is: [])
            try check(try await supervisor.startChild(ChildSpec.moody("b", mode)), is: nil)
            try check(try await scene.list(supervisor), is: ["b ignored"])
        }
    }

    @Test("SU-008 a wrong specification fails the start, and the link sees the same")
    func wrongSpecification() {
        play { scene in
            let (error, exit) = try await scene.failedStart {
                try await scene.start(Supervisor(.oneForOne, restarts: .atMost(-1, in: .seconds(5))) {})
            }
            guard case .invalidRestartCount(-1)? = (error as? SupervisorError)?.code,
                case .error(let same as SupervisorError) = exit, case .invalidRestartCount(-1) = same.code
            else { throw error }
        }
    }

    @Test("SU-009 a list of children that throws fails the start, and the link sees the same")
    func throwingList() {
        play { scene in
            let (error, exit) = try await scene.failedStart {
                try await scene.start(Supervisor(.oneForOne) { throw Worker.Failure() })
            }
            try check(error is Worker.Failure)
            try check(exit, is: .error(Worker.Failure()))
        }
    }

    @Test(arguments: [true, false])
    func `a supervisor that somebody ends while it starts fails the start, and no exit comes`(isKilled: Bool) {
        play { scene in
            let name: SupervisorName = "half"
            scene.me.node.spawn { killer in
                try await killer.sleep(for: .seconds(1))
                if isKilled, let supervisor = name.ref { killer.sendExit(.kill, to: supervisor.pid) }
                if !isKilled { try await name.stop() }
            }
            do {
                _ = try await scene.start(
                    Supervisor(.oneForOne, name: name) {
                        Worker.child("a") {
                            await untilCancelled()
                            return Worker()
                        }
                    })
                throw Unmet(description: "started")
            } catch is StartError {}
            try check(name.ref == nil)
            try check(try await scene.me.receive(within: .seconds(10)) == nil)
        }
    }

    @Test("SU-010 a restart on request that fails leaves the child listed without a process")
    func failingRestart() {
        play { scene in
            let mode = Switch()
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.moody("a", mode) })
            try await supervisor.terminateChild("a")
            mode.next(.fails)
            let code = try await refusal { try await supervisor.restartChild("a") }
            guard case .failedToStart(is Worker.Failure) = code else { throw Unmet(description: "\(code)") }
            try check(try await scene.list(supervisor), is: ["a stopped"])
        }
    }

    @Test("SU-011 a child that is added and fails to start gives its error and is not kept")
    func failingAddedChild() {
        play { scene in
            let mode = Switch()
            mode.always(.fails)
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            do {
                try await supervisor.startChild(ChildSpec.moody("a", mode))
                throw Unmet(description: "it started")
            } catch let error as SupervisorError {
                guard case .failedToStart(is Worker.Failure) = error.code else { throw error }
                try check(error.child, is: "a")
            }
            try check(try await scene.list(supervisor), is: [])
        }
    }

    @Test("SU-014 the specification of a child can be asked for, with its defaults")
    func specification() {
        play { scene in
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    Worker.child("a") { Worker() }
                    Worker.child("b", restart: .transient, shutdown: .infinity) { Worker() }
                })
            let a = try await supervisor.childSpec(of: "a")
            try check(a.restart, is: .permanent)
            try check(a.shutdown, is: .within(.seconds(5)))
            try check(a.kind, is: .worker)
            try check(!a.isSignificant && a.starter != nil)
            let b = try await supervisor.childSpec(of: "b")
            try check(b.restart, is: .transient)
            try check(b.shutdown, is: .infinity)
            let code = try await refusal { _ = try await supervisor.childSpec(of: "c") }
            try check(code.name, is: "notFound")
        }
    }

    @Test("SU-017 SU-019 a supervisor is reached by its local, global or via name")
    func names() {
        play { scene in
            let registry = PlainRegistry()
            for name in [SupervisorName("local"), .global("global"), .via(registry, "key")] {
                try check(name.ref, is: nil)
                let supervisor = try await scene.start(
                    Supervisor(.oneForOne, name: name) { ChildSpec.worker("a") })
                try check(name.ref, is: supervisor)
                try check(try await name.pid(of: "a"), is: try await supervisor.pid(of: "a"))
                try await name.stop()
                try check(name.ref, is: nil)
            }
        }
    }

    @Test("SU-020 a named child that ends normally is back under its name with its first state")
    func namedChild() {
        play { scene in
            let name: ServerName<Worker> = "stack"
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) { Worker.child(name: name) { Worker(number: 7) } })
            let first = try await scene.pid("stack", supervisor)
            try check(try await name.call { .increment($0) }, is: 8)
            try await scene.exit(first, .normal)
            try check(try await scene.pid("stack", supervisor) != first)
            try check(try await name.call { .number($0) }, is: 7)
        }
    }

    @Test("SU-022 SU-062 children of all kinds stand side by side, and are added alike")
    func mixedChildren() {
        play { scene in
            let specs = (1...2).map { ChildSpec.worker("worker \($0)") }
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    Worker.child { Worker() }
                    Supervisor("branch", .oneForAll) { Worker.child { Worker() } }
                    DynamicSupervisor<ChildSpec, PID>("dynamic")
                    for spec in specs { spec }
                    if specs.isEmpty { ChildSpec.worker("never") }
                })
            try await supervisor.startChild(Supervisor("added", .restForOne) {})
            try await supervisor.startChild(ChildSpec.worker("too"))
            try check(
                try await supervisor.children().map(\.id),
                is: ["Worker", "branch", "dynamic", "worker 1", "worker 2", "added", "too"])
            try check(try await scene.counts(supervisor), is: [7, 7, 3, 4])
        }
    }

    @Test("SU-024 SU-025 specifications have defaults, which can be overridden")
    func defaults() {
        let branch = Supervisor("branch", .oneForOne) {}.childSpec
        #expect(branch.id == "branch")
        #expect(branch.kind == .supervisor)
        #expect(branch.shutdown == .infinity)
        #expect(branch.restart == .permanent)
        #expect(Supervisor(.oneForOne, name: "named") {}.childSpec.id == "named")

        var worker = Worker.child { Worker() }
        #expect(worker.id == "Worker")
        #expect(Worker.child(name: "named") { Worker() }.id == "named")
        worker.restart = .temporary
        worker.shutdown = .kill
        #expect(worker.restart == .temporary)
        #expect(worker.shutdown == .kill)
        let other = Worker.child("other", restart: .transient, shutdown: .within(.zero)) { Worker() }
        #expect(other.id == "other")
        #expect(other.restart == .transient)
        #expect(other.shutdown == .within(.zero))
    }

    @Test func `a specification with another id is another child, and equal ids are refused`() {
        play { scene in
            let worker = ChildSpec.worker("worker")
            var other = worker
            other.id = "other"
            let changed = other
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    worker
                    changed
                })
            try check(try await scene.list(supervisor), is: ["worker running", "other running"])
            let outcome = try await scene.failedStart {
                try await scene.start(
                    Supervisor(.oneForOne) {
                        changed
                        changed
                    })
            }
            try check("\(outcome.error)", is: "two children have the id \"other\": ids must differ")
        }
    }

    @Test("SU-027 without options a supervisor does 3 restarts in 5 seconds and never shuts down by itself")
    func options() {
        play { scene in
            let plain = try await scene.start(Supervisor(.restForOne) {}).snapshot()
            try check(plain.strategy, is: .restForOne)
            try check(plain.restarts, is: .atMost(3, in: .seconds(5)))
            try check(plain.autoShutdown, is: .never)
            let other = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(7, in: .seconds(9)), autoShutdown: .anySignificant) {}
            ).snapshot()
            try check(other.restarts, is: .atMost(7, in: .seconds(9)))
            try check(other.autoShutdown, is: .anySignificant)
        }
    }

    @Test("SU-079 a child that fails to start fails the tree, which says which one and why")
    func failingChild() {
        play { scene in
            let journal = Journal()
            let mode = Switch()
            mode.always(.fails)
            let (error, exit) = try await scene.failedStart {
                try await scene.start(
                    Supervisor(.oneForOne) {
                        ChildSpec.noting("a", journal)
                        ChildSpec.noting("b", journal)
                        Supervisor("branch", .oneForOne) { ChildSpec.moody("c", mode) }
                        ChildSpec.noting("d", journal)
                    })
            }
            guard let outer = error as? SupervisorError, outer.child == "branch",
                case .failedToStart(let inner as SupervisorError) = outer.code, inner.child == "c",
                case .failedToStart(is Worker.Failure) = inner.code
            else { throw error }
            guard case .shutdown(let detail?) = exit else { throw Exit(exit) }
            try check(detail.contains("branch"))
            try check(journal.take(), is: ["+a", "+b", "-b", "-a"])
        }
    }

    @Test func `supervisors of every kind are linked to a plain process that starts them, and end with its link`() {
        play { scene in
            let workers = DynamicSupervisor<Int, ServerRef<Worker>>("workers") { number, _ in Worker(number: number) }
            let partitions = PartitionSupervisor("partitions", partitions: 1) { number, _ in Worker(number: number) }
            for supervisor in try await [workers.startLink(scene.me), partitions.startLink(scene.me)] {
                try check(try need(Node.cell(supervisor.pid)).isLinked(to: scene.me.pid))
                try await supervisor.stop()
                try check(try await scene.exit(of: supervisor.pid), is: .normal)
            }
        }
    }

    @Test func `a name that is taken refuses the start, one whose holder is ending is waited for`() {
        play { scene in
            let name: ServerName<Worker> = "taken"
            let holder = try await Worker.start(name: name) { Worker() }
            let tree = Supervisor(.oneForOne) { Worker.child(name: name) { Worker() } }
            let (error, _) = try await scene.failedStart { try await scene.start(tree) }
            guard case .failedToStart(let cause as StartError)? = (error as? SupervisorError)?.code,
                case .alreadyStarted(holder.pid) = cause.code
            else { throw error }
            try await holder.stop()

            let gate = Gate()
            let slow = try await Worker.start(name: name) {
                var worker = Worker()
                worker.gate = gate
                return worker
            }
            scene.me.sendExit(.shutdown, to: slow.pid)
            scene.me.spawnLink { me in
                try await me.sleep(for: .seconds(1))
                gate.open()
            }
            let before = scene.me.node.now
            let supervisor = try await scene.start(tree)
            try check(scene.me.node.now - before >= .seconds(1))
            try check(name.pid, is: try await supervisor.pid(of: "taken"))
            try check(try await supervisor.children().map(\.restarts), is: [0])
        }
    }
}

/// The simplest registry there can be.
final class PlainRegistry: NameRegistry {
    private let holders = LockedBox<[String: PID]>([:])

    func register(_ key: String, _ pid: PID) -> Bool {
        holders.withLock { holders in
            guard holders[key] == nil else { return false }
            holders[key] = pid
            return true
        }
    }
    func unregister(_ key: String) { holders.withLock { $0[key] = nil } }
    func whereIs(_ key: String) -> PID? { holders.withLock { $0[key] } }
}
