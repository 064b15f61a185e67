import OTPTestKit
import Testing

@testable import OTP

@Suite struct AutoShutdownProcessTests {
    static func pair(_ mode: Supervisor.AutoShutdown, _ restart: Restart, isSignificant: Bool = true) -> Supervisor {
        Supervisor(.oneForOne, restarts: .atMost(10, in: .seconds(5)), autoShutdown: mode) {
            ChildSpec.worker("a", restart, isSignificant: isSignificant)
            ChildSpec.worker("b", restart, isSignificant: isSignificant)
        }
    }

    @Test("SU-106 SU-107 the end of an insignificant child never ends the supervisor")
    func insignificant() {
        for mode in [Supervisor.AutoShutdown.never, .anySignificant, .allSignificant] {
            for restart in [Restart.temporary, .transient] {
                play(seeds: 0..<1) { scene in
                    let supervisor = try await scene.start(Self.pair(mode, restart, isSignificant: false))
                    try await supervisor.terminateChild("a")
                    let pid: PID
                    if restart == .transient {
                        pid = try await need(supervisor.restartChild("a"))
                    } else {
                        pid = try await need(supervisor.startChild(ChildSpec.worker("a", restart)))
                    }
                    try await scene.end(pid, .kill)
                    try await scene.exit(try await scene.pid("b", supervisor), .error(Worker.Failure()))
                    if restart == .transient {
                        // Both were started again; now they end as expected.
                        try await scene.exit(try await scene.pid("a", supervisor), .normal)
                        try await scene.exit(try await scene.pid("b", supervisor), .normal)
                        try check(try await scene.list(supervisor), is: ["a goneByChoice", "b goneByChoice"])
                    } else {
                        try check(try await scene.list(supervisor), is: [])
                    }
                    try check(supervisor.isAlive)
                }
            }
        }
    }

    @Test("SU-109 SU-111 with allSignificant only the end of the last one ends the supervisor")
    func all() {
        play { scene in
            let temporary = try await scene.start(Self.pair(.allSignificant, .temporary))
            let b = try await scene.pid("b", temporary)
            try await scene.end(try await scene.pid("a", temporary), .kill)
            _ = try await temporary.childCounts()
            try await scene.exit(b, .normal)
            try check(try await scene.exit(of: temporary.pid), is: .shutdown)

            let transient = try await scene.start(Self.pair(.allSignificant, .transient))
            try await scene.exit(try await scene.pid("a", transient), .error(Worker.Failure()))
            for id in ["a", "b"] as [ChildID] {
                try check(transient.isAlive)
                try await scene.exit(try await scene.pid(id, transient), .normal)
            }
            try check(try await scene.exit(of: transient.pid), is: .shutdown)
        }
    }

    @Test("SU-110 with anySignificant a transient child ends its supervisor by ending normally, and only by that")
    func any() {
        play { scene in
            let supervisor = try await scene.start(Self.pair(.anySignificant, .transient))
            try await scene.end(try await scene.pid("a", supervisor), .kill)
            try await scene.exit(try await scene.pid("a", supervisor), .error(Worker.Failure()))
            try await supervisor.terminateChild("a")
            try check(try await scene.list(supervisor), is: ["a stopped", "b running"])
            try await scene.exit(try await scene.pid("b", supervisor), .normal)
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test func `with anySignificant a temporary child ends its supervisor however it ends, but not on request`() {
        for end in [ExitSignal.kill, .reason(.error(Worker.Failure())), .shutdown] {
            play { scene in
                let supervisor = try await scene.start(Self.pair(.anySignificant, .temporary))
                try await supervisor.terminateChild("a")
                try check(try await scene.list(supervisor), is: ["b running"])
                let a = try await need(
                    supervisor.startChild(ChildSpec.worker("a", .temporary, isSignificant: true)))
                scene.me.sendExit(end, to: a)
                try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
            }
        }
    }

    @Test(
        "SU-113 significant children that are stopped for a sibling, or merely stand beside it, do not end the supervisor"
    )
    func bystanders() {
        for strategy in [Supervisor.Strategy.oneForOne, .oneForAll, .restForOne] {
            for mode in [Supervisor.AutoShutdown.anySignificant, .allSignificant] {
                for (restart, left) in [(Restart.transient, ["1", "2", "3"]), (.temporary, [])] {
                    play(seeds: 0..<2) { scene in
                        let supervisor = try await scene.start(
                            Supervisor(strategy, autoShutdown: mode) {
                                ChildSpec.worker("1", restart, isSignificant: true)
                                ChildSpec.worker("2", .transient)
                                ChildSpec.worker("3", restart, isSignificant: true)
                            })
                        try await scene.end(try await scene.pid("2", supervisor), .kill)
                        let kept =
                            switch strategy {
                            case .oneForOne: ["1", "2", "3"]
                            case .oneForAll: left.isEmpty ? ["2"] : left
                            case .restForOne: left.isEmpty ? ["1", "2"] : left
                            }
                        try check(try await scene.list(supervisor), is: kept.map { "\($0) running" })
                    }
                }
            }
        }
    }

    @Test func `with allSignificant a child that declined its start is not waited for`() {
        play { scene in
            let mode = Switch()
            mode.next(.ignores)
            let supervisor = try await scene.start(
                Supervisor(.oneForOne, autoShutdown: .allSignificant) {
                    Worker.child("a", restart: .transient, isSignificant: true) {
                        try mode.start()
                        return Worker()
                    }
                    ChildSpec.worker("b", .transient, isSignificant: true)
                })
            try await scene.exit(try await scene.pid("b", supervisor), .normal)
            try check(try await scene.exit(of: supervisor.pid), is: .shutdown)
        }
    }

    @Test("SU-112 a dynamic supervisor ends with the first or the last of its significant children")
    func dynamic() {
        play { scene in
            let any = DynamicSupervisor<Int, ServerRef<Worker>>(
                "any", autoShutdown: .anySignificant, restart: .transient
            ) { number, _ in Worker(number: number) }
            let anyRef = try await any.startLink(scene.me.context)
            let first = try await any.startChild(1)
            _ = try await any.startChild(2)
            try await scene.exit(first.pid, .normal)
            try check(try await scene.exit(of: anyRef.pid), is: .shutdown)

            let all = DynamicSupervisor<Int, ServerRef<Worker>>("all", autoShutdown: .allSignificant) { number, _ in
                Worker(number: number)
            }
            let allRef = try await all.startLink(scene.me.context)
            let children = [try await all.startChild(1), try await all.startChild(2)]
            try await scene.exit(children[0].pid, .normal)
            try check(allRef.isAlive)
            try await scene.exit(children[1].pid, .error(Worker.Failure()))
            try check(try await scene.exit(of: allRef.pid), is: .shutdown)
        }
    }

    @Test("SU-114 an auto-shutdown is an expected end, so that it goes up as far as supervisors are significant")
    func escalation() {
        for isSignificant in [true, false] {
            play { scene in
                let top = try await scene.start(
                    Supervisor(.oneForOne, autoShutdown: .anySignificant) {
                        Supervisor(
                            "branch", .oneForOne, autoShutdown: .anySignificant, restart: .transient,
                            isSignificant: isSignificant
                        ) { ChildSpec.worker("a", .transient, isSignificant: true) }
                        ChildSpec.worker("b")
                    })
                let branch = try await scene.pid("branch", top)
                let end = scene.watch(branch)
                let cell = try need(Node.cell(branch) as? SupervisorCell)
                let a = try await scene.pid("a", SupervisorRef(server: cell.ref))
                try await scene.exit(a, .normal)
                try check(try await scene.down(end), is: .shutdown)
                if isSignificant {
                    try check(try await scene.exit(of: top.pid), is: .shutdown)
                } else {
                    try check(try await scene.list(top), is: ["branch goneByChoice", "b running"])
                }
            }
        }
    }
}
