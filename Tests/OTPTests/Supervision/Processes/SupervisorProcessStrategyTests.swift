import OTPTestKit
import Testing

@testable import OTP

@Suite struct SupervisorProcessStrategyTests {
    /// Three workers `a`, `b`, `c` of which `b` starts as `mode` says.
    static func three(
        _ strategy: Supervisor.Strategy, _ mode: Switch = Switch(),
        restarts: Supervisor.Restarts = .atMost(2, in: .seconds(5))
    ) -> Supervisor {
        Supervisor(strategy, restarts: restarts) {
            ChildSpec.worker("a")
            ChildSpec.moody("b", mode)
            ChildSpec.worker("c")
        }
    }

    /// Which of the children kept their processes through what `body` does.
    static func kept(_ scene: Scene, _ supervisor: SupervisorRef, _ body: () async throws -> Void) async throws
        -> [String]
    {
        let before = try await supervisor.children()
        try await body()
        let after = try await supervisor.children()
        return zip(before, after).filter { $0.pid == $1.pid }.map { "\($0.0.id)" }
    }

    @Test("SU-084 SU-086 SU-094 a failure reaches as far as the strategy says, and one too many ends the supervisor")
    func strategies() {
        for (strategy, expected) in [
            (Supervisor.Strategy.oneForOne, ["a", "c"]), (.oneForAll, []), (.restForOne, ["a"]),
        ] {
            play { scene in
                let supervisor = try await scene.start(Self.three(strategy))
                for _ in 0..<2 {
                    let kept = try await Self.kept(scene, supervisor) {
                        try await scene.exit(try await scene.pid("b", supervisor), .error(Worker.Failure()))
                    }
                    try check(kept, is: expected)
                    try check(
                        try await scene.list(supervisor), is: ["a running", "b running", "c running"])
                }
                let others = [
                    scene.watch(try await scene.pid("a", supervisor)),
                    scene.watch(try await scene.pid("c", supervisor)),
                ]
                try await scene.exit(try await scene.pid("b", supervisor), .error(Worker.Failure()))
                for other in others { try check(try await scene.down(other), is: .shutdown) }
                try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            }
        }
    }

    @Test("SU-085 SU-087 SU-095 a restart that keeps failing uses up the budget and ends the supervisor with everybody")
    func escalation() {
        for strategy in [Supervisor.Strategy.oneForOne, .oneForAll, .restForOne] {
            play { scene in
                let mode = Switch()
                let supervisor = try await scene.start(
                    Self.three(strategy, mode, restarts: .atMost(4, in: .seconds(1000))))
                let first = scene.watch(try await scene.pid("a", supervisor))
                mode.always(.fails)
                // Under restForOne b fails because a has, under the others by itself.
                let id: ChildID = strategy == .restForOne ? "a" : "b"
                try await scene.exit(try await scene.pid(id, supervisor), .error(Worker.Failure()))
                try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
                _ = try await scene.down(first)
                try check(mode.count, is: 1 + 4)
                try check(scene.me.node.processes.count, is: 1)
            }
        }
    }

    @Test("SU-096 under restForOne a later child that fails its restart is tried again alone with those after it")
    func laterChildFailsItsRestart() {
        play { scene in
            let mode = Switch()
            let journal = Journal()
            let supervisor = try await scene.start(
                Supervisor(.restForOne) {
                    ChildSpec.noting("a", journal)
                    ChildSpec.moody("b", mode)
                })
            mode.next(.fails)
            try await scene.exit(try await scene.pid("a", supervisor), .error(Worker.Failure()))
            _ = try await scene.pid("a", supervisor)
            try await scene.settle()
            try check(try await scene.list(supervisor), is: ["a running", "b running"])
            try check(journal.take(), is: ["+a", "-a", "+a"])
            try check(mode.count, is: 3)
        }
    }

    @Test("SU-088 under oneForAll a child that fails its restart stops those started again, and all start once more")
    func oneForAllOtherFails() {
        play { scene in
            let mode = Switch()
            let journal = Journal()
            let supervisor = try await scene.start(
                Supervisor(.oneForAll) {
                    ChildSpec.noting("1", journal)
                    Worker.child("2") {
                        try mode.start()
                        return Worker("2", journal)
                    }
                })
            _ = journal.take()
            mode.next(.fails)
            try await scene.end(try await scene.pid("1", supervisor), .kill)
            try await scene.settle()
            try check(try await scene.list(supervisor), is: ["1 running", "2 running"])
            try check(journal.take(), is: ["-2", "+1", "-1", "+1", "+2"])
        }
    }

    @Test func `under restForOne children that had ended, by choice or on request, start with an earlier one`() {
        play { scene in
            let supervisor = try await scene.start(
                Supervisor(.restForOne) {
                    ChildSpec.worker("1")
                    ChildSpec.worker("2", .transient)
                    ChildSpec.worker("3")
                })
            try await supervisor.terminateChild("3")
            try await scene.exit(try await scene.pid("2", supervisor), .normal)
            try check(try await scene.list(supervisor), is: ["1 running", "2 goneByChoice", "3 stopped"])
            try await scene.end(try await scene.pid("1", supervisor), .kill)
            try check(try await scene.list(supervisor), is: ["1 running", "2 running", "3 running"])
        }
    }

    @Test("SU-097 under restForOne the later ones end backwards and all start forwards")
    func order() {
        play { scene in
            let journal = Journal()
            let supervisor = try await scene.start(
                Supervisor(.restForOne) { for i in 1...5 { ChildSpec.noting("\(i)", journal) } })
            _ = journal.take()
            try await scene.exit(try await scene.pid("2", supervisor), .error(Worker.Failure()))
            _ = try await supervisor.childCounts()
            try check(journal.take(), is: ["-2", "-5", "-4", "-3", "+2", "+3", "+4", "+5"])
        }
    }

    @Test("SU-077 a temporary bystander is stopped for a sibling and forgotten, and the supervisor survives")
    func temporaryBystander() {
        for strategy in [Supervisor.Strategy.oneForAll, .restForOne] {
            play { scene in
                let supervisor = try await scene.start(
                    Supervisor(strategy) {
                        ChildSpec.worker("a")
                        ChildSpec.worker("b", .temporary)
                    })
                let b = scene.watch(try await scene.pid("b", supervisor))
                try await scene.exit(try await scene.pid("a", supervisor), .error(Worker.Failure()))
                try check(try await scene.down(b), is: .shutdown)
                try check(try await scene.list(supervisor), is: ["a running"])
            }
        }
    }

    @Test("SU-060 a child that keeps failing its restart is counted, but not as active")
    func restartingIsCounted() {
        play { scene in
            let mode = Switch()
            let supervisor = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(100_000, in: .seconds(5))) {
                    Worker.child("a", backoff: .constant(.seconds(1))) {
                        try mode.start()
                        return Worker()
                    }
                })
            try check(try await scene.counts(supervisor), is: [1, 1, 0, 1])
            mode.always(.fails)
            try await scene.exit(try await scene.pid("a", supervisor), .error(Worker.Failure()))
            try await scene.me.sleep(for: .seconds(10))
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 1])
            mode.always(.works)
            try await scene.me.sleep(for: .seconds(2))
            try check(try await scene.counts(supervisor), is: [1, 1, 0, 1])
            try await supervisor.terminateChild("a")
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 1])
        }
    }

    @Test("SU-099 SU-100 a child that is tried again and again can be ended, and its supervisor too")
    func hangingRestartLoop() {
        for strategy in [Supervisor.Strategy.oneForOne, .oneForAll] {
            play { scene in
                let mode = Switch()
                let supervisor = try await scene.start(
                    Self.three(strategy, mode, restarts: .atMost(100_000_000, in: .seconds(5))))
                mode.always(.fails)
                try await scene.exit(try await scene.pid("b", supervisor), .error(Worker.Failure()))
                try check(try await supervisor.children()[1].phase, is: .restarting)
                try check(
                    try await refusal { try await supervisor.restartChild("b") }.name, is: "restarting")
                try check(
                    try await refusal { try await supervisor.deleteChild("b") }.name, is: "restarting")
                try check(
                    try await refusal { try await supervisor.startChild(ChildSpec.worker("b")) }.name,
                    is: "alreadyPresent")
                try await supervisor.terminateChild("b")
                let count = mode.count
                try await scene.settle()
                try check(mode.count, is: count)
                try check(try await supervisor.children()[1].phase, is: .stopped)
                mode.always(.works)
                try check(try await supervisor.restartChild("b") != nil)

                mode.always(.fails)
                try await scene.exit(try await scene.pid("b", supervisor), .error(Worker.Failure()))
                try check(try await supervisor.children()[1].phase, is: .restarting)
                scene.me.sendExit(.shutdown, to: supervisor.pid)
                try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            }
        }
    }

    @Test("SU-101 under restForOne the one that is tried again restarts, the later ones are stopped, the earlier run")
    func hangingRestartLoopRestForOne() {
        play { scene in
            let mode = Switch()
            let supervisor = try await scene.start(
                Self.three(.restForOne, mode, restarts: .atMost(100_000_000, in: .seconds(5))))
            mode.always(.fails)
            try await scene.exit(try await scene.pid("b", supervisor), .error(Worker.Failure()))
            try check(try await scene.list(supervisor), is: ["a running", "b restarting", "c stopped"])
            try await supervisor.terminateChild("b")
            try check(try await scene.list(supervisor), is: ["a running", "b stopped", "c stopped"])
            mode.always(.works)
            try await supervisor.restartChild("b")
            try await supervisor.restartChild("c")
            try check(try await scene.list(supervisor), is: ["a running", "b running", "c running"])
        }
    }

    @Test("SU-104 SU-105 what has a global name is back under it: a supervisor that was killed, a worker that ended")
    func globalNames() {
        play { scene in
            let middle = SupervisorName.global("middle")
            let worker = ServerName<Worker>.global("worker")
            let top = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(10, in: .seconds(5))) {
                    Supervisor("middle", .oneForOne, restarts: .atMost(10, in: .seconds(5)), name: middle) {
                        Worker.child(name: worker) { Worker() }
                    }
                })
            let oldMiddle = try need(middle.ref)
            let oldWorker = try need(worker.pid)
            try await scene.end(oldMiddle.pid, .kill)
            _ = try await top.childCounts()
            try check(middle.ref != nil && middle.ref != oldMiddle)
            try check(worker.pid != nil && worker.pid != oldWorker)

            for reason in [ExitReason.normal, .error(Worker.Failure())] {
                let before = try need(worker.pid)
                try await scene.exit(before, reason)
                _ = try await middle.childCounts()
                try check(worker.pid != nil && worker.pid != before)
            }
            try await scene.end(try need(worker.pid), .kill)
            _ = try await middle.childCounts()
            try check(worker.pid != nil)
            try await middle.terminateChild("worker")
            try check(worker.pid, is: nil)
            try await middle.restartChild("worker")
            try check(worker.pid != nil)
        }
    }
}
