import Testing

@testable import OTP

@Suite struct RestartWindowTests {
    /// A window that an expectation can look into.
    final class Window {
        private var window: RestartWindow
        init(_ limit: Supervisor.Restarts) { window = RestartWindow(limit) }
        func allows(_ time: Duration) -> Bool { window.allowsRestart(at: time) }
        func budget(at time: Duration) -> Int { window.budget(at: time) }
    }

    @Test func `exactly the allowed number within exactly the period is allowed, one more is not`() {
        let window = Window(.atMost(3, in: .seconds(5)))
        #expect(window.allows(.zero))
        #expect(window.allows(.seconds(2)))
        #expect(window.allows(.seconds(5)))
        #expect(!window.allows(.seconds(5)))
    }

    @Test func `a restart exactly one period ago still counts, one just before that does not`() {
        let edge = Window(.atMost(1, in: .seconds(5)))
        #expect(edge.allows(.seconds(1)))
        #expect(!edge.allows(.seconds(6)))

        let beyond = Window(.atMost(1, in: .seconds(5)))
        #expect(beyond.allows(.seconds(1)))
        #expect(beyond.allows(.seconds(6) + .nanoseconds(1)))
    }

    @Test func `no restart at all is allowed by a budget of none`() {
        let window = Window(.atMost(0, in: .seconds(5)))
        #expect(!window.allows(.zero))
    }

    @Test func `the window slides for ever`() {
        let window = Window(.atMost(2, in: .seconds(1)))
        for second in stride(from: 0, to: 1000, by: 2) {
            #expect(window.allows(.seconds(second)))
            #expect(window.allows(.seconds(second)))
            #expect(window.budget(at: .seconds(second)) == 0)
        }
        #expect(window.budget(at: .seconds(2000)) == 2)
    }

    @Test(arguments: [0, 1, 2, 5]) func `it agrees with counting all restarts of the last period`(count: Int) {
        var random = SplitMix(seed: UInt64(count))
        for _ in 0..<200 {
            let window = Window(.atMost(count, in: .milliseconds(10)))
            var times: [Duration] = []
            var now = Duration.zero
            while true {
                now += .milliseconds(Int.random(in: 0...5, using: &random))
                times = times.filter { $0 >= now - .milliseconds(10) } + [now]
                let allowed = window.allows(now)
                #expect(allowed == (times.count <= count))
                if !allowed || times.count > 100 || now > .seconds(1) { break }
            }
        }
    }
}
