import OTP
import OTPTestKit
import Testing

@Suite struct TaskSupervisorTests {
    private static let slowly: @Sendable (Int) async throws -> Int = { item in
        try await ProcessTask.me!.sleep(for: .seconds(item))
        return item
    }

    /// A scenario with a task supervisor that runs; its process traps exits.
    private func supervised(
        maxChildren: Int? = nil, trapping: Bool = true,
        _ scenario: @escaping @Sendable (PlainProcess<Notice>, SceneLog, TaskSupervisor) async throws -> Void
    ) throws -> [String] {
        try played { me, journal in
            if trapping { me.trapExits { .exit($0) } }
            let tasks = TaskSupervisor("tasks", maxChildren: maxChildren)
            let ref = try await tasks.start()
            try await scenario(me, journal, tasks)
            if me.node.isAlive(ref.pid) { try await ref.stop() }
        }.filter { !$0.hasPrefix("report") }
    }

    @Test("TK-120 its id is its name, or its type if it has none; two without one do not stand in one tree")
    func ids() throws {
        #expect(TaskSupervisor().childSpec.id == "TaskSupervisor")
        #expect(TaskSupervisor(name: "mails").childSpec.id == "mails")
        #expect(TaskSupervisor("mine", name: "mails").childSpec.id == "mine")
        let literal: TaskSupervisor = "mails"
        #expect(literal.childSpec.id == "mails")
        #expect(literal.childSpec.kind == .supervisor)
        let lines = try played { me, journal in
            let tree = try await Supervisor(.oneForOne) {
                TaskSupervisor()
                TaskSupervisor(name: "simple")
                TaskSupervisor(name: .global("far"))
            }.start()
            journal.note("\(try await tree.children().map(\.id))")
            try await tree.stop()
            await journal.note {
                try await Supervisor(.oneForOne) {
                    TaskSupervisor()
                    TaskSupervisor()
                }.start()
            }
        }
        #expect(lines[0] == "[TaskSupervisor, simple, far]")
        #expect(lines[1].contains("ids must differ"))
    }

    @Test func `others find it by its name, and start tasks under it`() throws {
        let lines = try supervised { me, journal, _ in
            let mails = TaskSupervisor("mails", name: "known mails")
            let tree = try await Supervisor(.oneForOne) { mails }.start()
            journal.note("\(SupervisorName("known mails").ref == mails.ref) \(mails.ref != nil)")
            let elsewhere = TaskSupervisor(name: "known mails")
            let pid = try await elsewhere.startChild { try await $0.rest() }
            journal.note("\(try await mails.children() == [pid]) \(try await elsewhere.async { 1 }.value())")
            journal.note("\(try await elsewhere.snapshot().children.count)")
            try await tree.stop()
        }
        #expect(lines == ["true true", "true 1", "1"])
    }

    @Test func `one that was started by a plain process is linked to it, and stops with its tasks`() throws {
        let lines = try supervised { me, journal, _ in
            let mails = TaskSupervisor("mails")
            let ref = try await mails.startLink(me)
            journal.note("\(me.snapshot()!.links == [ref.pid])")
            let task = try await mails.asyncNoLink { try await $0.rest() }
            try await mails.stop(reason: .shutdown(detail: "enough"))
            journal.note(SceneLog.short(await task.poll()))
            journal.note("\(try await me.leftovers()) \(mails.ref == nil)")
            await journal.note { try await mails.stop() }
            await journal.note { try await mails.snapshot() }
        }
        #expect(
            lines == [
                "true", "exited (shutdown)", "[\"EXIT (shutdown: enough)\"] true", "noProcess", "noProcess",
            ])
    }

    @Test func `several share the tasks by key, each as a partition of its own`() throws {
        let lines = try supervised { me, journal, _ in
            let tasks = PartitionSupervisor("tasks", partitions: 3) { _ in TaskSupervisor() }
            let ref = try await tasks.startLink(me)
            for key in 0..<3 { journal.note("\(try await tasks[key].async { key }.value())") }
            let task = try await tasks[1].asyncNoLink { try await $0.rest() }
            journal.note("\(try await tasks[1].children() == [task.pid!]) \(try await tasks[0].children())")
            journal.note("\(try await ref.children().map(\.id))")
            try await ref.stop()
        }
        #expect(lines.prefix(5) == ["0", "1", "2", "true []", "[0, 1, 2]"])
    }

    @Test func `a task is killed at once where that was said at its start, and else asked to end`() throws {
        let lines = try supervised { me, journal, tasks in
            let linked = try await tasks.async(shutdown: .kill) { try await $0.rest() }
            let unlinked = try await tasks.asyncNoLink(shutdown: .kill) { try await $0.rest() }
            let nobodys = try await tasks.startChild(shutdown: .kill) { try await $0.rest() }
            let other = try await tasks.startChild { try await $0.rest() }
            let monitors = [linked.pid!, unlinked.pid!, nobodys, other].map { pid in me.monitor(pid) { .down($0) } }
            try await tasks.stop()
            for monitor in monitors {
                let reason = try await me.receive { notice -> ExitReason? in
                    if case .down(let message) = notice, message.monitor == monitor { message.reason } else { nil }
                }
                journal.note("\(reason)")
            }
            journal.note(SceneLog.short(await linked.poll()))
            journal.note(SceneLog.short(await unlinked.poll()))
        }
        #expect(lines == ["killed", "killed", "killed", "shutdown", "exited (killed)", "exited (killed)"])
    }

    @Test func `a transient task runs again after a failure, not after a normal end, and knows its callers`() throws {
        let lines = try supervised { me, journal, tasks in
            let (count, pid) = (Locked(0), me.pid)
            try await tasks.startChild(restart: .transient) {
                let number = count.with {
                    $0 += 1
                    return $0
                }
                journal.note("run \(number) \(ProcessTask.callers == [pid])")
                if number < 3 { throw Broken() }
            }
            try await me.sleep(for: .seconds(1))
            journal.note("\(try await tasks.children())")
        }
        #expect(lines == ["run 1 true", "run 2 true", "run 3 true", "[]"])
    }

    @Test("TK-121 a new one has no children, whoever is asked") func counts() throws {
        let lines = try supervised { _, journal, tasks in
            journal.note("\(try await tasks.children()) \(try await tasks.childCounts().active)")
            journal.note("\(try await tasks.ref!.children().count) \(try await tasks.ref!.childCounts().specs)")
            try await tasks.startChild { try await $0.rest() }
            journal.note("\(try await tasks.children().count) \(try await tasks.childCounts().workers)")
        }
        #expect(lines == ["[] 0", "0 0", "1 1"])
    }

    @Test("TK-122 TK-126 async: a child of the supervisor, linked to it and to the caller") func async() throws {
        let lines = try supervised { me, journal, tasks in
            let word = "done"
            let task = try await tasks.async {
                try await $0.sleep(for: .seconds(1))
                return word
            }
            let supervisor = tasks.ref!.pid
            let snapshot = me.node.snapshot(of: task.pid!)!
            journal.note("\(try await tasks.children() == [task.pid!]) \(snapshot.parent == supervisor)")
            journal.note("\(Set(snapshot.links) == [me.pid, supervisor]) \(me.snapshot()!.links == [task.pid!])")
            await journal.value(of: task)
            journal.note("\(try await me.leftovers()) \(try await tasks.children())")
        }
        #expect(lines == ["true true", "true true", "ok done", "[\"EXIT (normal)\"] []"])
    }

    @Test("TK-124 TK-129 above its limit a start is refused, and the others run on") func maxChildren() throws {
        let lines = try supervised(maxChildren: 1) { _, journal, tasks in
            let task = try await tasks.async { try await $0.rest() }
            await journal.note("async") { try await tasks.async {} }
            await journal.note("asyncNoLink") { try await tasks.asyncNoLink {} }
            await journal.note("startChild") { try await tasks.startChild {} }
            journal.note(SceneLog.short(await task.poll()))
            await task.shutdown()
            await journal.value(of: try await tasks.async { 1 })
        }
        #expect(lines.prefix(3).allSatisfy { $0.contains("as many as are allowed") })
        #expect(lines.dropFirst(3) == ["nothing", "ok 1"])
    }

    @Test("TK-125 TK-135 TK-149 callers are those who asked, ancestors the supervisor and above") func callers() throws
    {
        let lines = try supervised { me, journal, tasks in
            let root = me.pid
            let expected: @Sendable (PlainProcess<Never>) -> Bool = {
                ProcessTask.callers == [root] && $0.ancestors == [tasks.ref!.pid, root]
            }
            await journal.value(of: try await tasks.async { expected($0) })
            await journal.value(of: try await tasks.asyncNoLink { expected($0) })
            try await tasks.startChild { journal.note("\(expected($0))") }
            try await me.sleep(for: .milliseconds(1))
            await journal.outcomes(of: tasks.asyncStream([1]) { _ in expected(ProcessTask.me!) })
            await journal.outcomes(of: tasks.asyncStreamNoLink([1]) { _ in expected(ProcessTask.me!) })
        }
        #expect(lines == ["ok true", "ok true", "true", "ok true", "ok true"])
    }

    @Test("TK-127 TK-130 asyncNoLink: awaited, but not linked; its failure harms nobody") func noLink() throws {
        let lines = try supervised(trapping: false) { me, journal, tasks in
            let what = Broken("why")
            let task = try await tasks.asyncNoLink {
                try await $0.sleep(for: .seconds(1)); throw what
            }
            journal.note("\(me.snapshot()!.links) \(me.node.snapshot(of: task.pid!)!.links == [tasks.ref!.pid])")
            await journal.value(of: task)
        }
        #expect(lines == ["[] true", "exited (error: why)"])
    }

    @Test("an unlinked task runs on when it is given up, or its owner ends") func noLinkRunsOn() throws {
        let lines = try supervised { me, journal, tasks in
            let task = try await tasks.asyncNoLink {
                try await $0.sleep(for: .seconds(2)); journal.note("done")
            }
            await journal.value(of: task, within: .seconds(1))
            let owner = spawn { _ in
                _ = try await tasks.asyncNoLink {
                    try await $0.sleep(for: .seconds(2)); journal.note("done too")
                }
            }
            _ = await owner.waitForEnd()
            try await me.sleep(for: .seconds(3))
        }
        #expect(lines == ["timeout", "done", "done too"])
    }

    @Test("a linked task ends with its owner; the owner of one that fails ends with it") func linked() throws {
        let lines = try supervised { me, journal, tasks in
            let pid = Locked<PID?>(nil)
            let owner = spawn { its in
                let task = try await tasks.async { try await $0.rest() }
                pid.with { $0 = task.pid }
                try await its.sleep(for: .seconds(1))
            }
            _ = await owner.waitForEnd()
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.isAlive(pid.value!))")
            let other = spawn { its in
                _ = try await tasks.async { throw Broken() }
                try await its.rest()
            }
            journal.note("\(await other.waitForEnd()!)")
        }
        #expect(lines == ["false", "error: broken"])
    }

    @Test("TK-131 TK-132 startChild: a task that nobody is tied to") func startChild() throws {
        let lines = try supervised { me, journal, tasks in
            let word = "runs"
            let pid = try await tasks.startChild {
                journal.note(word); try await $0.rest()
            }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.snapshot()!.links) \(me.node.snapshot(of: pid)!.monitoredBy)")
            journal.note("\(try await tasks.children() == [pid])")
        }
        #expect(lines == ["runs", "[] []", "true"])
    }

    @Test("TK-134 a permanent task is run again after it ended") func restart() throws {
        let lines = try supervised { me, journal, tasks in
            let pid = try await tasks.startChild(restart: .permanent) {
                journal.note("runs \(ProcessTask.callers.count)")
                try await $0.rest()
            }
            try await me.sleep(for: .milliseconds(1))
            me.sendExit(.shutdown, to: pid)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await tasks.children().count) \(try await tasks.children() == [pid])")
        }
        #expect(lines == ["runs 1", "runs 1", "1 false"])
    }

    @Test("TK-136 terminateChild ends a task; one that is gone is not found") func terminate() throws {
        let lines = try supervised { me, journal, tasks in
            let pid = try await tasks.startChild { try await $0.rest() }
            await journal.note { try await tasks.terminateChild(pid) }
            journal.note("\(me.node.isAlive(pid)) \(try await tasks.children())")
            await journal.note { try await tasks.terminateChild(pid) }
        }
        #expect(lines.prefix(2) == ["ok", "false []"])
        #expect(lines.last?.contains("there is no") == true)
    }

    @Test("TK-137 a wait that times out hears nothing of the task any more") func awaitTimeout() throws {
        let lines = try supervised { me, journal, tasks in
            let task = try await tasks.asyncNoLink { try await $0.sleep(for: .seconds(2)) }
            await journal.value(of: task, within: .seconds(1))
            try await me.sleep(for: .seconds(2))
            journal.note("\(try await me.leftovers())")
            await journal.value(of: task)
        }
        #expect(lines == ["timeout", "[]", "alreadyTaken"])
    }

    @Test("TK-139 TK-140 awaiting a task that failed: what it threw, or its reason") func awaitFailure() throws {
        let lines = try supervised { _, journal, tasks in
            await journal.value(of: try await tasks.async { throw Broken() })
            await journal.value(of: try await tasks.async { try exit(.shutdown(detail: "why")) })
            await journal.value(of: try await tasks.asyncNoLink { try exit(.normal) })
        }
        #expect(lines == ["exited (error: broken)", "exited (shutdown: why)", "exited (normal)"])
    }

    @Test("without a running supervisor a start fails; one that ends takes its tasks along") func notRunning() throws {
        let lines = try supervised { me, journal, tasks in
            let task = try await tasks.asyncNoLink { try await $0.rest() }
            try await tasks.ref!.stop()
            await journal.value(of: task)
            await journal.note { try await tasks.async {} }
            await journal.outcomes(of: tasks.asyncStream([1]) { $0 })
        }
        #expect(lines == ["exited (shutdown)", "noProcess", "threw noProcess"])
    }

    // MARK: streams

    @Test func `a time to end that is none makes the loop fail, also if there is nothing to do`() throws {
        let lines = try supervised { _, journal, tasks in
            await journal.outcomes(of: tasks.asyncStream([Int](), shutdown: .within(.seconds(-1))) { $0 })
            await journal.outcomes(of: tasks.asyncStreamNoLink([Int](), shutdown: .within(.seconds(-1))) { $0 })
        }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("expected zero or more") })
    }

    @Test("TK-141 TK-142 TK-144 a stream of supervised tasks: in the order of the items, slowest first too")
    func stream() throws {
        let lines = try supervised { me, journal, tasks in
            let factor = 2
            await journal.outcomes(of: tasks.asyncStream(1...3) { $0 * factor })
            await journal.outcomes(of: tasks.asyncStream([3, 2, 1], maxConcurrency: 3, body: Self.slowly))
            journal.note("\(try await me.leftovers()) \(try await tasks.children())")
        }
        #expect(lines == ["ok 2", "ok 4", "ok 6", "ok 3", "ok 2", "ok 1", "[] []"])
    }

    @Test("TK-145 TK-151 TK-152 failed and slow items are elements with their input, if the process traps exits")
    func streamFailures() throws {
        let lines = try supervised { me, journal, tasks in
            let stream = tasks.asyncStream([0, 9, 1], maxConcurrency: 3, timeout: .seconds(2), onTimeout: .killTask) {
                if $0 == 0 { throw Broken() }
                return try await Self.slowly($0)
            }
            await journal.outcomes(of: stream)
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["0 exited (error: broken)", "9 timeout", "ok 1", "[]"])
    }

    @Test("TK-146 TK-147 leaving the loop ends the tasks that still run; nothing is left") func streamLeft() throws {
        let lines = try supervised { me, journal, tasks in
            await journal.outcomes(
                of: tasks.asyncStream([1, 100, 100], maxConcurrency: 3, body: Self.slowly), limit: 1)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await tasks.children()) \(me.snapshot()!.links) \(try await me.leftovers())")
        }
        #expect(lines == ["ok 1", "[] [] []"])
    }

    @Test("TK-150 a stream may be run by another process than the one that made it") func streamElsewhere() throws {
        let lines = try supervised { _, journal, tasks in
            let stream = tasks.asyncStream(1...2) { $0 }
            let other = spawn { me in
                let pid = me.pid
                let mine = tasks.asyncStream([0]) { _ in ProcessTask.callers.first == pid }
                await journal.outcomes(of: stream)
                await journal.outcomes(of: mine)
            }
            _ = await other.waitForEnd()
        }
        #expect(lines == ["ok 1", "ok 2", "ok true"])
    }

    @Test("TK-154 TK-155 TK-156 an unlinked stream keeps the order and leaves nothing; failures are elements")
    func streamNoLink() throws {
        let lines = try supervised(trapping: false) { me, journal, tasks in
            await journal.outcomes(
                of: tasks.asyncStreamNoLink([1, 0, 2]) { item in
                    if item == 0 { throw Broken() }
                    return item
                })
            journal.note("\(try await me.leftovers()) \(try await tasks.children())")
        }
        #expect(lines == ["ok 1", "0 exited (error: broken)", "ok 2", "[] []"])
    }

    @Test("TK-157 TK-159 TK-160 unlinked: slowest first in order; leaving the loop ends the others")
    func streamNoLinkLeft() throws {
        let lines = try supervised(trapping: false) { me, journal, tasks in
            await journal.outcomes(
                of: tasks.asyncStreamNoLink([3, 2, 1, 100], maxConcurrency: 4, body: Self.slowly), limit: 3)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await tasks.children()) \(try await me.leftovers())")
        }
        #expect(lines == ["ok 3", "ok 2", "ok 1", "[] []"])
    }

    @Test("TK-161 a supervisor without room makes the loop fail, and what had begun ends", arguments: [true, false])
    func streamMaxChildren(isLinked: Bool) throws {
        let lines = try supervised(maxChildren: 2) { me, journal, tasks in
            let stream =
                isLinked
                ? tasks.asyncStream([9, 9, 9, 9], maxConcurrency: 4, body: Self.slowly)
                : tasks.asyncStreamNoLink([9, 9, 9, 9], maxConcurrency: 4, body: Self.slowly)
            await journal.outcomes(of: stream)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await tasks.children()) \(try await me.leftovers())")
        }
        #expect(lines.count == 2 && lines[0].contains("as many as are allowed") && lines[1] == "[] []")
    }

    @Test("the items end with the process that runs the loop, linked or not", arguments: [true, false])
    func streamOwnerEnds(isLinked: Bool) throws {
        let lines = try supervised { me, journal, tasks in
            let owner = spawn { _ in
                let stream =
                    isLinked
                    ? tasks.asyncStream([5], body: Self.slowly) : tasks.asyncStreamNoLink([5], body: Self.slowly)
                for try await _ in stream {}
            }
            try await me.sleep(for: .seconds(1))
            owner.sendExit(isLinked ? .shutdown : .kill)
            _ = await owner.waitForEnd()
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await tasks.children().count)")
        }
        #expect(lines == ["0"])
    }
}
