import OTP
import OTPTestKit
import Patterns
import Testing

@Test("Event log: metrics fail now and then and come back; the audit log misses nothing") func eventLog() throws {
    let (entries, turnover, failures) = try VirtualNode().perform {
        let events = EventManager<ShopEvent>("shop events")
        try await events.start()
        try await events.addHandler { AuditLog() }
        let keeper = try await MetricsKeeper.start { try await MetricsKeeper(events, $0) }
        for (id, cents) in [(1, 500), (2, 2_000_000), (3, 700)] {
            try await events.syncNotify(.ordered(id: id, cents: cents))
            // The keeper has learnt of a failure before it answers.
            _ = try await keeper.call { .failures($0) }
        }
        events.notify(.cancelled(id: 1))
        return (
            try await events.call(HandlerID<AuditLog>()) { .entries($0) },
            try await events.call(HandlerID<Metrics>()) { .turnover($0) },
            try await keeper.call { .failures($0) }
        )
    }
    #expect(entries == ["order 1 for 500", "order 2 for 2000000", "order 3 for 700", "cancelled 1"])
    #expect(turnover == 700 && failures == 1)
}

@Test("Hot upgrade: the second version goes on counting in the same process") func hotUpgrade() throws {
    let (before, after, isSame) = try VirtualNode().perform {
        let counter = try await CounterV1.start(name: "upgraded counter") { CounterV1() }
        counter.cast(.increment)
        let before = try await counter.call { .summary($0) }
        try await counter.upgrade()
        counter.cast(.increment)
        let name = ServerName<CounterV1>("upgraded counter")
        return (before, try await name.call { .summary($0) }, name.pid == counter.pid)
    }
    #expect(before == "1" && after == "2, asked 1 times" && isSame)
}
