import Testing

@testable import OTP

@Suite struct SupervisorZombieTests {
    static func stage(_ strategy: Supervisor.Strategy, grace: Duration = .seconds(5)) -> SupervisorStage {
        let stage = SupervisorStage(
            strategy, [.played("a", zombieGrace: grace), .played("b", zombieGrace: grace), .played("c")])
        stage.lingering = ["a", "b"]
        stage.start()
        _ = stage.events()
        return stage
    }

    @Test func `the replacement of a killed child waits for its last handler, others do not`() {
        let stage = Self.stage(.oneForOne)
        stage.kill("b")
        stage.exit("c")
        stage.advance(.seconds(4))
        #expect(stage.events() == ["+c"])
        #expect(stage.children() == ["a running", "b restarting", "c running"])
        #expect(stage.snapshot.zombies == 1)
        stage.endZombie("b")
        #expect(stage.events() == ["+b"])
        #expect(!stage.reports.contains("overlap b"))
    }

    @Test func `after the grace it starts beside it, and that is reported`() {
        let stage = Self.stage(.oneForOne)
        stage.kill("b")
        stage.advance(.seconds(5) - .nanoseconds(1))
        #expect(stage.events() == [])
        stage.advance(.nanoseconds(1))
        #expect(stage.events() == ["+b"])
        #expect(stage.reports == ["terminated b", "overlap b"])
    }

    @Test func `no grace means no wait`() {
        let stage = Self.stage(.oneForOne, grace: .zero)
        stage.kill("b")
        #expect(stage.events() == ["+b"])
        #expect(stage.reports == ["terminated b", "overlap b"])
    }

    @Test func `a child that was killed while it started again is waited for as well`() {
        let stage = Self.stage(.oneForOne)
        stage.starts["b"] = [.hangs]
        stage.exit("b")
        #expect(stage.events() == ["+b"])
        stage.killStart("b")
        stage.advance(.seconds(4))
        #expect(stage.events() == [])
        #expect(stage.children() == ["a running", "b restarting", "c running"])
        stage.endZombie("b")
        #expect(stage.events() == ["+b"])
        #expect(stage.reports == ["terminated b", "start error b"])
    }

    @Test func `a group waits for all its zombies`() {
        let stage = Self.stage(.oneForAll)
        stage.stops["a"] = .hangs
        stage.kill("b")
        stage.advance(.seconds(5))
        stage.advance(.seconds(1))
        // Asked at 0, killed at 5; its zombie may stay until 10. That of b was given up at 5.
        #expect(stage.events() == ["-c", "-a", "!a"])
        stage.endZombie("a")
        #expect(stage.events() == ["+a", "+b", "+c"])
        #expect(stage.reports.last == "overlap b")
    }

    @Test func `rest for one waits for the zombies of the rest only`() {
        let stage = SupervisorStage(.restForOne, [.played("a", shutdown: .kill), .played("b"), .played("c")])
        stage.lingering = ["a", "c"]
        stage.start()
        stage.request(.terminateChild(.id("a")))
        _ = stage.events()
        stage.exit("b")
        #expect(stage.events() == ["-c", "+b", "+c"])
        stage.kill("c")
        stage.exit("b")
        #expect(stage.events() == [])
        stage.endZombie("c")
        #expect(stage.events() == ["+b", "+c"])
    }

    @Test func `a start on request waits too, and holds up nobody else`() {
        let stage = SupervisorStage(.oneForOne, [.played("a", shutdown: .kill), .played("b")])
        stage.lingering = ["a"]
        stage.start()
        stage.request(.terminateChild(.id("a")))
        #expect(stage.request(.restartChild("a")) == nil)
        _ = stage.events()
        stage.exit("b")
        #expect(stage.events() == ["+b"])
        #expect(stage.children() == ["a starting", "b running"])
        guard case .restarting? = stage.request(.startChild(.played("a")))?.failure,
            case .restarting? = stage.request(.deleteChild("a"))?.failure
        else {
            Issue.record("wrong answer")
            return
        }
        // Who asks for the same waits for the same.
        #expect(stage.request(.restartChild("a")) == nil)
        stage.endZombie("a")
        #expect(stage.events() == ["+a"])
        #expect(stage.answer(to: 2)?.pid == stage.pid("a"))
        #expect(stage.answer(to: 5)?.pid == stage.pid("a"))
    }

    /// A stage whose second child waits for its zombie because somebody has asked for it.
    private static func held(_ strategy: Supervisor.Strategy, isNew: Bool = false) -> SupervisorStage {
        let b = ChildSpec.played("b", shutdown: .kill)
        let stage = SupervisorStage(strategy, [.played("a"), b, .played("c")])
        stage.lingering = ["b"]
        stage.start()
        stage.request(.terminateChild(.id("b")))
        if isNew {
            stage.request(.deleteChild("b"))
            #expect(stage.request(.startChild(b)) == nil)
        } else {
            #expect(stage.request(.restartChild("b")) == nil)
        }
        _ = stage.events()
        return stage
    }

    @Test func `a start on request beside a zombie goes on after the grace`() {
        let stage = Self.held(.oneForOne, isNew: true)
        stage.advance(.seconds(5))
        #expect(stage.events() == ["+b"])
        #expect(stage.reports == ["overlap b"])
        #expect(stage.answer(to: 3)?.pid == stage.pid("b"))
    }

    @Test(arguments: [false, true])
    func `whoever waits for a start beside a zombie is told that the child has been ended`(isNew: Bool) {
        let stage = Self.held(.oneForOne, isNew: isNew)
        #expect(stage.request(.restartChild("b")) == nil)
        #expect(stage.request(.terminateChild(.id("b")))?.isDone == true)
        for number in isNew ? 3...4 : 2...3 {
            guard case .failedToStart(is Exit)? = stage.answer(to: number)?.failure else {
                Issue.record("wrong answer")
                return
            }
        }
        #expect(stage.children() == (isNew ? ["a running", "c running"] : ["a running", "b stopped", "c running"]))
        stage.endZombie("b")
        stage.advance(.seconds(10))
        #expect(stage.events() == [])
    }

    @Test func `whoever waits for a start beside a zombie is told that the supervisor ends`() {
        let stage = Self.held(.oneForOne)
        stage.shutdown()
        #expect(stage.events() == ["-c", "-a", "end"])
        guard case .shuttingDown? = stage.answer(to: 2)?.failure else {
            Issue.record("wrong answer")
            return
        }
    }

    @Test(arguments: [false, true])
    func `the restart of a sibling takes along who waits for his zombie`(isNew: Bool) {
        let stage = Self.held(.oneForAll, isNew: isNew)
        stage.exit("a")
        // Of a child that is forgotten nobody awaits the zombie.
        #expect(stage.events() == (isNew ? ["-c", "+a", "+c"] : ["-c"]))
        switch stage.answer(to: isNew ? 3 : 2)?.failure {
        case .failedToStart(is Exit)? where isNew: break
        case .restarting? where !isNew: break
        default: Issue.record("wrong answer")
        }
        stage.endZombie("b")
        #expect(stage.events() == (isNew ? [] : ["+a", "+b", "+c"]))
        stage.advance(.seconds(10))
        #expect(stage.events() == [])
    }

    @Test func `a sibling that somebody has started while a group waits for its zombies is ended with the group`() {
        let stage = Self.stage(.oneForAll)
        stage.kill("b")
        #expect(stage.events() == ["-c", "-a"])
        #expect(stage.request(.restartChild("c"))?.pid != nil)
        #expect(stage.events() == ["+c"])
        stage.endZombie("b")
        #expect(stage.events() == ["-c", "+a", "+b", "+c"])
    }

    @Test func `a shutdown waits for no zombie`() {
        let stage = Self.stage(.oneForOne)
        stage.kill("b")
        stage.shutdown()
        #expect(stage.events() == ["-c", "-a", "end"])
    }

    @Test func `a child that waits for its zombie can be ended for good`() {
        let stage = Self.stage(.oneForOne)
        stage.kill("b")
        #expect(stage.request(.terminateChild(.id("b")))?.isDone == true)
        stage.endZombie("b")
        stage.advance(.seconds(10))
        #expect(stage.events() == [])
    }
}
