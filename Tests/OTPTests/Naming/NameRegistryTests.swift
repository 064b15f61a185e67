import OTPTestKit
import Testing

@testable import OTP

/// Registries of the user's.
@Suite struct NameRegistryTests {
    /// One without a description of its own, and one with.
    private struct Plain: NameRegistry {
        let number: Int
        func register(_ key: String, _ pid: PID) -> Bool { false }
        func unregister(_ key: String) {}
        func whereIs(_ key: String) -> PID? { nil }
    }

    private struct Told: NameRegistry {
        let number: Int
        func register(_ key: String, _ pid: PID) -> Bool { false }
        func unregister(_ key: String) {}
        func whereIs(_ key: String) -> PID? { nil }
        var description: String { "told \(number)" }
    }

    @Test("a key of a registry that names only the living is free when its holder has ended, or its init has failed")
    func registryOfTheLiving() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>.via(Phonebook(namesOnlyLiving: true), "key")
            await journal.note("init fails") {
                _ = try await Subject.start(name: name) { () throws -> Subject in throw Broken() }
            }
            for round in 1...2 {
                await journal.note("round \(round)") {
                    let server = try await Subject.start(name: name) { Subject(SceneLog()) }
                    server.sendExit(.kill)
                }
            }
        }
        #expect(lines.filter { $0.hasPrefix("round") } == ["round 1: ok", "round 2: ok"])
    }

    @Test("a supervised child under a key of such a registry comes back; who has lost the key does not set it free")
    func restarted() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>.via(Phonebook(namesOnlyLiving: true), "key")
            let tree = try await Supervisor(.oneForOne) { Subject.child(name: name) { Subject(SceneLog()) } }.start()
            let first = try #require(name.whereIs())
            first.sendExit(.kill)
            try await me.sleep(for: .seconds(1))
            journal.note("back \(name.whereIs().map { $0.isAlive && $0 != first } == true)")
            try await tree.stop()
            journal.note("free \(name.whereIs() == nil)")
            let (old, new) = (
                try await Subject.start { Subject(journal) }, try await Subject.start { Subject(journal) }
            )
            try name.register(old)
            try name.register(new, replacing: true)
            old.sendExit(.kill)
            journal.note("kept \(name.whereIs() == new)")
        }
        #expect(lines == ["back true", "free true", "kept true"])
    }

    @Test("who has given up a key holds it no more: its end frees nothing, and a key that it gets again is freed")
    func givenUp() throws {
        let registry = Phonebook(namesOnlyLiving: true)
        let lines = try played { me, journal in
            let (name, other) = (ServerName<Subject>.via(registry, "key"), ServerName<Subject>.via(registry, "other"))
            let server = try await Subject.start { Subject(SceneLog()) }
            try other.register(server)
            for _ in 0..<3 {
                try name.register(server)
                journal.note("\(server.cell.nameTexts.count) names")
                try name.unregister()
            }
            journal.note("\(server.cell.nameTexts.count) name")
            // Nobody's as far as can be seen: a true holder would set it free.
            registry.keep("key")
            server.sendExit(.kill)
            journal.note("\(registry.keys)")
        }
        #expect(lines == ["2 names", "2 names", "2 names", "1 name", "[\"key\"]"])
    }

    /// Shown by code that looks at the process that has it.
    private final class Curious: NameRegistry {
        struct Key: Hashable, Sendable, CustomStringConvertible {
            let holder: Locked<PID?>
            static func == (a: Key, b: Key) -> Bool { a.holder === b.holder }
            func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(holder)) }
            var description: String { "linked \(holder.value.flatMap(Node.cell)?.isLinked(to: PID(raw: 1)) == true)" }
        }

        func register(_ key: Key, _ pid: PID) -> Bool {
            key.holder.with { $0 = pid }
            return true
        }
        func unregister(_ key: Key) { key.holder.with { $0 = nil } }
        func whereIs(_ key: Key) -> PID? { key.holder.value }
        var description: String { "curious" }
    }

    @Test("a key is asked for its text while nothing of its process is locked")
    func textsWithoutLocks() throws {
        let lines = try played { me, journal in
            let name = ServerName<Subject>.via(Curious(), Curious.Key(holder: Locked(nil)))
            let server = try await Subject.start(name: name) { Subject(SceneLog()) }
            journal.note("\(server.cell.nameTexts)")
            journal.note("\(Node.current.snapshot(of: server.pid)?.names ?? [])")
            journal.note("\(try await SystemControl.status(of: server).names)")
            journal.note("\(server.cell.ties.names)")
        }
        #expect(lines == Array(repeating: "[\"curious linked false\"]", count: 4))
    }

    @Test("names are equal by the object that is their registry, or by what it says of itself")
    func equality() {
        func name<R: NameRegistry>(_ registry: R, _ key: String = "key") -> ServerName<Subject> where R.Key == String {
            .via(registry, key)
        }
        let (first, second) = (Phonebook(namesOnlyLiving: true), Phonebook(namesOnlyLiving: true))
        #expect(name(first) == name(first) && name(first).hashValue == name(first).hashValue)
        #expect(name(first) != name(second))
        #expect(name(first) != name(first, "another"))
        #expect(name(Plain(number: 1)) == name(Plain(number: 2)))
        #expect(name(Told(number: 1)) != name(Told(number: 2)))
        #expect(name(Told(number: 1)) == name(Told(number: 1)))
        #expect(name(Plain(number: 1)) != name(Told(number: 1)))
    }
}
