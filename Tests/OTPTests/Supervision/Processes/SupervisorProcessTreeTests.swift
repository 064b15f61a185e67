import OTPTestKit
import Testing

@testable import OTP

/// What reaches a supervisor from above, from below and from aside.
@Suite struct SupervisorProcessTreeTests {
    @Test func `a branch that gives up has the whole tree started again, as it was declared`() {
        play { scene in
            let mode = Switch()
            let top = try await scene.start(Supervisor("top", .oneForAll, restarts: .atMost(4, in: .seconds(3600))) {})
            try await top.startChild(
                Supervisor("1", .oneForOne) {
                    ChildSpec.worker("a")
                    ChildSpec.worker("b")
                })
            try await top.startChild(
                Supervisor("2", .oneForOne, restarts: .atMost(4, in: .seconds(3600)), name: "two") {})
            try await top.startChild(Supervisor("3", .oneForOne, restart: .transient) {})
            try await top.terminateChild("3")
            try check(try await scene.counts(top), is: [3, 2, 3, 0])
            let two: SupervisorName = "two"
            let c = try await need(two.startChild(ChildSpec.moody("c", mode)))
            let d = try await need(two.startChild(ChildSpec.worker("d")))
            try await scene.end(d, .kill)
            try check(try await scene.pid("c", two), is: c)
            try check(try await scene.counts(two), is: [2, 2, 0, 2])
            mode.always(.fails)
            try await scene.end(c, .kill)
            try await scene.settle()
            // The one that had been stopped, too, and nothing of what was added below.
            try check(try await scene.list(top), is: ["1 running", "2 running", "3 running"])
            try check(try await scene.counts(two), is: [0, 0, 0, 0])
        }
    }

    @Test func `the exit signal of a process that is neither parent nor child means nothing to a supervisor`() {
        play { scene in
            let top = try await scene.start(
                Supervisor("top", .oneForOne) { Supervisor("branch", .oneForOne) { ChildSpec.worker("a") } })
            let branch = try await scene.pid("branch", top)
            for signal in [ExitSignal.shutdown, .reason(.error(Worker.Failure()))] {
                scene.me.sendExit(signal, to: branch)
                try await scene.settle()
                try check(try await scene.pid("branch", top), is: branch)
                let ref = SupervisorRef(server: try need(Node.cell(branch) as? SupervisorCell).ref)
                try check(try await scene.list(ref), is: ["a running"])
            }
        }
    }

    @Test func `a parent that ends normally ends its supervisor with that reason`() {
        play { scene in
            let journal = Journal()
            let root = LockedBox<PID?>(nil)
            let go = Gate()
            let parent = scene.me.node.spawn { (me: PlainProcess<Never>) in
                root.set(try await Supervisor(.oneForOne) { ChildSpec.noting("a", journal) }.startLink(me).pid)
                await go.pass()
            }
            while root.get() == nil { try await scene.settle() }
            let end = scene.watch(try need(root.get()))
            let parentEnd = scene.watch(parent.pid)
            go.open()
            try check(try await scene.down(parentEnd), is: .normal)
            try check(try await scene.down(end), is: .normal)
            try check(journal.take(), is: ["+a", "-a"])
        }
    }
}
