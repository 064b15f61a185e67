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

    @Test func `a start on request waits too`() {
        let stage = SupervisorStage(.oneForOne, [.played("a", shutdown: .kill)])
        stage.lingering = ["a"]
        stage.start()
        stage.request(.terminateChild(.id("a")))
        #expect(stage.request(.restartChild("a")) == nil)
        stage.endZombie("a")
        #expect(stage.lateAnswer()?.pid != nil)
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
