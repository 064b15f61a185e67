import OTP
import OTPTestKit
import Patterns
import Testing

@Test("Counter: increment, decrement, get, reset") func counter() async throws {
    let counter = try await Counter.start { Counter() }
    counter.increment()
    counter.increment()
    counter.decrement()
    #expect(try await counter.value() == 1)
    try await counter.reset()
    #expect(try await counter.value() == 0)
    try await counter.stop()
}

@Test("Cache: put, get, delete, clear, size, a limit, and its statistics at the end") func cache() async throws {
    let (told, tell) = AsyncStream.makeStream(of: Cache<String, Int>.Statistics.self)
    let cache = try await Cache<String, Int>.start { Cache(limit: 2) { tell.yield($0) } }
    try await cache.put("a", 1)
    try await cache.put("b", 2)
    await #expect(throws: Cache<String, Int>.Full.self) { try await cache.put("c", 3) }
    try await cache.put("a", 10)
    #expect(try await cache.get("a") == 10)
    #expect(try await cache.get("c") == nil)
    cache.delete("a")
    #expect(try await cache.size() == 1)
    try await cache.put("c", 3)
    cache.clear()
    #expect(try await cache.size() == 0)
    try await cache.stop()
    #expect(await told.first { _ in true } == .init(hits: 1, misses: 1))
}

@Test("Session: ends 30 s after the last touch, not before") func session() throws {
    let virtual = VirtualNode()
    let session = try virtual.perform { try await Session.start { Session() } }
    try virtual.advance(by: .seconds(29))
    session.touch()
    try virtual.advance(by: .seconds(29))
    #expect(session.isAlive)
    try virtual.advance(by: .seconds(1))
    #expect(!session.isAlive)
}

@Test("Rate limiter: a bucket for each user, ten tokens back each second, never more than fit") func rateLimiter()
    throws
{
    let virtual = VirtualNode()
    let limiter = try virtual.perform { try await RateLimiter.start { RateLimiter(rate: 10, capacity: 100, $0) } }
    func allowed(_ user: String, of attempts: Int) throws -> Int {
        try virtual.perform {
            var count = 0
            for _ in 0..<attempts where try await limiter.check(user) == .allowed { count += 1 }
            return count
        }
    }
    #expect(try allowed("ann", of: 150) == 100)
    #expect(try allowed("bob", of: 1) == 1)
    try virtual.advance(by: .seconds(1))
    #expect(try allowed("ann", of: 50) == 10)
    try virtual.advance(by: .seconds(3_600))
    #expect(try allowed("ann", of: 150) == 100)
}

@Test("Endless worker: goes on step by step, can be asked to stop between two, and fails with its step") func endless()
    throws
{
    struct Enough: Error {}
    let virtual = VirtualNode()
    let (steps, note) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    let (worker, reason) = try virtual.run(receiving: DownMessage.self) { me in
        let worker = try await EndlessWorker.start {
            EndlessWorker { round in
                note.yield(round)
                if round == 1_000 { throw Enough() }
            }
        }
        me.monitor(worker) { $0 }
        return (worker, try await me.receive().reason)
    }
    #expect(!worker.isAlive)
    #expect("\(reason)".contains("Enough"))
    note.finish()
    #expect(try virtual.perform { await steps.reduce(0) { $1 } } == 1_000)
}

@Test("Health monitor: each target has its own answer, and a slow one holds up nobody") func health() throws {
    struct Down: Error {}
    let virtual = VirtualNode()
    let monitor = try virtual.perform {
        try await HealthMonitor.start { me in
            HealthMonitor(targets: ["database", "mail"], every: .seconds(10), me) { target in
                if target == "mail" { throw Down() }
            }
        }
    }
    func health(_ target: String) throws -> HealthMonitor.Health {
        try virtual.perform { try await monitor.call { .health(of: target, $0) } }
    }
    #expect(try health("database") == .unknown)
    try virtual.advance(by: .seconds(11))
    #expect(try health("database") == .well)
    #expect(try health("mail") == .ill("Down()"))
    #expect(try health("nobody") == .unknown)
}
