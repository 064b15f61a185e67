import OTP
import OTPTestKit
import Patterns
import Testing

private struct Broken: Error {}

@Test("Presence: who ends is not online any more, however it ended; who signs out is not either") func presence() throws
{
    let virtual = VirtualNode()
    try virtual.run { me in
        let presence = try await Presence.start { Presence() }
        func online() async throws -> [String] { try await presence.call { .online($0) } }
        let guests = try await [Counter.start { Counter() }, Counter.start { Counter() }, Counter.start { Counter() }]
        for (name, guest) in zip(["ann", "bob", "eve"], guests) { presence.cast(.signIn(name, guest.pid)) }
        presence.cast(.signIn("ann", guests[0].pid))
        #expect(try await online() == ["ann", "bob", "eve"])
        guests[0].sendExit(.kill)
        try await guests[1].stop()
        presence.cast(.signOut(guests[2].pid))
        while try await online() != [] { try await me.sleep(for: .milliseconds(1)) }
        // Signed in too late.
        presence.cast(.signIn("bob", guests[1].pid))
        while try await online() != [] { try await me.sleep(for: .milliseconds(1)) }
        #expect(presence.isAlive)
    }
    try virtual.shutdown()
}

@Test("Foreman: hears how each job ended and lives on; his workers end with him") func foreman() throws {
    let virtual = VirtualNode()
    try virtual.run { me in
        let (endless, began) = AsyncStream.makeStream(of: PID.self)
        let foreman = try await Foreman.start { me in
            Foreman(me) { job in
                if job == "break" { throw Broken() }
                if job == "endless", let task = ProcessTask.me {
                    began.yield(task.pid)
                    try await task.sleep(for: .seconds(1_000_000))
                }
            }
        }
        for job in ["saw", "break", "paint", "endless"] { foreman.cast(.begin(job)) }
        func report() async throws -> Foreman.Report { try await foreman.call { .report($0) } }
        while try await report() != Foreman.Report(done: 2, failed: ["break"]) {
            try await me.sleep(for: .milliseconds(1))
        }
        let worker = try #require(await endless.first { _ in true })
        #expect(me.node.isAlive(worker))
        foreman.sendExit(.kill)
        while me.node.isAlive(worker) { try await me.sleep(for: .milliseconds(1)) }
        #expect(!foreman.isAlive)
    }
    try virtual.shutdown()
}

@Test("Shared caches: what one changes all forget, one that was started again included") func sharedCachesTest() throws
{
    let virtual = VirtualNode()
    try virtual.run { me in
        let tree = try await sharedCaches(3).start()
        func values() async throws -> [String?] {
            var values: [String?] = []
            for number in 1...3 { values.append(try await ServerName.shared(number).call { .value(7, $0) }) }
            return values
        }
        func store() { for number in 1...3 { ServerName.shared(number).cast(.store(7, "tea")) } }
        store()
        #expect(try await values() == ["tea", "tea", "tea"])
        SharedCache.forgetEverywhere(7)
        #expect(try await values() == [nil, nil, nil])
        let old = ServerName.shared(2).pid
        ServerName.shared(2).sendExit(.kill)
        while ServerName.shared(2).pid == old || ProcessGroups.caches.members(of: "products").count < 3 {
            try await me.sleep(for: .milliseconds(1))
        }
        store()
        SharedCache.forgetEverywhere(7)
        #expect(try await values() == [nil, nil, nil])
        try await tree.stop()
    }
}
