import DrillPlan
import Foundation
import OTP
import ShopStore
import Synchronization
import Testing

@testable import ShopServer

extension ShopTests {
    @Suite(.timeLimit(.minutes(2))) struct Pools {
        @Test("Over 1,000 deaths of callers, waiting for a connection or with one, none leaks") func callersDie()
            async throws
        {
            let folder = FileManager.default.temporaryDirectory.appending(path: "storefront-test-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appending(path: "shop.sqlite").path
            try ShopDatabase.create(path: path)
            let connections = ConnectionPool(DatabasePlace(path: path), restarts: .atMost(10, in: .seconds(5)))
            let tree = try await Supervisor(.oneForOne) {
                Registry(.connections)
                connections.pool
            }.start()
            let having = Counts()
            var random = SeededGenerator(seed: 7)
            for _ in 0..<40 {
                // More than there are connections: some wait.
                let callers = (0..<25).map { _ in
                    spawn { _ in
                        while true {
                            try await connections.pool.withResource { connection in
                                having.now.add(1, ordering: .relaxed)
                                defer { having.now.subtract(1, ordering: .relaxed) }
                                try await connection.call { .check($0) }
                            }
                        }
                    }
                }
                for caller in callers.shuffled(using: &random) {
                    for _ in 0..<Int.random(in: 0..<8, using: &random) { await Task.yield() }
                    // The one that is to die still asks for connections, if nobody else does.
                    if Bool.random(using: &random) {
                        while having.now.load(ordering: .relaxed) == 0, caller.isAlive, !Task.isCancelled {
                            await Task.yield()
                        }
                    }
                    if having.now.load(ordering: .relaxed) > 0 { having.atDeath.add(1, ordering: .relaxed) }
                    caller.sendExit(Bool.random(using: &random) ? .kill : .shutdown)
                }
            }
            // Some died while connections were lent, or this has proved little.
            #expect(having.atDeath.load(ordering: .relaxed) > 100)
            while try await connections.pool.status().idle != ConnectionPool.size { await Task.yield() }
            #expect(try await connections.pool.status().waiting == 0)
            // All of them are there, and each answers.
            var leases: [PoolLease<Connection>] = []
            for _ in 0..<ConnectionPool.size { leases.append(try await connections.pool.checkOut(waits: false)) }
            #expect(Set(leases.map(\.member.pid)).count == ConnectionPool.size)
            for lease in leases { try await lease.member.call { .check($0) } }
            for lease in leases { lease.checkIn() }
            try await tree.stop()
        }

        private final class Counts: Sendable {
            let now = Atomic(0)
            let atDeath = Atomic(0)
        }
    }
}
