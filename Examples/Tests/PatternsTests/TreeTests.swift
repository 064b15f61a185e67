import OTP
import Patterns
import Testing

/// One after the other: the trees use the same names.
@Suite(.serialized) struct TreeTests {
    private func pids(_ names: String...) -> [PID?] { names.map { ServerName.worker($0).pid } }

    @Test("my_supervisor restarts the counter alone, empty") func mySupervisor() async throws {
        try await withTree(Patterns.mySupervisor()) { tree async throws in
            ServerName.counter.increment()
            #expect(try await ServerName.counter.value() == 1)
            let counter = ServerName.counter.pid
            let cache = ServerName.cache.pid
            ServerName.counter.sendExit(.kill)
            _ = await successor(of: counter, at: .counter)
            #expect(try await ServerName.counter.value() == 0)
            #expect(ServerName.cache.pid == cache)
            #expect(try await tree.children().map(\.restarts) == [1, 0])
        }
        #expect(ServerName.counter.pid == nil)
    }

    @Test("One for one: only the cache is started again") func oneForOne() async throws {
        try await withTree(dependents(.oneForOne)) { _ async throws in
            let before = pids("database", "cache server", "api")
            ServerName.worker("cache server").cast(.fail)
            _ = await successor(of: before[1], at: .worker("cache server"))
            let after = pids("database", "cache server", "api")
            #expect(zip(before, after).map { $0 == $1 } == [true, false, true])
        }
    }

    @Test("Rest for one: the cache and the api after it") func restForOne() async throws {
        try await withTree(dependents(.restForOne)) { _ async throws in
            let before = pids("database", "cache server", "api")
            ServerName.worker("cache server").cast(.fail)
            _ = await successor(of: before[2], at: .worker("api"))
            let after = pids("database", "cache server", "api")
            #expect(zip(before, after).map { $0 == $1 } == [true, false, false])
        }
    }

    @Test("One for all: everybody") func oneForAll() async throws {
        try await withTree(dependents(.oneForAll)) { _ async throws in
            let before = pids("database", "cache server", "api")
            ServerName.worker("cache server").cast(.fail)
            _ = await successor(of: before[2], at: .worker("api"))
            let after = pids("database", "cache server", "api")
            #expect(zip(before, after).map { $0 == $1 } == [false, false, false])
            #expect(try await ServerName.worker("api").call { .name($0) } == "api")
        }
    }

    @Test("Nested: trouble below one supervisor stays there") func nested() async throws {
        try await withTree(applicationTree(workers: 3)) { tree async throws in
            #expect(try await tree.children().map(\.id) == ["database tree", "api tree", "worker tree"])
            let before = pids("primary", "replica", "http", "1", "2")
            ServerName.worker("primary").cast(.fail)
            _ = await successor(of: before[1], at: .worker("replica"))
            let after = pids("primary", "replica", "http", "1", "2")
            #expect(zip(before, after).map { $0 == $1 } == [false, false, true, true, true])
            #expect(try await tree.children().map(\.restarts) == [0, 0, 0])
        }
    }

    @Test("Dynamic: children come and go, and one that fails is not started again") func dynamic() async throws {
        let workers = dynamicWorkers()
        try await withTree(Supervisor(.oneForOne) { workers }) { _ async throws in
            let first = try await workers.startChild("first")
            let second = try await workers.startChild("second")
            #expect(try await first.call { .name($0) } == "first")
            #expect(try await workers.children().count == 2)
            try await workers.terminateChild(first)
            second.cast(.fail)
            #expect(await end(of: second.pid).contains("Failed") || !second.isAlive)
            while try await workers.childCounts().active > 0 { await Task.yield() }
            #expect(ServerName.worker("second").pid == nil)
        }
    }

    @Test("Shopping carts: one for each customer, begun once however many begin it") func carts() async throws {
        let carts = ShoppingCarts()
        try await withTree(Supervisor(.oneForOne) { carts.supervisor }) { _ async throws in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await carts.add("tea", for: "ann") } }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(counts == Set(1...10))
            try await carts.add("salt", quantity: 3, for: "bob")
            #expect(try await ShoppingCarts.name("bob").call { .items($0) } == ["salt": 3])
            #expect(try await carts.supervisor.childCounts().active == 2)
        }
    }

    @Test("Connection pool: ten by name; a lost connection is replaced, the others stay") func pool() async throws {
        try await withTree(connectionPool { id, sql in "\(id): \(sql)" }) { _ async throws in
            #expect(try await ServerName.pooled(7).call { .query("SELECT 1", $0) } == "7: SELECT 1")
            let before = (1...10).map { ServerName.pooled($0).pid }
            ServerName.pooled(3).send(.connectionLost)
            _ = await successor(of: before[2], at: .pooled(3))
            #expect(try await ServerName.pooled(3).call { .query("SELECT 2", $0) } == "3: SELECT 2")
            let after = (1...10).map { ServerName.pooled($0).pid }
            #expect(zip(before, after).count { $0 != $1 } == 1)
        }
    }
}

/// Starts the tree, uses it, stops it whatever happens.
func withTree(_ tree: Supervisor, _ body: (SupervisorRef) async throws -> Void) async throws {
    let ref = try await tree.start()
    do {
        try await body(ref)
    } catch {
        try await ref.stop()
        throw error
    }
    try await ref.stop()
}
