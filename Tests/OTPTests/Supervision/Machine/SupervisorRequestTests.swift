import Testing

@testable import OTP

@Suite struct SupervisorRequestTests {
    static func stage(_ restart: Restart = .permanent, _ strategy: Supervisor.Strategy = .oneForOne) -> SupervisorStage
    {
        let stage = SupervisorStage(strategy, [.played("a", restart), .played("b", restart)])
        stage.start()
        _ = stage.events()
        return stage
    }

    @Test func `a new child is added at the end`() {
        let stage = Self.stage(.permanent, .oneForAll)
        let pid = stage.request(.startChild(.played("c")))?.pid
        #expect(pid != nil)
        #expect(stage.request(.pid("c"))?.pid == pid)
        stage.exit("a")
        #expect(stage.events() == ["+c", "-c", "-b", "+a", "+b", "+c"])
    }

    @Test func `a new child that fails to start is forgotten, one that ignores is kept unless temporary`() {
        let stage = Self.stage()
        stage.starts = ["c": [.fails], "d": [.ignores], "e": [.ignores]]
        guard case .failedToStart? = stage.request(.startChild(.played("c")))?.failure,
            case .pid(nil)? = stage.request(.startChild(.played("d"))),
            case .pid(nil)? = stage.request(.startChild(.played("e", .temporary)))
        else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.children() == ["a running", "b running", "d ignored"])
        #expect(stage.reports == [])
    }

    @Test func `a bad specification is refused, and nothing is started`() {
        let stage = Self.stage()
        guard
            case .invalidShutdown? = stage.request(.startChild(.played("c", shutdown: .within(.seconds(-1)))))?.failure
        else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.events() == [])
    }

    @Test func `who runs cannot be started, restarted or deleted`() {
        let stage = Self.stage()
        let pid = stage.request(.pid("a"))?.pid
        guard case .alreadyStarted(pid)? = stage.request(.startChild(.played("a")))?.failure,
            case .running? = stage.request(.restartChild("a"))?.failure,
            case .running? = stage.request(.deleteChild("a"))?.failure
        else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.events() == [])
    }

    @Test(arguments: [
        SupervisionRequest.terminateChild(.id("x")), .restartChild("x"), .deleteChild("x"), .childSpec(.id("x")),
        .pid("x"),
    ])
    func `an unknown child is not found`(request: SupervisionRequest) {
        let stage = Self.stage()
        guard case .failure(let error)? = stage.request(request), case .notFound = error.code else {
            Issue.record("wrong answer")
            return
        }
        #expect(error.description == "there is no child \"x\"")
    }

    @Test func `the life of a child on request: end, end again, start, end, delete`() {
        let stage = Self.stage()
        let first = stage.request(.pid("a"))?.pid
        #expect(stage.request(.terminateChild(.id("a")))?.isDone == true)
        #expect(stage.request(.terminateChild(.id("a")))?.isDone == true)
        #expect(stage.children() == ["a stopped", "b running"])
        guard case .alreadyPresent? = stage.request(.startChild(.played("a")))?.failure else {
            Issue.record("wrong answer")
            return
        }
        let second = stage.request(.restartChild("a"))?.pid
        #expect(second != nil && second != first)
        #expect(stage.request(.terminateChild(.id("a")))?.isDone == true)
        #expect(stage.request(.deleteChild("a"))?.isDone == true)
        #expect(stage.children() == ["b running"])
        #expect(stage.request(.startChild(.played("a")))?.pid != nil)
        #expect(stage.children() == ["b running", "a running"])
    }

    @Test func `the end of a child is answered when it has ended, and other requests wait`() {
        let stage = Self.stage()
        stage.stops["a"] = .hangs
        #expect(stage.request(.terminateChild(.id("a"))) == nil)
        stage.exit("a", .shutdown)
        #expect(stage.lateAnswer()?.isDone == true)
        stage.starts["c"] = [.hangs]
        #expect(stage.request(.startChild(.played("c"))) == nil)
        #expect(stage.request(.childCounts) == nil)
        stage.finishStart("c")
        #expect(stage.lateAnswer()?.counts == [3, 2, 0, 3])
    }

    @Test func `a restart on request that fails leaves the child where it was`() {
        let stage = Self.stage()
        stage.request(.terminateChild(.id("a")))
        stage.starts["a"] = [.fails, .ignores]
        guard case .failedToStart? = stage.request(.restartChild("a"))?.failure else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.children() == ["a stopped", "b running"])
        guard case .pid(nil)? = stage.request(.restartChild("a")) else {
            Issue.record("wrong answer")
            return
        }
        #expect(stage.children() == ["a ignored", "b running"])
    }

    @Test func `of a temporary child nothing is kept, not even what started it`() {
        let stage = Self.stage(.temporary)
        guard case .spec(let spec)? = stage.request(.childSpec(.id("a"))) else {
            Issue.record("wrong answer")
            return
        }
        #expect(spec.starter == nil)
        stage.request(.terminateChild(.id("a")))
        stage.exit("b")
        #expect(stage.children() == [])
        #expect(stage.request(.startChild(.played("a", .temporary)))?.pid != nil)
    }

    @Test func `supervisors and workers are counted apart`() {
        let stage = SupervisorStage(.oneForOne, [.played("a"), .played("b", kind: .supervisor), .played("c")])
        stage.starts["c"] = [.ignores]
        stage.start()
        #expect(stage.request(.childCounts)?.counts == [3, 2, 1, 2])
    }
}
