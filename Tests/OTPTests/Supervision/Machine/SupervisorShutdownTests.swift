import Testing

@testable import OTP

@Suite struct SupervisorShutdownTests {
    @Test func `children end one after another, the last one first`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b"), .played("c")])
        stage.stops["b"] = .hangs
        stage.start()
        stage.shutdown()
        #expect(stage.events() == ["+a", "+b", "+c", "ready", "-c", "-b"])
        stage.exit("b", .shutdown)
        #expect(stage.events() == ["-a", "end"])
        #expect(stage.reports == [])
    }

    @Test func `a child over its time is killed, and reported`() {
        let stage = SupervisorStage(
            .oneForOne, [.played("a"), .played("b", shutdown: .within(.seconds(2))), .played("c", shutdown: .infinity)])
        stage.stops = ["b": .hangs, "c": .hangs]
        stage.start()
        _ = stage.events()
        stage.shutdown()
        stage.advance(.seconds(1_000_000))
        #expect(stage.events() == ["-c"])
        stage.exit("c", .shutdown)
        stage.advance(.seconds(2) - .nanoseconds(1))
        #expect(stage.events() == ["-b"])
        stage.advance(.nanoseconds(1))
        #expect(stage.events() == ["!b", "-a", "end"])
        #expect(stage.reports == ["shutdown error b, had to be killed"])
    }

    @Test func `a child that somebody else kills in time did not have to be killed, nor does its successor`() {
        let stage = SupervisorStage(.oneForAll, [.played("a"), .played("b")])
        stage.start()
        stage.stops["a"] = .hangs
        stage.exit("b")
        stage.advance(.seconds(1))
        stage.kill("a")
        #expect(stage.reports == ["terminated b", "shutdown error a"])
        stage.exit("b")
        stage.advance(.seconds(5))
        #expect(stage.reports.suffix(2) == ["terminated b", "shutdown error a, had to be killed"])
        stage.shutdown()
        stage.kill("a")
        #expect(stage.reports.last == "shutdown error a")
    }

    @Test func `a child to be killed is not asked`() {
        let stage = SupervisorStage(.oneForOne, [.played("a", shutdown: .kill)])
        stage.start()
        stage.shutdown()
        #expect(stage.events() == ["+a", "ready", "!a", "end"])
        #expect(stage.reports == [])
    }

    @Test(arguments: [Restart.permanent, .transient, .temporary])
    func `children that end by themselves meanwhile disturb nothing`(restart: Restart) {
        let names = ["normal", "shutdown", "detail", "other"].map { ChildID($0) }
        let stage = SupervisorStage(.oneForOne, names.map { .played($0, restart) } + [.played("slow")])
        stage.stops["slow"] = .hangs
        stage.start()
        _ = stage.events()
        stage.shutdown()
        stage.exit("normal", .normal)
        stage.exit("shutdown", .shutdown)
        stage.exit("detail", .shutdown(detail: "x"))
        stage.exit("other", .error(SupervisorStage.Failure()))
        stage.exit("slow", .shutdown)
        #expect(stage.events() == ["-slow", "end"])
        #expect(stage.ending?.reason.isSame(as: .shutdown) == true)
        let expected = ["shutdown error other"]
        #expect(
            stage.reports
                == (restart == .permanent ? expected + ["detail", "normal"].map { "shutdown error \($0)" } : expected))
    }

    @Test func `the deadline of the tree caps each time, infinity too, and leaves a supervisor a margin`() {
        let stage = SupervisorStage(
            .oneForOne,
            [
                .played("worker", shutdown: .within(.seconds(60))),
                .played("endless", shutdown: .infinity),
                .played("tree", kind: .supervisor),
            ])
        stage.stops = ["worker": .hangs, "endless": .hangs, "tree": .hangs]
        stage.start()
        _ = stage.events()
        stage.shutdown(deadline: .seconds(10))
        #expect(stage.deadlines["tree"] == .seconds(10))
        stage.advance(.seconds(10))
        #expect(stage.events() == ["-tree"])
        stage.advance(SupervisorMachine.supervisorMargin)
        #expect(stage.events() == ["!tree", "-endless", "!endless", "-worker", "!worker", "end"])
    }

    @Test func `a second shutdown with an earlier deadline shortens the first`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b", shutdown: .within(.seconds(60)))])
        stage.stops["b"] = .hangs
        stage.start()
        _ = stage.events()
        stage.shutdown(deadline: .seconds(30))
        stage.advance(.seconds(1))
        stage.shutdown(deadline: .seconds(2))
        stage.shutdown(deadline: .seconds(50))
        stage.advance(.seconds(1))
        #expect(stage.events() == ["-b", "!b", "-a", "end"])
    }

    @Test func `a supervisor below hears of the earlier deadline`() {
        let stage = SupervisorStage(.oneForOne, [.played("tree", kind: .supervisor)])
        stage.stops["tree"] = .hangs
        stage.start()
        stage.shutdown()
        #expect(stage.deadlines["tree"] == .some(nil))
        stage.shutdown(deadline: .seconds(2))
        #expect(stage.deadlines["tree"] == .seconds(2))
    }

    @Test func `a shutdown interrupts a restart, and late answers say so`() {
        let stage = SupervisorStage(.oneForAll, [.played("a"), .played("b"), .played("c")])
        stage.stops["c"] = .hangs
        stage.start()
        stage.exit("b")
        stage.request(.restartChild("b"))
        _ = stage.events()
        stage.shutdown()
        guard case .shuttingDown? = stage.lateAnswer()?.failure else {
            Issue.record("the request was not refused")
            return
        }
        stage.exit("c", .shutdown)
        #expect(stage.events() == ["-a", "end"])
    }

    @Test func `while it ends, a supervisor can be looked at but not changed`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b")])
        stage.stops["b"] = .hangs
        stage.start()
        stage.shutdown()
        #expect(stage.request(.childCounts)?.counts == [2, 1, 0, 2])
        #expect(stage.children() == ["a running", "b stopping"])
        guard case .shuttingDown? = stage.request(.startChild(.played("c")))?.failure else {
            Issue.record("a child was accepted")
            return
        }
    }

    @Test func `a child that is ended on request while the shutdown comes is waited for once`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b"), .played("c")])
        stage.stops["b"] = .hangs
        stage.start()
        stage.request(.terminateChild(.id("b")))
        _ = stage.events()
        stage.shutdown()
        #expect(stage.events() == ["-c"])
        stage.exit("b", .shutdown)
        #expect(stage.events() == ["-a", "end"])
    }
}
