import Testing

@testable import OTP

@Suite struct SupervisorStartTests {
    @Test func `children start one after another, each when the one before is through its init`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b"), .played("c")])
        stage.starts["b"] = [.hangs]
        stage.start()
        #expect(stage.events() == ["+a", "+b"])
        stage.finishStart("b")
        #expect(stage.events() == ["+c", "ready"])
    }

    @Test func `a supervisor without children is ready at once`() {
        let stage = SupervisorStage(.oneForOne, [])
        stage.start()
        stage.shutdown()
        #expect(stage.events() == ["ready", "end"])
    }

    @Test func `a child that fails to start takes down what had started, in reverse order`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b"), .played("c"), .played("d")])
        stage.starts["c"] = [.fails]
        stage.start()
        #expect(stage.events() == ["+a", "+b", "+c", "-b", "-a", "end"])
        guard case .failedStart(let error)? = stage.ending?.cause, case .failedToStart = error.code else {
            Issue.record("ended for another reason: \(String(describing: stage.ending))")
            return
        }
        #expect(error.child == "c")
        #expect(stage.reports == ["start error c"])
    }

    @Test func `an ignoring child stays listed unless it is temporary`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b", .temporary), .played("c")])
        stage.starts = ["a": [.ignores], "b": [.ignores]]
        stage.start()
        #expect(stage.events() == ["+a", "+b", "+c", "ready"])
        #expect(stage.children() == ["a ignored", "c running"])
        #expect(stage.request(.childCounts)?.counts == [2, 1, 0, 2])
        #expect(stage.request(.restartChild("a"))?.pid != nil)
    }

    @Test func `a shutdown during the start undoes what had started, and ends the child in its init`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b"), .played("c")])
        stage.starts["b"] = [.hangs]
        stage.start()
        stage.shutdown()
        #expect(stage.events() == ["+a", "+b", "-b", "-a", "end"])
    }

    @Test func `a child in its init that does not listen is killed when its time is over`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b", shutdown: .within(.seconds(2)))])
        stage.starts["b"] = [.hangs]
        stage.stops["b"] = .hangs
        stage.start()
        stage.shutdown()
        stage.advance(.seconds(2))
        #expect(stage.events() == ["+a", "+b", "-b", "!b", "-a", "end"])
        #expect(stage.reports == ["shutdown error b, had to be killed"])
    }

    @Test func `one that ends with an error when it is asked to, in its init, is reported, dynamic or not`() {
        let stage = SupervisorStage(.oneForOne, [.played("a")])
        stage.starts["a"] = [.hangs]
        stage.stops["a"] = .ends(.error(SupervisorStage.Failure()))
        stage.start()
        stage.shutdown()
        #expect(stage.events() == ["+a", "-a", "end"])
        #expect(stage.reports == ["shutdown error a"])

        let dynamic = SupervisorStage(dynamic: .atMost(3, in: .seconds(5)))
        dynamic.starts["a"] = [.hangs]
        dynamic.starts["b"] = [.hangs]
        dynamic.stops["a"] = .ends(.error(SupervisorStage.Failure()))
        dynamic.stops["b"] = .hangs
        dynamic.start()
        dynamic.start(.played("a"))
        dynamic.start(.played("b"))
        dynamic.shutdown()
        #expect(dynamic.reports == ["shutdown error a"])
        dynamic.advance(.seconds(5))
        #expect(dynamic.reports == ["shutdown error a", "shutdown error b, had to be killed"])
        #expect(dynamic.events().last == "end")
    }

    @Test func `a child that finishes its init after it was asked to end still ends`() {
        let stage = SupervisorStage(.oneForOne, [.played("a")])
        stage.starts["a"] = [.hangs]
        stage.stops["a"] = .hangs
        stage.start()
        stage.shutdown()
        stage.finishStart("a")
        #expect(stage.children() == ["a stopping"])
        stage.exit("a", .shutdown)
        #expect(stage.events() == ["+a", "-a", "end"])
    }

    @Test(arguments: [Shutdown.within(.seconds(5)), .kill], [false, true])
    func `a child that declines its start just when it is asked to end has ended as it should`(
        shutdown: Shutdown, isDynamic: Bool
    ) {
        let spec = ChildSpec.played("a", shutdown: shutdown)
        let stage =
            isDynamic ? SupervisorStage(dynamic: .atMost(3, in: .seconds(5))) : SupervisorStage(.oneForOne, [spec])
        stage.starts["a"] = [.hangs]
        stage.declining = ["a"]
        stage.start()
        if isDynamic { stage.start(spec) }
        _ = stage.events()
        stage.shutdown()
        #expect(stage.events() == [shutdown == .kill ? "!a" : "-a", "end"])
        #expect(stage.reports == [])
    }

    @Test(arguments: [SupervisorStage.Start.runs, .fails, .ignores], [Shutdown.within(.seconds(5)), .kill])
    func `a restart that is settled while a shutdown is busy with a later child`(
        how: SupervisorStage.Start, shutdown: Shutdown
    ) {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b", shutdown: shutdown), .played("c")])
        stage.starts["b"] = [.runs, .hangs]
        stage.stops["c"] = .hangs
        stage.start()
        stage.exit("b")
        _ = stage.events()
        stage.shutdown()
        stage.finishStart("b", how)
        stage.exit("c", .shutdown)
        let mark = shutdown == .kill ? "!" : "-"
        #expect(stage.events() == ["-c"] + (how == .runs ? ["\(mark)b"] : []) + ["-a", "end"])
        #expect(stage.reports == ["terminated b"] + (how == .fails ? ["start error b"] : []))
    }

    @Test func `a child that dies while a later one starts is restarted afterwards`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b")])
        stage.starts["b"] = [.hangs]
        stage.start()
        stage.exit("a")
        #expect(stage.events() == ["+a", "+b"])
        stage.finishStart("b")
        #expect(stage.events() == ["ready", "+a"])
    }

    @Test(arguments: [
        (Supervisor.Restarts.atMost(-1, in: .seconds(5)), "-1 restarts allowed: expected zero or more"),
        (.atMost(1, in: .zero), "restarts counted over 0.0 seconds: expected a time above zero"),
        (.atMost(1, in: .seconds(-1)), "restarts counted over -1.0 seconds: expected a time above zero"),
    ])
    func `impossible budgets are refused`(restarts: Supervisor.Restarts, message: String) {
        let error = #expect(throws: SupervisorError.self) { try restarts.validate() }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (
            [ChildSpec.played("a"), .played("b"), .played("a")],
            "two children have the id \"a\": ids must differ"
        ),
        (
            [.played("a", shutdown: .within(.seconds(-10)))],
            "child \"a\" is to end within -10.0 seconds: expected zero or more"
        ),
        (
            [.played("a", zombieGrace: .seconds(-1))],
            "child \"a\" has a zombie grace of -1.0 seconds: expected zero or more"
        ),
        (
            [.played("a", .transient, isSignificant: true)],
            "child \"a\" is significant, but its supervisor never shuts down by itself: "
                + "expected autoShutdown .anySignificant or .allSignificant"
        ),
        (
            // Permanent or not: what the supervisor refuses in any case is told first.
            [.played("a", isSignificant: true)],
            "child \"a\" is significant, but its supervisor never shuts down by itself: "
                + "expected autoShutdown .anySignificant or .allSignificant"
        ),
    ])
    func `impossible specifications are refused, saying what was expected`(specs: [ChildSpec], message: String) {
        let error = #expect(throws: SupervisorError.self) { try ChildSpec.validate(specs, under: .never) }
        #expect(error?.description == message)
    }

    @Test(arguments: [Supervisor.AutoShutdown.anySignificant, .allSignificant, nil])
    func `a significant child that is permanent is refused`(autoShutdown: Supervisor.AutoShutdown?) {
        let error = #expect(throws: SupervisorError.self) {
            try ChildSpec.validate([.played("a", isSignificant: true)], under: autoShutdown)
        }
        #expect(
            error?.description
                == "child \"a\" is significant and permanent, but a permanent child never ends for good: "
                + "expected .transient or .temporary")
    }

    @Test func `a specification can be checked without knowing its supervisor, and zero is a time to end`() throws {
        try ChildSpec.validate([.played("a", .transient, isSignificant: true)], under: nil)
        try ChildSpec.validate([.played("a", shutdown: .within(.zero))], under: .never)
    }
}
