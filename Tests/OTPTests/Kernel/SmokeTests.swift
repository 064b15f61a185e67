import OTP
import Testing

struct Counter: GenServer {
    enum Call: Sendable { case value(Reply<Int>), fail(Reply<Int>), drop(Reply<Int>) }
    enum Cast: Sendable { case increment }
    struct Broken: Error {}
    private var count = 0

    mutating func handleCall(_ call: Call, _ me: Me) throws -> Next {
        switch call {
        case .value(let reply): return reply(count)
        case .fail: throw Broken()
        case .drop: return .receive
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .increment: count += 1
        }
        return .receive
    }
}

struct Quick: SynchronousGenServer {
    enum Call: Sendable { case add(Int, Reply<Int>) }
    var sum = 0
    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .add(let n, let reply): sum += n; return reply(sum)
        }
    }
}

@Suite struct SmokeTests {
    @Test func aCounterCounts() async throws {
        let counter = try await Counter.start { Counter() }
        for _ in 0..<1000 { counter.cast(.increment) }
        #expect(try await counter.call { .value($0) } == 1000)
        try await counter.stop()
        #expect(!counter.isAlive)
    }

    @Test func callsBetweenProcesses() async throws {
        let counter = try await Counter.start { Counter() }
        let quick = try await Quick.start { Quick() }
        let done = spawn { _ in
            for _ in 0..<10_000 { _ = try await counter.call { .value($0) } }
            for i in 1...10_000 { #expect(try await quick.call { .add(1, $0) } == i) }
        }
        #expect(await done.waitForEnd()?.isNormal == true)
    }

    @Test func aCrashReachesTheCaller() async throws {
        let counter = try await Counter.start { Counter() }
        await #expect(throws: CallError.self) { try await counter.call { .drop($0) } }
        do {
            _ = try await counter.call { .fail($0) }
            Issue.record("no error")
        } catch let error as CallError {
            guard case .exited(.error(is Counter.Broken)) = error.code else { Issue.record("\(error)"); return }
        }
        #expect(!counter.isAlive)
    }

    @Test func plainProcessesReceive() async throws {
        let echo = spawn(receiving: Int.self) { me in
            var sum = 0
            while sum < 5050 { sum += try await me.receive() }
        }
        for i in 1...100 { echo.send(i) }
        #expect(await echo.waitForEnd()?.isNormal == true)
    }
}
