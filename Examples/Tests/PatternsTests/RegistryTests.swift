import OTP
import Patterns
import Testing

@Suite(.serialized) struct RegistryTests {
    @Test("WebSocket connections get what is published to their topics, and a lost one gets no more")
    func webSockets() async throws {
        let pool = WebSocketPool()
        try await withTree(pool.tree) { _ async throws in
            let (frames, frame) = AsyncStream.makeStream(of: String.self)
            var seen = frames.makeAsyncIterator()
            struct Gone: Error {}
            var connections: [ServerRef<WebSocketConnection>] = []
            for name in ["ann", "bob", "eve"] {
                connections.append(
                    try await pool.open { text in
                        frame.yield("\(name) \(text)")
                        if text == "break" && name == "eve" { throw Gone() }
                    })
            }
            for connection in connections { connection.cast(.subscribe("news")) }
            connections[0].cast(.subscribe("weather"))
            connections[0].cast(.subscribe("weather"))
            while RegistryName.topics.count < 4 { await Task.yield() }
            #expect(pool.publish("hello", to: "news") == 3)
            let hello = [await seen.next(), await seen.next(), await seen.next()].compactMap { $0 }
            #expect(hello.sorted() == ["ann hello", "bob hello", "eve hello"])
            #expect(pool.publish("sunny", to: "weather") == 1)
            #expect(await seen.next() == "ann sunny")
            connections[1].cast(.unsubscribe("news"))
            while RegistryName.topics.count > 3 { await Task.yield() }
            #expect(pool.publish("break", to: "news") == 2)
            _ = await end(of: connections[2].pid)
            #expect(RegistryName.topics.lookup("news").map(\.pid) == [connections[0].pid])
            #expect(pool.publish("nobody", to: "sports") == 0)
        }
    }

    @Test("a database connection is found by its number, also after it was lost")
    func databasePoolByName() async throws {
        let tree = databasePool(size: 4) { number, sql in
            if sql == "lose" { throw DatabaseConnection.ConnectionLost() }
            return "\(number): \(sql)"
        }
        try await withTree(tree) { _ async throws in
            let name = ServerName<DatabaseConnection>.via(.databaseConnections, 3)
            #expect(try await name.call { .query("SELECT 1", $0) } == "3: SELECT 1")
            let before = (1...4).map { RegistryName.databaseConnections.pid(for: $0) }
            await #expect(throws: CallError.self) { try await name.call { .query("lose", $0) } }
            _ = await successor(of: before[2], at: name)
            #expect(try await name.call { .query("SELECT 2", $0) } == "3: SELECT 2")
            let after = (1...4).map { RegistryName.databaseConnections.pid(for: $0) }
            #expect(zip(before, after).map { $0 == $1 } == [true, true, false, true])
        }
    }

    @Test("a lent connection belongs to one caller, and comes back when the use of it fails")
    func lent() async throws {
        struct Refused: Error {}
        let pool = lentConnections(size: 1, overflow: 0) { number, sql in "\(number): \(sql)" }
        try await withTree(Supervisor(.oneForOne) { pool }) { _ async throws in
            let answer = try await pool.withResource { try await $0.call { .query("SELECT 1", $0) } }
            #expect(answer == "1: SELECT 1")
            let lease = try await pool.checkOut()
            await #expect(throws: PoolError.self) { _ = try await pool.checkOut(waits: false) }
            lease.checkIn()
            await #expect(throws: Refused.self) { try await pool.withResource { _ in throw Refused() } }
            #expect(try await pool.status().idle == 1)
        }
    }
}
