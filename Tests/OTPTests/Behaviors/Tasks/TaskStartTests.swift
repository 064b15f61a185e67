import OTP
import OTPTestKit
import Testing

@Suite struct TaskStartTests {
    @Test("TK-001 a function is a child of a supervisor, run once")
    func child() throws {
        let lines = try played { me, journal in
            let tree = try await Supervisor(.oneForOne) {
                ProcessTask.child { journal.note("runs") }
            }.start()
            try await me.sleep(for: .seconds(1))
            journal.note("\(try await tree.snapshot().departed.map(\.id)) gone")
            try await tree.stop()
        }
        #expect(lines == ["runs", "[task] gone"])
    }

    @Test("TK-002 a task is temporary as a child unless told otherwise; id, restart, shutdown and name can be chosen")
    func childSpec() throws {
        let plain = ProcessTask.child {}
        #expect(plain.id == "task")
        #expect(plain.restart == .temporary)
        #expect(plain.shutdown == .within(.seconds(5)))
        let chosen = ProcessTask.child("mail", restart: .permanent, shutdown: .kill) {}
        #expect(chosen.id == "mail")
        #expect(chosen.restart == .permanent)
        #expect(chosen.shutdown == .kill)
        let lines = try played { me, journal in
            let name = ServerName<PlainBehavior<Never>>("the task")
            let tree = try await Supervisor(.oneForOne) {
                ProcessTask.child(name: name, restart: .permanent) { try await $0.rest() }
            }.start()
            let first = name.pid
            journal.note("named \(first != nil)")
            name.sendExit(.kill)
            try await me.sleep(for: .seconds(1))
            journal.note("again \(name.pid != nil && name.pid != first)")
            try await tree.stop()
        }
        #expect(lines.filter { !$0.hasPrefix("report") } == ["named true", "again true"])
    }

    @Test("TK-004 the outcome comes once, as a message if wanted, and the process is gone by then")
    func async() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { 42 }
            try me.follow(task) { .text("\(SceneLog.short($0))") }
            journal.note(try await me.next())
            journal.note("alive \(me.node.isAlive(task.pid!))")
            journal.note("\(try await me.leftovers())")
            await journal.value("again", of: task)
            let broken = ProcessTask.async { () async throws -> Int in throw Broken() }
            try me.follow(broken) { .text("\(SceneLog.short($0))") }
            for line in try await me.leftovers() { journal.note(line) }
            let done = ProcessTask.async { 1 }
            try await me.sleep(for: .seconds(1))
            try me.follow(done) { .text("done \(SceneLog.short($0))") }
            for line in try await me.leftovers() { journal.note(line) }
            #expect(throws: TaskFailure.self) { try me.follow(done) { _ in .text("never") } }
        }
        #expect(
            lines == [
                "ok 42", "alive false", "[\"EXIT (normal)\"]", "again: alreadyTaken", "exited (error: broken)",
                "EXIT (error: broken)", "EXIT (normal)", "done ok 1",
            ])
    }

    @Test("TK-005 TK-116 a task says where it was started; a crash is reported with that, its process and its starter")
    func place() throws {
        let virtual = VirtualNode(seed: 1)
        let reports = virtual.crashes()
        let (kind, pid, line, me) = try virtual.run(receiving: Notice.self) { me in
            me.trapExits { .exit($0) }
            let line = #line + 1
            let task = ProcessTask.async {
                try await $0.sleep(for: .seconds(1)); throw Broken()
            }
            try await me.sleep(for: .milliseconds(1))
            let kind = me.node.snapshot(of: task.pid!)?.kind
            _ = await task.result()
            return (kind, task.pid!, line, me.pid)
        }
        #expect(kind == "task at OTPTests/TaskStartTests.swift:\(line)")
        let report = try #require(reports.value.first)
        #expect(reports.value.count == 1)
        #expect(report.pid == pid)
        #expect(report.callers == [me])
        #expect("\(report)".contains("started by \(me)"))
        #expect("\(report)".contains("TaskStartTests.swift:\(line)"))
        #expect("\(report)".contains("broken"))
        virtual.node.onReport(nil)
        try virtual.shutdown()
    }

    @Test("TK-117 the report of a crashed task has its label")
    func label() throws {
        let virtual = VirtualNode(seed: 1)
        let reports = virtual.crashes()
        try virtual.run { me in
            ProcessTask.start { task in
                task.label("mail to ann")
                throw Broken()
            }
            try await me.sleep(for: .seconds(1))
        }
        #expect(reports.value.map(\.label) == ["mail to ann"])
        virtual.node.onReport(nil)
        try virtual.shutdown()
    }

    @Test("TK-006 arguments are what the closure captures")
    func arguments() throws {
        let lines = try played { me, journal in
            let name = "ann"
            await journal.value(of: ProcessTask.async { "hello \(name)" })
        }
        #expect(lines == ["ok hello ann"])
    }

    @Test("TK-007 TK-012 each task knows on whose behalf it works, through all tasks before it")
    func callers() throws {
        let lines = try played { me, journal in
            let root = me.pid
            journal.note("outside \(ProcessTask.callers)")
            let task = ProcessTask.async { me in
                let outer = me.pid
                let inner = ProcessTask.async { ProcessTask.callers }
                journal.note("\(ProcessTask.callers == [root]) \(try await inner.value() == [outer, root])")
            }
            try await task.value()
            ProcessTask.startLink { journal.note("startLink \(ProcessTask.callers == [root])") }
            ProcessTask.start { journal.note("start \(ProcessTask.callers == [root])") }
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines.prefix(2) == ["outside []", "true true"])
        #expect(Set(lines.dropFirst(2)) == ["startLink true", "start true"])
    }

    @Test("TK-008 TK-009 start: a process that nobody is tied to, and no message")
    func start() throws {
        let lines = try trapped { me, journal in
            let pid = ProcessTask.start { try await $0.rest() }
            journal.note("\(me.node.isAlive(pid)) links \(me.snapshot()!.links)")
            me.node.sendExit(.kill, to: pid)
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["true links []", "[]"])
    }

    @Test("TK-010 TK-011 startLink: linked to the process that starts it")
    func startLink() throws {
        let lines = try trapped { me, journal in
            let pid = ProcessTask.startLink { try await $0.rest() }
            journal.note("\(me.snapshot()!.links == [pid])")
            me.node.sendExit(.kill, to: pid)
            journal.note(try await me.next())
        }
        #expect(lines == ["true", "EXIT (killed)"])
    }

    @Test("a task ends with its owner, for whatever reason; one that is ignored does not", arguments: [true, false])
    func endsWithOwner(normally: Bool) throws {
        let lines = try played { me, journal in
            let pids = Locked<[PID]>([])
            let owner = spawn(receiving: Notice.self) { its in
                let task = ProcessTask.async { try await $0.rest() }
                let ignored = ProcessTask.async { try await $0.rest() }
                ignored.ignore()
                pids.with { $0 = [task.pid!, ignored.pid!] }
                try await its.sleep(for: .milliseconds(1))
                if !normally { throw Exit(.shutdown) }
            }
            _ = await owner.waitForEnd()
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(pids.value.map { me.node.isAlive($0) })")
        }
        #expect(lines == ["[false, true]"])
    }

    @Test("a process that was killed starts no task") func zombie() throws {
        let lines = try played { me, journal in
            let latch = Latch()
            let zombie = spawn { _ in
                await latch.wait()
                let task = ProcessTask.async { journal.note("never") }
                journal.note(SceneLog.short(await task.result()))
            }
            try await me.sleep(for: .milliseconds(1))
            zombie.sendExit(.kill)
            latch.open()
            try await me.sleep(for: .milliseconds(1))
        }
        #expect(lines.filter { $0.hasPrefix("never") } == [])
        #expect(lines.contains("exited (killed)"))
    }
}
