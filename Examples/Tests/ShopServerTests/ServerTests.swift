import Logging
import OTP
import OTPTestKit
import ShopCore
import Testing

@testable import ShopServer

/// The shop's servers by themselves, under a clock that stands still.
@Suite struct ServerTests {
    private func product(_ id: String) -> Product { Product(id: id, name: id, price: Cents(100)) }

    @Test("The product cache never holds more than its limit; the oldest goes first") func cacheLimit() throws {
        let virtual = VirtualNode()
        let cache = try virtual.perform {
            try await ProductCache.start { ProductCache(limit: 2, logger: Logger(label: "test")) }
        }
        for id in ["tea", "salt", "rye", "rye"] { cache.cast(.put(product(id))) }
        let found = try virtual.perform {
            try await (
                size: cache.call { .size($0) }, tea: cache.call { .product("tea", $0) },
                salt: cache.call { .product("salt", $0) }, rye: cache.call { .product("rye", $0) }
            )
        }
        #expect(found.size == 2)
        #expect(found.tea == nil)
        #expect(found.salt?.id == "salt")
        #expect(found.rye?.id == "rye")
    }

    @Test("A session ends 30 s after it was last used") func sessionIdle() throws {
        let virtual = VirtualNode()
        let session = try virtual.perform {
            try await Session.start { Session(customer: "ann", idleLimit: .seconds(30)) }
        }
        try virtual.advance(by: .seconds(29))
        #expect(try virtual.perform { try await session.call { .touch($0) } } == "ann")
        try virtual.advance(by: .seconds(29))
        #expect(session.isAlive)
        try virtual.advance(by: .seconds(2))
        #expect(!session.isAlive)
    }

    @Test("A cart that is left alone ends; one that was ordered ends at once, under its own key only") func cartEnds()
        throws
    {
        let virtual = VirtualNode()
        let cart = try virtual.perform {
            try await CartServer.start { CartServer(name: "ann", idleLimit: .seconds(60)) }
        }
        let document = try virtual.perform {
            try await cart.call { .set(Product(id: "tea", name: "Tea", price: Cents(450)), quantity: 1, $0) }.get()
        }
        let request = OrderRequest(cart: "ann", version: try CartVersion(parsing: document.version))
        _ = try virtual.perform { try await cart.call { .checkOut(request, key: "k1", $0) }.get() }
        cart.cast(.ordered(key: "another"))
        try virtual.runUntilIdle()
        #expect(cart.isAlive)
        cart.cast(.ordered(key: "k1"))
        try virtual.runUntilIdle()
        #expect(!cart.isAlive)

        let forgotten = try virtual.perform {
            try await CartServer.start { CartServer(name: "bob", idleLimit: .seconds(60)) }
        }
        try virtual.advance(by: .seconds(61))
        #expect(!forgotten.isAlive)
    }

    @Test("Tokens come back at the rate that was given, also when it is small", arguments: [1, 50]) func refill(
        _ rate: Int
    ) throws {
        let virtual = VirtualNode()
        let limiter = try virtual.perform {
            try await RateLimiter.start { RateLimiter(perSecond: rate, capacity: 100, $0) }
        }
        func admitted(of requests: Int) throws -> Int {
            try virtual.perform {
                var count = 0
                for _ in 0..<requests where await limiter.admits("ann") { count += 1 }
                return count
            }
        }
        #expect(try admitted(of: 200) == 100)
        try virtual.advance(by: .milliseconds(1_010))
        #expect(try admitted(of: 200) == rate)
    }
}
