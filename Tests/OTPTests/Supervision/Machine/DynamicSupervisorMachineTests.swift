import Testing

@testable import OTP

@Suite struct DynamicSupervisorMachineTests {
    @Test func `children start on request, beside one another`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.starts["a"] = [.hangs]
        #expect(stage.start(.played("a")) == nil)
        #expect(stage.start(.played("b"))?.pid == stage.pid("b"))
        stage.finishStart("a")
        #expect(stage.answer(to: 1)?.pid == stage.pid("a"))
        #expect(stage.counts() == [2, 2, 0, 2])
    }

    @Test func `a child that ignores or fails is not kept`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.starts = ["a": [.ignores], "b": [.fails]]
        guard case .pid(nil)? = stage.start(.played("a")), case .failedToStart? = stage.start(.played("b"))?.failure
        else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.counts() == [0, 0, 0, 0])
        #expect(stage.reports == [])
    }

    @Test func `above the limit nothing is started, and who starts or restarts counts`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)), maxChildren: 2)
        stage.starts = ["a": [.hangs], "b": [.runs, .fails]]
        stage.start(.played("a"))
        stage.start(.played("b"))
        stage.exit("b")
        guard case .maxChildren(2)? = stage.start(.played("c"))?.failure else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.counts() == [2, 0, 0, 2])
        stage.advance(.zero)
        #expect(stage.counts() == [2, 1, 0, 2])
        #expect(stage.events() == ["+a", "+b", "+b", "+b"])
    }

    @Test func `a bad specification is refused, a significant one too`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        guard case .invalidShutdown? = stage.start(.played("a", shutdown: .within(.seconds(-1))))?.failure,
            case .significantWithoutAutoShutdown? =
                stage.start(.played("a", .temporary, isSignificant: true))?.failure
        else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.events() == [])
    }

    @Test(arguments: [
        (Restart.permanent, ExitReason.normal, true), (.permanent, .shutdown(detail: "x"), true),
        (.transient, .shutdown, false), (.transient, .shutdown(detail: "x"), false), (.transient, .killed, true),
        (.temporary, .killed, false),
    ])
    func `who is started again after which end`(restart: Restart, reason: ExitReason, again: Bool) {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.start(.played("a", restart))
        stage.exit("a", reason)
        #expect(stage.events() == (again ? ["+a", "+a"] : ["+a"]))
        #expect(stage.counts() == (again ? [1, 1, 0, 1] : [0, 0, 0, 0]))
    }

    @Test func `a restart that is ignored removes the child`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.starts["a"] = [.runs, .ignores]
        stage.start(.played("a"))
        stage.exit("a")
        #expect(stage.counts() == [0, 0, 0, 0])
    }

    @Test func `failed restarts are tried again until the budget is used up, which ends everybody`() {
        let stage = SupervisorStage(dynamic: .atMost(10, in: .seconds(5)))
        stage.starts["a"] = [.runs] + Array(repeating: .fails, count: 20)
        stage.start(.played("b"))
        stage.start(.played("a"))
        stage.exit("a")
        stage.advance(.seconds(1))
        #expect(stage.events() == ["+b", "+a"] + Array(repeating: "+a", count: 10) + ["-b", "end"])
        #expect(stage.ending?.reason.isSame(as: .shutdown) == true)
        guard case .gaveUp? = stage.ending?.cause else {
            Issue.record("ended for another reason")
            return
        }
    }

    @Test func `a child is ended by its process, found by the last one while it is being tried again`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.starts["b"] = [.runs, .fails]
        stage.start(.played("a", shutdown: .kill))
        stage.start(.played("b"))
        #expect(stage.request(.terminateChild(.process(stage.pid("a"))))?.isDone == true)
        stage.exit("b")
        #expect(stage.request(.terminateChild(.process(stage.pid("b"))))?.isDone == true)
        stage.advance(.seconds(1))
        #expect(stage.counts() == [0, 0, 0, 0])
        #expect(stage.events() == ["+a", "+b", "!a", "+b"])
        guard case .notFound? = stage.request(.terminateChild(.process(stage.pid("b"))))?.failure else {
            Issue.record("wrong answer")
            return
        }
    }

    @Test func `a child that hangs in its restart can be ended`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.starts["a"] = [.runs, .hangs]
        stage.start(.played("a"))
        stage.exit("a")
        #expect(stage.request(.terminateChild(.process(stage.pid("a"))))?.isDone == true)
        #expect(stage.events() == ["+a", "+a", "-a"])
    }

    @Test func `an end that takes too long becomes a kill, and is answered to all who asked`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.stops["a"] = .hangs
        stage.start(.played("a"))
        let pid = stage.pid("a")
        #expect(stage.request(.terminateChild(.process(pid))) == nil)
        #expect(stage.request(.terminateChild(.process(pid))) == nil)
        stage.advance(.seconds(5))
        #expect(stage.answer(to: 2)?.isDone == true)
        #expect(stage.answer(to: 3)?.isDone == true)
        #expect(stage.events() == ["+a", "-a", "!a"])
        #expect(stage.reports == ["shutdown error a, had to be killed"])
    }

    @Test func `all are stopped at once, each by its own rule`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.stops = ["slow": .hangs, "endless": .hangs]
        stage.start(.played("slow"))
        stage.start(.played("killed", shutdown: .kill))
        stage.start(.played("endless", shutdown: .infinity))
        stage.start(.played("normal"))
        _ = stage.events()
        stage.shutdown()
        #expect(stage.events() == ["-slow", "!killed", "-endless", "-normal"])
        stage.advance(.seconds(5))
        #expect(stage.events() == ["!slow"])
        stage.advance(.seconds(1000))
        stage.exit("endless", .shutdown(detail: "at last"))
        #expect(stage.events() == ["end"])
        #expect(stage.reports == ["shutdown error slow, had to be killed", "shutdown error endless"])
    }

    @Test func `children that start or are tried again when the shutdown comes do not hold it up`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.starts = ["a": [.hangs], "b": [.runs, .fails], "c": [.runs, .hangs]]
        stage.start(.played("a"))
        stage.start(.played("b"))
        stage.start(.played("c"))
        stage.exit("b")
        stage.exit("c")
        _ = stage.events()
        stage.shutdown()
        #expect(stage.events() == ["-a", "-c", "end"])
        guard case .shuttingDown? = stage.answer(to: 1)?.failure else {
            Issue.record("wrong answer")
            return
        }
    }

    @Test func `a deadline caps each time, and an earlier one shortens it`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.stops = ["a": .hangs, "b": .hangs]
        stage.start(.played("a", shutdown: .infinity))
        stage.start(.played("b", shutdown: .within(.seconds(60))))
        _ = stage.events()
        stage.shutdown(deadline: .seconds(20))
        stage.advance(.seconds(5))
        stage.shutdown(deadline: .seconds(6))
        stage.advance(.seconds(1))
        #expect(stage.events() == ["-a", "-b", "!a", "!b", "end"])
    }

    @Test func `significant children end it as those of any supervisor do`() {
        let any = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)), autoShutdown: .anySignificant)
        any.start(.played("a", .transient, isSignificant: true))
        any.start(.played("b", .transient, isSignificant: true))
        any.exit("a")
        #expect(any.ending == nil)
        any.exit("a", .normal)
        #expect(any.ending != nil)

        let all = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)), autoShutdown: .allSignificant)
        all.start(.played("a", .temporary, isSignificant: true))
        all.start(.played("b", .temporary, isSignificant: true))
        all.exit("a")
        #expect(all.ending == nil)
        all.exit("b", .normal)
        #expect(all.ending != nil)
    }

    @Test func `a replacement waits for its zombie, up to its grace`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.lingering = ["a", "b"]
        stage.start(.played("a"))
        stage.start(.played("b"))
        _ = stage.events()
        stage.exit("a", .killed)
        stage.exit("b", .killed)
        #expect(stage.events() == [])
        stage.endZombie("a")
        #expect(stage.events() == ["+a"])
        stage.advance(.seconds(5))
        #expect(stage.events() == ["+b"])
        #expect(stage.reports.last == "overlap b")
    }

    @Test func `a replacement waits for one that was killed while it started again`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.lingering = ["a"]
        stage.starts["a"] = [.runs, .hangs]
        stage.start(.played("a"))
        stage.exit("a")
        _ = stage.events()
        stage.killStart("a")
        stage.advance(.seconds(1))
        #expect(stage.events() == [])
        #expect(stage.snapshot.zombies == 1)
        stage.endZombie("a")
        #expect(stage.events() == ["+a"])
    }

    @Test func `of a temporary child nothing is kept that could start it`() {
        let stage = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        stage.start(.played("a", .temporary))
        stage.start(.played("b"))
        guard case .spec(let a)? = stage.request(.childSpec(.process(stage.pid("a")))),
            case .spec(let b)? = stage.request(.childSpec(.process(stage.pid("b"))))
        else {
            Issue.record("wrong answer")
            return
        }
        #expect(a.starter == nil)
        #expect(b.starter != nil)
    }
}
