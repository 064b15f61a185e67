import Testing

@testable import OTP

@Suite struct SupervisorRestartTests {
    static func stage(
        _ strategy: Supervisor.Strategy, restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)),
        _ restart: Restart = .permanent
    ) -> SupervisorStage {
        let stage = SupervisorStage(
            strategy, restarts: restarts, [.played("a", restart), .played("b", restart), .played("c", restart)])
        stage.start()
        _ = stage.events()
        return stage
    }

    @Test(arguments: [
        (Supervisor.Strategy.oneForOne, ["+b"]),
        (.oneForAll, ["-c", "-a", "+a", "+b", "+c"]),
        (.restForOne, ["-c", "+b", "+c"]),
    ])
    func `a failure reaches as far as the strategy says, backwards down and forwards up`(
        strategy: Supervisor.Strategy, events: [String]
    ) {
        let stage = Self.stage(strategy)
        stage.exit("b")
        #expect(stage.events() == events)
        #expect(stage.children() == ["a running", "b running", "c running"])
        #expect(stage.reports == ["terminated b"])
    }

    @Test(arguments: [
        (Restart.permanent, ExitReason.normal, true), (.permanent, .shutdown, true),
        (.permanent, .shutdown(detail: "x"), true), (.permanent, .killed, true),
        (.transient, .normal, false), (.transient, .shutdown, false),
        (.transient, .shutdown(detail: "x"), false), (.transient, .killed, true),
        (.temporary, .normal, false), (.temporary, .killed, false),
    ])
    func `who is started again after which end`(restart: Restart, reason: ExitReason, again: Bool) {
        let stage = Self.stage(.oneForOne, restart)
        stage.exit("b", reason)
        #expect(stage.events() == (again ? ["+b"] : []))
        let left = again ? "b running" : restart == .transient ? "b goneByChoice" : nil
        #expect(stage.children() == ["a running", left, "c running"].compactMap { $0 })
    }

    @Test func `a declared temporary child that is gone stays visible among the departed`() {
        let stage = Self.stage(.oneForOne, .temporary)
        stage.exit("b", .normal)
        let departed = stage.snapshot.departed
        #expect(departed.map(\.id) == ["b"])
        #expect(departed.first?.phase == .goneByChoice)
        #expect(stage.request(.startChild(.played("b")))?.pid != nil)
        #expect(stage.snapshot.departed.isEmpty)
    }

    @Test(arguments: [Supervisor.Strategy.oneForAll, .restForOne])
    func `a temporary bystander is forgotten, and costs the supervisor nothing`(strategy: Supervisor.Strategy) {
        let stage = SupervisorStage(strategy, [.played("a"), .played("b", .temporary), .played("c")])
        stage.start()
        _ = stage.events()
        stage.exit("a")
        #expect(stage.events() == ["-c", "-b", "+a", "+c"])
        #expect(stage.children() == ["a running", "c running"])
        #expect(stage.snapshot.departed.isEmpty)
    }

    @Test(arguments: [Supervisor.Strategy.oneForOne, .oneForAll, .restForOne])
    func `one restart more than allowed ends the supervisor and everyone else`(strategy: Supervisor.Strategy) {
        let stage = Self.stage(strategy, restarts: .atMost(2, in: .seconds(5)))
        stage.exit("b")
        stage.exit("b")
        #expect(stage.ending == nil)
        _ = stage.events()
        stage.exit("b")
        #expect(stage.events() == ["-c", "-a", "end"])
        #expect(stage.ending?.reason.isSame(as: .shutdown) == true)
        guard case .gaveUp(let error)? = stage.ending?.cause else {
            Issue.record("ended for another reason")
            return
        }
        #expect(error.child == "b")
        #expect(stage.reports.suffix(2) == ["terminated b", "gave up b"])
    }

    @Test func `a failed restart is tried again and counted each time, and requests are answered in between`() {
        let stage = Self.stage(.oneForOne, restarts: .atMost(3, in: .seconds(5)))
        stage.starts["b"] = [.fails, .fails, .fails, .fails]
        stage.exit("b")
        #expect(stage.children() == ["a running", "b restarting", "c running"])
        #expect(stage.request(.childCounts)?.counts == [3, 2, 0, 3])
        guard case .restarting? = stage.request(.restartChild("b"))?.failure,
            case .restarting? = stage.request(.deleteChild("b"))?.failure,
            case .alreadyPresent? = stage.request(.startChild(.played("b")))?.failure
        else {
            Issue.record("a child that is restarting must be reported as such")
            return
        }
        stage.advance(.zero)
        #expect(stage.events() == ["+b", "+b", "+b", "-c", "-a", "end"])
        #expect(stage.reports.filter { $0 == "start error b" }.count == 3)
    }

    @Test func `a child that is being tried again can be ended, and started later on request`() {
        let stage = Self.stage(.oneForOne)
        stage.starts["b"] = [.fails]
        stage.exit("b")
        #expect(stage.request(.terminateChild(.id("b")))?.isDone == true)
        stage.advance(.seconds(1))
        #expect(stage.events() == ["+b"])
        #expect(stage.children() == ["a running", "b stopped", "c running"])
        #expect(stage.request(.restartChild("b"))?.pid != nil)
    }

    @Test func `a supervisor that keeps trying can be shut down`() {
        let stage = Self.stage(.restForOne)
        stage.starts["b"] = [.fails]
        stage.exit("b")
        stage.shutdown()
        stage.advance(.seconds(1))
        #expect(stage.events() == ["-c", "+b", "-a", "end"])
    }

    @Test func `one for all starts over when a later child fails to start again`() {
        let stage = Self.stage(.oneForAll)
        stage.starts["b"] = [.fails]
        stage.exit("a")
        #expect(stage.events() == ["-c", "-b", "+a", "+b"])
        #expect(stage.children() == ["a running", "b restarting", "c stopped"])
        stage.advance(.zero)
        #expect(stage.events() == ["-a", "+a", "+b", "+c"])
    }

    @Test func `rest for one tries only from the later child that failed to start again`() {
        let stage = Self.stage(.restForOne)
        stage.starts["b"] = [.fails]
        stage.exit("a")
        #expect(stage.events() == ["-c", "-b", "+a", "+b"])
        #expect(stage.children() == ["a running", "b restarting", "c stopped"])
        stage.advance(.zero)
        #expect(stage.events() == ["+b", "+c"])
    }

    @Test func `a crash of an earlier child overrides a later one that is being tried again`() {
        let stage = Self.stage(.restForOne)
        stage.starts["b"] = [.fails]
        stage.exit("b")
        _ = stage.events()
        stage.exit("a")
        #expect(stage.events() == ["+a", "+b", "+c"])
        stage.advance(.seconds(1))
        #expect(stage.events() == [])
    }

    @Test func `a child that was ended on request is started again with its siblings`() {
        let stage = Self.stage(.oneForAll)
        stage.request(.terminateChild(.id("c")))
        _ = stage.events()
        stage.exit("a")
        #expect(stage.events() == ["-b", "+a", "+b", "+c"])
    }

    @Test func `a bystander that dies while it waits for its turn to be stopped costs no restart`() {
        let stage = Self.stage(.oneForAll, restarts: .atMost(1, in: .seconds(5)))
        stage.stops["c"] = .hangs
        stage.exit("b")
        stage.exit("a")
        #expect(stage.events() == ["-c"])
        stage.exit("c", .shutdown)
        #expect(stage.events() == ["+a", "+b", "+c"])
        #expect(stage.ending == nil)
        #expect(stage.reports == ["terminated b", "shutdown error a"])
    }

    @Test func `a child that dies right after its restart, while later ones start, is restarted again`() {
        let stage = Self.stage(.restForOne)
        stage.starts["c"] = [.hangs]
        stage.exit("a")
        stage.exit("a")
        _ = stage.events()
        stage.finishStart("c")
        #expect(stage.events() == ["-c", "-b", "+a", "+b", "+c"])
    }

    @Test func `restarts spread over more than the period never end the supervisor`() {
        let stage = Self.stage(.oneForOne, restarts: .atMost(1, in: .seconds(5)))
        for _ in 0..<100 {
            stage.exit("a")
            stage.advance(.seconds(6))
        }
        #expect(stage.ending == nil)
        #expect(stage.snapshot.children.first?.restarts == 100)
    }
}
