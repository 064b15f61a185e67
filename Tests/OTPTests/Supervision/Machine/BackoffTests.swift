import Testing

@testable import OTP

@Suite struct BackoffTests {
    @Test func `waits double up to the longest`() {
        let backoff = Backoff.exponential(from: .seconds(1), to: .seconds(10), jitter: 0)
        let waits = (1...6).map { backoff.wait(afterFailure: $0, random: 0.5) }
        #expect(waits == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        #expect(backoff.wait(afterFailure: .max, random: 0.5) == .seconds(10))
    }

    @Test func `jitter makes a wait longer or shorter by its share`() {
        let backoff = Backoff.exponential(from: .seconds(10), to: .seconds(10), jitter: 0.2)
        #expect(backoff.wait(afterFailure: 1, random: 0) == .seconds(8))
        #expect(backoff.wait(afterFailure: 1, random: 0.5) == .seconds(10))
        #expect(backoff.wait(afterFailure: 1, random: 1) == .seconds(12))
    }

    @Test(arguments: [
        Backoff.exponential(from: .seconds(-1), to: .seconds(1)),
        .exponential(from: .seconds(2), to: .seconds(1)),
        .exponential(from: .seconds(1), to: .seconds(1), jitter: 2),
        .exponential(from: .seconds(1), to: .seconds(1), resetAfter: .seconds(-1)),
    ])
    func `values out of range are refused, naming the child`(backoff: Backoff) {
        let error = #expect(throws: SupervisorError.self) {
            try ChildSpec.played("a", backoff: backoff).validate(under: .never)
        }
        #expect(error?.child == "a")
    }

    @Test func `the wait grows with each failure in a row and begins anew after a long run`() {
        let stage = SupervisorStage(
            .oneForOne, restarts: .atMost(10, in: .seconds(1000)),
            [.played("a", backoff: .exponential(from: .seconds(1), to: .seconds(60), jitter: 0)), .played("b")])
        stage.start()
        _ = stage.events()
        for wait in [1, 2, 4] {
            stage.exit("a")
            #expect(stage.children() == ["a restarting", "b running"])
            stage.advance(.seconds(wait) - .nanoseconds(1))
            #expect(stage.events() == [])
            stage.advance(.nanoseconds(1))
            #expect(stage.events() == ["+a"])
        }
        stage.advance(.seconds(60))
        stage.exit("a")
        stage.advance(.seconds(1))
        #expect(stage.events() == ["+a"])
    }

    @Test func `a failed restart lengthens the wait and counts against the budget`() {
        let stage = SupervisorStage(
            .oneForOne, restarts: .atMost(2, in: .seconds(100)),
            [.played("a", backoff: .exponential(from: .seconds(1), to: .seconds(60), jitter: 0))])
        stage.start()
        stage.starts["a"] = [.fails, .fails]
        stage.exit("a")
        stage.advance(.seconds(1))
        stage.advance(.seconds(2))
        #expect(stage.events() == ["+a", "ready", "+a", "+a"])
        stage.advance(.seconds(4))
        #expect(stage.events() == ["end"])
        #expect(stage.reports.last == "gave up a")
    }

    @Test func `siblings that go down with a child wait with it`() {
        let stage = SupervisorStage(
            .oneForAll, [.played("a"), .played("b", backoff: .constant(.seconds(3))), .played("c")])
        stage.start()
        _ = stage.events()
        stage.exit("b")
        #expect(stage.events() == ["-c", "-a"])
        #expect(stage.children() == ["a stopped", "b restarting", "c stopped"])
        stage.advance(.seconds(3))
        #expect(stage.events() == ["+a", "+b", "+c"])
    }
}
