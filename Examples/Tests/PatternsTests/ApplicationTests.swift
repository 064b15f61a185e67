import OTP
import OTPTestKit
import Patterns
import Testing

@Suite struct ApplicationTests {
    @Test("Applications: database, cache, api start in that order, warm, and stop in reverse") func order() throws {
        let virtual = VirtualNode()
        try virtual.run { me in
            let applications = me.node.applications
            DatabaseApplication.url.put("postgres://db", isPersistent: true)
            try await applications.ensureAllStarted(APIApplication.self)
            #expect(
                applications.running.map(\.name) == ["DatabaseApplication", "CacheApplication", "APIApplication"])
            #expect(try await ServerName.answers.get("motd") == "database at postgres://db")
            let database = try #require(ServerName.worker("database").pid)
            #expect(applications.application(of: database) == ApplicationID(DatabaseApplication.self))
            try await applications.shutdown()
            #expect(applications.running.isEmpty)
            #expect(!me.node.isAlive(database))
        }
        try virtual.shutdown()
    }

    @Test("Applications: the end of a permanent one stops the others") func end() throws {
        let virtual = VirtualNode()
        try virtual.run { me in
            let applications = me.node.applications
            try await applications.ensureAllStarted(APIApplication.self, as: .permanent)
            let api = try #require(ServerName.worker("api").pid)
            try await #require(applications.tree(of: DatabaseApplication.self)).stop()
            while !applications.running.isEmpty { try await me.sleep(for: .milliseconds(1)) }
            #expect(!me.node.isAlive(api))
        }
        try virtual.shutdown()
    }

    @Test("Partitioned counters: a key is always in the same one, and all take part") func partitions() throws {
        let virtual = VirtualNode()
        try virtual.run { _ in
            let counters = PartitionedCounters(partitions: 4)
            try await counters.supervisor.start()
            for round in 0..<3 {
                for number in 0..<100 where number >= round { counters.increment("key \(number)") }
            }
            #expect(try await counters.value("key 0") == 1)
            #expect(try await counters.value("key 1") == 2)
            #expect(try await counters.value("key 99") == 3)
            for partition in 0..<4 {
                let keys = try await counters.supervisor[partition].call { .keys($0) }
                #expect((10..<50).contains(keys))
            }
        }
        try virtual.shutdown()
    }
}
