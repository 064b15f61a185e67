import Testing

@testable import OTP

@Suite struct AutoShutdownTests {
    static func stage(
        _ mode: Supervisor.AutoShutdown, _ restart: Restart, isSignificant: Bool = true,
        _ strategy: Supervisor.Strategy = .oneForOne
    ) -> SupervisorStage {
        let stage = SupervisorStage(
            strategy, restarts: .atMost(10, in: .seconds(5)), autoShutdown: mode,
            [
                .played("a", restart, isSignificant: isSignificant),
                .played("b", restart, isSignificant: isSignificant),
                .played("other"),
            ])
        stage.start()
        return stage
    }

    @Test func `the first significant child that ends by choice ends the supervisor`() {
        let stage = Self.stage(.anySignificant, .transient)
        _ = stage.events()
        stage.exit("a", .normal)
        #expect(stage.events() == ["-other", "-b", "end"])
        #expect(stage.ending?.reason.isSame(as: .shutdown) == true)
        guard case .autoShutdown("a")? = stage.ending?.cause else {
            Issue.record("ended for another reason")
            return
        }
        #expect(stage.reports == [])
    }

    @Test(arguments: [Restart.transient, .temporary])
    func `only the last one does when all are asked for`(restart: Restart) {
        let stage = Self.stage(.allSignificant, restart)
        stage.exit("a", .normal)
        #expect(stage.ending == nil)
        stage.exit("b", .normal)
        #expect(stage.ending != nil)
    }

    @Test func `a transient one that crashes is restarted, and a temporary one that crashes has ended`() {
        let transient = Self.stage(.anySignificant, .transient)
        transient.exit("a")
        #expect(transient.ending == nil)
        let temporary = Self.stage(.anySignificant, .temporary)
        temporary.exit("a")
        #expect(temporary.ending != nil)
    }

    @Test(arguments: [Supervisor.AutoShutdown.anySignificant, .allSignificant], [Restart.transient, .temporary])
    func `an end on request never does`(mode: Supervisor.AutoShutdown, restart: Restart) {
        let stage = Self.stage(mode, restart)
        stage.request(.terminateChild(.id("a")))
        stage.request(.terminateChild(.id("b")))
        #expect(stage.ending == nil)
    }

    @Test(arguments: [Supervisor.AutoShutdown.anySignificant, .allSignificant], [Restart.transient, .temporary])
    func `nor does being stopped for a sibling`(mode: Supervisor.AutoShutdown, restart: Restart) {
        let stage = Self.stage(mode, restart, .oneForAll)
        stage.exit("other")
        #expect(stage.ending == nil)
    }

    @Test func `the end on request of a sibling is not waited for by the last one`() {
        let stage = Self.stage(.allSignificant, .transient)
        stage.request(.terminateChild(.id("a")))
        stage.exit("b", .normal)
        #expect(stage.ending != nil)
    }

    @Test func `a significant child that is being tried again keeps the supervisor up`() {
        let stage = Self.stage(.allSignificant, .transient)
        stage.starts["a"] = [.fails]
        stage.exit("a")
        stage.exit("b", .normal)
        #expect(stage.ending == nil)
    }

    @Test(
        arguments: [Supervisor.AutoShutdown.never, .anySignificant, .allSignificant], [Restart.transient, .temporary])
    func `the end of an insignificant child never does`(mode: Supervisor.AutoShutdown, restart: Restart) {
        let stage = Self.stage(mode, restart, isSignificant: false)
        stage.exit("a", .normal)
        stage.exit("b", .shutdown)
        #expect(stage.ending == nil)
    }
}
