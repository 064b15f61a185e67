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
