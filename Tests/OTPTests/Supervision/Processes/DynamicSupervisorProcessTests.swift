import OTPTestKit
import Testing

@testable import OTP

/// Workers on demand.
private typealias Workers = DynamicSupervisor<Int, ServerRef<Worker>>
/// Children of any kind.
private typealias Anybody = DynamicSupervisor<ChildSpec, PID>

@Suite struct DynamicSupervisorProcessTests {
    @Test("SU-006 SU-007 SU-012 a child of a template that ignores or fails is not kept")
    func ignoringAndFailing() {
        for restart in [Restart.temporary, .permanent] {
            play { scene in
                let mode = Switch()
                let workers = Workers("workers", restart: restart) { number, _ in
                    try mode.start()
                    return Worker(number: number)
                }
                let supervisor = try await workers.startLink(scene.me.context)
                mode.next(.ignores, .fails)
                do {
                    try await workers.startChild(1)
                    throw Unmet(description: "started")
                } catch let error as StartError {
                    guard case .ignored = error.code else { throw error }
                }
                let code = try await refusal { try await workers.startChild(1) }
                guard case .failedToStart(is Worker.Failure) = code else { throw Unmet(description: "\(code)") }
                try check(try await scene.counts(supervisor), is: [1, 0, 0, 0])
                try check(try await workers.children().count, is: 0)
                try await supervisor.stop()
            }
        }
    }

    @Test("SU-015 the specification of a child is found by its process, that of a stranger is not")
    func specification() {
        play { scene in
            let workers = Workers("workers", restart: .transient) { number, _ in Worker(number: number) }
            let supervisor = try await workers.startLink(scene.me.context)
            let worker = try await workers.startChild(1)
            let spec = try await supervisor.childSpec(of: worker.pid)
            try check(spec.restart, is: .transient)
            try check(!spec.isSignificant)
            let code = try await refusal { _ = try await supervisor.childSpec(of: scene.me.pid) }
            try check(code.name, is: "notFound")
        }
    }

    @Test("SU-046 SU-047 SU-049 it begins without children, counts its template, and knows no ids")
    func counts() {
        play { scene in
            let workers = Workers("workers") { number, _ in Worker(number: number) }
            let supervisor = try await workers.startLink(scene.me.context)
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 0])
            for count in 1...3 {
                try await workers.startChild(count)
                try check(try await scene.counts(supervisor), is: [1, count, 0, count])
            }
            try check(try await supervisor.children().map(\.id), is: ["Worker", "Worker", "Worker"])
            for request in [
                { try await supervisor.restartChild("Worker") }, { try await supervisor.deleteChild("Worker") },
                { try await supervisor.terminateChild("Worker") }, { _ = try await supervisor.pid(of: "Worker") },
                { _ = try await supervisor.childSpec(of: "Worker") },
            ] as [@Sendable () async throws -> Void] {
                try check(try await refusal { try await request() }.name, is: "knownByProcessOnly")
            }
        }
    }

    @Test("SU-058 SU-059 many children are counted as what they are, and are gone when they are killed")
    func manyCounts() {
        play(seeds: 0..<1) { scene in
            let workers = Workers("workers") { number, _ in Worker(number: number) }
            let supervisor = try await workers.startLink(scene.me.context)
            for number in 0..<2000 { try await workers.startChild(number) }
            try check(try await scene.counts(supervisor), is: [1, 2000, 0, 2000])
            let children = try await workers.children()
            try check(children.count, is: 2000)
            for child in children { try await scene.end(child.pid, .kill) }
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 0])

            let branches = Anybody("branches")
            let second = try await branches.startLink(scene.me.context)
            for number in 0..<1000 {
                try await branches.startChild(Supervisor("\(number)", .oneForOne, restart: .temporary) {}.childSpec)
            }
            try check(try await scene.counts(second), is: [1000, 1000, 1000, 0])
        }
    }

    @Test("SU-031 SU-035 SU-090 all children are stopped at once, each in its own way")
    func stoppedAtOnce() {
        play { scene in
            let anybody = Anybody("anybody")
            let supervisor = try await anybody.startLink(scene.me.context)
            var stubborn: [MonitorRef] = []
            for _ in 0..<10 {
                stubborn.append(
                    scene.watch(
                        try await anybody.startChild(.stubborn("s", .temporary, shutdown: .within(.seconds(3))))))
            }
            var good: [MonitorRef] = []
            for restart in [Restart.permanent, .transient, .temporary] {
                good.append(scene.watch(try await anybody.startChild(.worker("g", restart))))
            }
            let selfish = try await anybody.startChild(.worker("e"))
            let begun = scene.me.node.now
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try await scene.exit(selfish, .error(Worker.Failure()))
            for end in stubborn { try check(try await scene.down(end), is: .killed) }
            for end in good { try check(try await scene.down(end), is: .shutdown) }
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            try check(scene.me.node.now - begun, is: .seconds(3))
        }
    }

    @Test("SU-089 SU-091 DS-026 only the instance that crashed is restarted, with its own argument, within the budget")
    func restarts() {
        play { scene in
            let workers = Workers("workers", restarts: .atMost(2, in: .seconds(5)), restart: .permanent) { number, _ in
                Worker(number: number)
            }
            let supervisor = try await workers.startLink(scene.me.context)
            let first = try await workers.startChild(1)
            let second = try await workers.startChild(2)
            for _ in 0..<2 {
                let crashing = try need(try await workers.children().last)
                _ = try await crashing.call { .increment($0) }
                try await scene.exit(crashing.pid, .error(Worker.Failure()))
                try await scene.settle()
                let now = try await workers.children()
                try check(now.count == 2 && now[0] == first && now[1] != crashing && now[1] != second)
                try check(try await now[1].call { .number($0) }, is: 2)
                try check(try await scene.counts(supervisor), is: [1, 2, 0, 2])
            }
            try await scene.exit(first.pid, .error(Worker.Failure()))
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test("SU-092 DS-032 DS-034 a failed restart is tried again, until it works or the budget is used up")
    func escalation() {
        play { scene in
            let mode = Switch()
            let workers = Workers("workers", restarts: .atMost(10, in: .seconds(5)), restart: .permanent) { number, _ in
                if number == 1 { try mode.start() }
                return Worker(number: number)
            }
            let supervisor = try await workers.startLink(scene.me.context)
            let moody = try await workers.startChild(1)
            let other = scene.watch(try await workers.startChild(2).pid)
            mode.next(.fails, .fails)
            try await scene.exit(moody.pid, .error(Worker.Failure()))
            try await scene.settle()
            let again = try need(try await workers.children().first)
            try check(try await again.call { .number($0) }, is: 1)
            try check(mode.count, is: 4)

            mode.always(.fails)
            try await scene.exit(again.pid, .error(Worker.Failure()))
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            try check(try await scene.down(other), is: .shutdown)
            // One start, three restarts of which two failed, then what was left of ten.
            try check(mode.count, is: 1 + 10)
        }
    }

    @Test("SU-102 DS-029 DS-045 an instance that is tried again counts, and is ended by the process that it was last")
    func hangingRestartLoop() {
        play { scene in
            let mode = Switch()
            let workers = Workers(
                "workers", restarts: .atMost(1_000_000_000, in: .seconds(5)), maxChildren: 1, restart: .permanent
            ) { number, _ in
                try mode.start()
                return Worker(number: number)
            }
            let supervisor = try await workers.startLink(scene.me.context)
            let worker = try await workers.startChild(1)
            mode.always(.fails)
            try await scene.exit(worker.pid, .error(Worker.Failure()))
            try check(try await supervisor.children().map(\.phase), is: [.restarting])
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 1])
            try check(try await refusal { try await workers.startChild(2) }.name, is: "maxChildren")
            try await workers.terminateChild(worker)
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 0])
            try check(try await refusal { try await workers.terminateChild(worker) }.name, is: "notFound")
        }
    }

    @Test("DS-001 DS-002 several stand in one tree, under their own ids, and each leads to its own process")
    func inATree() {
        play { scene in
            let first = Anybody("first")
            let second = Anybody("second")
            let twin = Anybody("twin")
            let root = try await scene.start(
                Supervisor(.oneForOne) {
                    first
                    second
                    Supervisor("branch", .oneForOne) { twin }
                })
            try check(try await root.children().map(\.id), is: ["first", "second", "branch"])
            try await first.startChild(.worker("a"))
            try check(try await first.children().count, is: 1)
            try check(try await second.children().count, is: 0)
            try check(try await twin.children().count, is: 0)
            let old = try need(first.ref)
            try await scene.end(old.pid, .kill)
            _ = try await root.childCounts()
            try check(first.ref != nil && first.ref != old)
            try check(try await first.children().count, is: 0)
        }
    }

    @Test("DS-002 as a child it is called by its name, local or global, or by its key, alone")
    func ids() {
        let registry = PlainRegistry()
        for (name, id) in [
            (SupervisorName("local"), "local"), (.global("global name"), "global name"), (.via(registry, "key"), "key"),
            (.via(RegistryName<Int, Void>("numbers"), 7), ChildID(7)),
        ] {
            #expect(Supervisor(.oneForOne, name: name) {}.childSpec.id == id)
            #expect(Anybody(name: name).childSpec.id == id)
            #expect(TaskSupervisor(name: name).childSpec.id == id)
            let workers = Workers(registeredAs: name) { number, _ in Worker(number: number) }
            #expect(workers.childSpec.id == id)
            #expect(PartitionSupervisor(partitions: 1, name: name) { _ in workers }.childSpec.id == id)
        }
    }

    @Test func `a server as a child is called by its name, local or global, or by its key, alone`() {
        for (name, id) in [
            (ServerName<Worker>("local"), "local"), (.global("global name"), "global name"),
            (.via(PlainRegistry(), "key"), "key"), (.via(RegistryName<Int, Void>("numbers"), 7), ChildID(7)),
        ] {
            #expect(Worker.child(name: name) { Worker() }.id == id)
            #expect(Worker.child(name: name) { () async in Worker() }.id == id)
            #expect(Worker.childTelling(name: name) { _ in (Worker(), 7) }.childSpec.id == id)
        }
        #expect(Worker.child { Worker() }.id == "Worker")
    }

    @Test("DS-004 DS-005 DS-010 it is a supervisor by default like any other, with 3 restarts in 5 seconds")
    func defaults() {
        let spec = Anybody("d").childSpec
        #expect(spec.kind == .supervisor)
        #expect(spec.shutdown == .infinity)
        #expect(spec.restart == .permanent)
        let other = Anybody("d", restart: .transient, shutdown: .within(.seconds(1))).childSpec
        #expect(other.restart == .transient)
        #expect(other.shutdown == .within(.seconds(1)))
        play { scene in
            let supervisor = try await Anybody("d").startLink(scene.me.context)
            let snapshot = try await supervisor.snapshot()
            try check(snapshot.strategy, is: .oneForOne)
            try check(snapshot.restarts, is: .atMost(3, in: .seconds(5)))
            try check(snapshot.autoShutdown, is: .never)
            let plain = try await scene.start(Supervisor(.oneForOne) {})
            try check(
                try need(Node.cell(supervisor.pid)).kindName, is: try need(Node.cell(plain.pid)).kindName)
            for _ in 0..<100 { try await supervisor.startChild(ChildSpec.worker("a")) }
        }
    }

    @Test("DS-007 what it does at its start may decline it, or fail; it is done at each start")
    func onStart() {
        play { scene in
            let mode = Switch()
            let anybody = Anybody(name: "anybody") { try mode.start() }
            let root = try await scene.start(Supervisor(.oneForOne) { anybody })
            try check(try await root.children().map(\.id), is: ["anybody"])
            try await scene.end(try need(anybody.ref).pid, .kill)
            try check(try await root.childCounts().active, is: 1)
            try check(mode.count, is: 2)
            try await anybody.stop()
            try await root.stop()

            mode.next(.ignores, .fails)
            do {
                _ = try await anybody.startLink(scene.me.context)
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .ignored = error.code else { throw error }
            }
            do {
                _ = try await anybody.startLink(scene.me.context)
                throw Unmet(description: "started")
            } catch is Worker.Failure {}
            try check(anybody.ref == nil)
        }
    }

    @Test func `servers of one kind are found through the name of their supervisor too, and it is stopped by it`() {
        play { scene in
            let workers = Workers(registeredAs: "workers") { number, _ in Worker(number: number) }
            try check(workers.childSpec.id, is: "workers")
            _ = try await workers.startLink(scene.me.context)
            try await workers.startChild(7)
            let pid = try need(try await SupervisorName("workers").children().first?.pid)
            try check(try await workers.children().map(\.pid), is: [pid])
            try await workers.stop()
            try check(SupervisorName("workers").ref == nil)
            try check(!scene.me.node.isAlive(pid))
        }
    }

    @Test("DS-006 impossible budgets and limits are refused at the start")
    func impossible() {
        play { scene in
            for (supervisor, expected) in [
                (Anybody("d", restarts: .atMost(-1, in: .seconds(5))), "invalidRestartCount"),
                (Anybody("d", restarts: .atMost(1, in: .zero)), "invalidRestartPeriod"),
                (Anybody("d", maxChildren: -1), "invalidMaxChildren"),
            ] {
                let (error, exit) = try await scene.failedStart {
                    try await supervisor.startLink(scene.me.context)
                }
                try check((error as? SupervisorError)?.code.name, is: expected)
                guard case .error(is SupervisorError) = exit else { throw Exit(exit) }
            }
        }
    }

    @Test("DS-014 DS-015 DS-021 children are given as specifications of any kind, also with no time to end")
    func specifications() {
        play { scene in
            let anybody = Anybody("anybody")
            let supervisor = try await anybody.startLink(scene.me.context)
            try await anybody.startChild(Worker.child { Worker() })
            try await supervisor.startChild(Supervisor("branch", .oneForOne) {})
            try await anybody.startChild(.process("plain") { me in _ = await untilCancelled() })
            try await anybody.startChild(.worker("zero", shutdown: .within(.zero)))
            try await anybody.startChild(.worker("one", shutdown: .within(.milliseconds(1))))
            try check(try await scene.counts(supervisor), is: [5, 5, 1, 4])
            try await supervisor.stop()
        }
    }

    @Test("DS-016 DS-031 what a template holds is given to every child, also when it is started again")
    func extraArguments() {
        play { scene in
            let base = 40
            let workers = Workers("workers", restart: .permanent) { number, _ in Worker(number: base + number) }
            _ = try await workers.startLink(scene.me.context)
            let worker = try await workers.startChild(2)
            try check(try await worker.call { .number($0) }, is: 42)
            try await scene.exit(worker.pid, .error(Worker.Failure()))
            try await scene.settle()
            let again = try need(try await workers.children().first)
            try check(try await again.call { .number($0) }, is: 42)
        }
    }

    @Test("DS-017 DS-022 impossible specifications are refused, whether it runs or not, and nothing is started")
    func impossibleChildren() {
        play { scene in
            let anybody = Anybody("anybody")
            let impossible = [
                (ChildSpec.worker("a", shutdown: .within(.seconds(-1))), "invalidShutdown"),
                (.worker("a", .temporary, isSignificant: true), "significantWithoutAutoShutdown"),
                (.worker("a", isSignificant: true), "significantWithoutAutoShutdown"),
            ]
            for (spec, expected) in impossible {
                try check(try await refusal { try await anybody.startChild(spec) }.name, is: expected)
            }
            let wrong = impossible[0].0
            try check(
                try await refusal { try await SupervisorName("nobody").startChild(wrong) }.name, is: "invalidShutdown")
            let supervisor = try await anybody.startLink(scene.me.context)
            for (spec, expected) in impossible {
                try check(try await refusal { try await anybody.startChild(spec) }.name, is: expected)
            }
            try check(try await scene.counts(supervisor), is: [0, 0, 0, 0])
        }
    }

    @Test("DS-019 an init that throws gives its error, one that exits its reason")
    func throwing() {
        play { scene in
            let anybody = Anybody("anybody")
            _ = try await anybody.startLink(scene.me.context)
            let thrown = try await refusal {
                try await anybody.startChild(Worker.child { throw Worker.Failure() })
            }
            guard case .failedToStart(is Worker.Failure) = thrown else { throw Unmet(description: "\(thrown)") }
            let exited = try await refusal {
                try await anybody.startChild(Worker.child { throw Exit(.shutdown(detail: "x")) })
            }
            guard case .failedToStart(let error as Exit) = exited else { throw Unmet(description: "\(exited)") }
            try check(error.reason, is: .shutdown(detail: "x"))
        }
    }

    @Test("DS-020 DS-030 above the limit a child is refused without being started, and a restarted one counts once")
    func limit() {
        play { scene in
            let mode = Switch()
            let none = Workers("none", maxChildren: 0) { _, _ in
                try mode.start()
                return Worker()
            }
            _ = try await none.startLink(scene.me.context)
            let code = try await refusal { try await none.startChild(1) }
            guard case .maxChildren(0) = code else { throw Unmet(description: "\(code)") }
            try check(mode.count, is: 0)

            let one = Workers("one", maxChildren: 1, restart: .permanent) { number, _ in Worker(number: number) }
            _ = try await one.startLink(scene.me.context)
            let worker = try await one.startChild(1)
            try await scene.exit(worker.pid, .shutdown)
            try await scene.settle()
            try check(try await one.childCounts().active, is: 1)
            try check(try await refusal { try await one.startChild(1) }.name, is: "maxChildren")
            try await one.terminateChild(try need(try await one.children().first))
            try await one.startChild(1)
        }
    }

    @Test("DS-024 DS-025 permanent children are always restarted, transient ones unless they end as expected")
    func policies() {
        play { scene in
            let anybody = Anybody("anybody", restarts: .atMost(100, in: .seconds(5)))
            let supervisor = try await anybody.startLink(scene.me.context)
            let expected: [ExitReason] = [.normal, .shutdown, .shutdown(detail: "x")]
            for reason in expected + [.error(Worker.Failure())] {
                let permanent = try await anybody.startChild(.worker("a"))
                try await scene.exit(permanent, reason)
                try await scene.settle()
                try check(try await scene.counts(supervisor), is: [1, 1, 0, 1])
                try await anybody.terminateChild(try need(try await anybody.children().first))

                let transient = try await anybody.startChild(.worker("a", .transient))
                try await scene.exit(transient, reason)
                try await scene.settle()
                let again = reason.isExpected ? 0 : 1
                try check(try await scene.counts(supervisor), is: [again, again, 0, again])
                for child in try await anybody.children() { try await anybody.terminateChild(child) }
            }
        }
    }

    @Test("DS-027 a restart that ignores removes the child")
    func ignoredRestart() {
        play { scene in
            let mode = Switch()
            let workers = Workers("workers", restart: .permanent) { number, _ in
                try mode.start()
                return Worker(number: number)
            }
            let supervisor = try await workers.startLink(scene.me.context)
            let worker = try await workers.startChild(1)
            mode.next(.ignores)
            try await scene.exit(worker.pid, .error(Worker.Failure()))
            _ = try await scene.counts(supervisor)
            try await scene.settle()
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 0])
        }
    }

    @Test("DS-035 DS-036 DS-042 children with different times are stopped together, each by its own rule")
    func mixedEnds() {
        play { scene in
            let anybody = Anybody("anybody")
            let supervisor = try await anybody.startLink(scene.me.context)
            var ends: [(MonitorRef, ExitReason)] = []
            for (spec, reason) in [
                (ChildSpec.worker("killed", shutdown: .kill), ExitReason.killed),
                (.worker("endless", shutdown: .infinity), .shutdown),
                (.worker("second", shutdown: .within(.seconds(1))), .shutdown),
                (.stubborn("late", shutdown: .within(.seconds(1))), .killed),
            ] { ends.append((scene.watch(try await anybody.startChild(spec)), reason)) }
            try await supervisor.stop()
            for (end, reason) in ends { try check(try await scene.down(end), is: reason) }
        }
    }

    @Test("DS-037 DS-039 a child that is asked to end may end with a reason of its own")
    func ownReason() {
        for shutdown in [Shutdown.infinity, .within(.seconds(1))] {
            play { scene in
                let anybody = Anybody("anybody")
                let supervisor = try await anybody.startLink(scene.me.context)
                let child = try await anybody.startChild(
                    OwnReason.child(shutdown: shutdown) { OwnReason() })
                let end = scene.watch(child)
                try await supervisor.stop()
                try check(try await scene.down(end), is: .shutdown(detail: "mine"))
            }
        }
    }

    @Test("DS-038 DS-040 DS-041 with a time to end those that listen end at once, the others are killed, none restarts")
    func timedEnds() {
        play { scene in
            let anybody = Anybody("anybody")
            let supervisor = try await anybody.startLink(scene.me.context)
            let mode = Switch()
            let good = scene.watch(try await anybody.startChild(.worker("good", shutdown: .within(.seconds(1)))))
            let bad = scene.watch(try await anybody.startChild(.stubborn("bad", shutdown: .within(.seconds(1)))))
            let normal = try await anybody.startChild(.moody("normal", mode))
            scene.me.sendExit(.shutdown, to: supervisor.pid)
            try await scene.exit(normal, .normal)
            try check(try await scene.down(good), is: .shutdown)
            try check(try await scene.down(bad), is: .killed)
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            try check(mode.count, is: 1)
        }
    }

    @Test("DS-043 DS-044 a child is ended on request as its rule says, and is gone afterwards")
    func endOnRequest() {
        for (shutdown, reason) in [(Shutdown.kill, ExitReason.killed), (.within(.seconds(1)), .shutdown)] {
            play { scene in
                let anybody = Anybody("anybody")
                let supervisor = try await anybody.startLink(scene.me.context)
                let child = try await anybody.startChild(.worker("a", shutdown: shutdown))
                let end = scene.watch(child)
                try await anybody.terminateChild(child)
                try check(!scene.me.node.isAlive(child))
                try check(try await scene.down(end), is: reason)
                try check(try await refusal { try await anybody.terminateChild(child) }.name, is: "notFound")
                try check(try await scene.counts(supervisor), is: [0, 0, 0, 0])
            }
        }
    }

    @Test("SU-126 ten thousand children start and stop, and nothing is left of them")
    func scale() {
        play(seeds: 0..<1) { scene in
            for count in [1000, 10_000] {
                let workers = Workers("workers") { number, _ in Worker(number: number) }
                let supervisor = try await workers.startLink(scene.me.context)
                for number in 0..<count { try await workers.startChild(number) }
                try check(try await workers.childCounts().active, is: count)
                try await supervisor.stop()
                try check(scene.me.node.processCount, is: 1)
            }
        }
    }
}

/// Ends with a reason of its own, whatever it is asked.
private struct OwnReason: GenServer {
    mutating func terminate(reason: ExitReason, _ me: Me) throws { throw Exit(.shutdown(detail: "mine")) }
}
