import OTPTestKit
import Testing

@testable import OTP

/// Registries of duplicate keys, spread in three ways, with one partition and with eight.
@Suite struct RegistryDuplicateTests {
    private let terms = Terms.terms

    @Test("RG-044 RG-045 RG-065 it has a process for each partition, and begins empty")
    func begins() {
        play(RegistrySetup.duplicate) { scene, registry in
            let counts = try await need(registry.ref).childCounts()
            try check(counts.active, is: need(terms.core).partitionCount)
            try check(terms.count, is: 0)
            try check(terms.select { key, _, _ in key }, is: [])
        }
    }

    @Test("RG-046 RG-047 RG-048 a process may register a key several times, and each counts")
    func several() {
        play(RegistrySetup.duplicate) { scene, _ in
            let me = scene.me.pid
            let other = try await scene.holder()
            try terms.register("hello", 1, for: scene.me)
            try terms.register("hello", 1, for: scene.me)
            try terms.register("world", 2, for: scene.me)
            try await other.register("hello", 3)
            try check(terms.count, is: 4)
            try check(terms.keys(of: me), is: ["hello", "hello", "world"])
            try check(terms.values(of: "hello", for: me), is: [1, 1])
            try check(terms.values(of: "hello", for: other.pid), is: [3])
            try check(shown(terms.lookup("hello")), is: shown((me, 1), (me, 1), (other.pid, 3)))
        }
    }

    @Test("RG-049 RG-052 RG-053 keys are compared exactly; unregistering takes all of the caller's entries")
    func unregisters() {
        play(RegistrySetup.duplicate) { scene, _ in
            let other = try await scene.holder()
            try await other.register(1, "theirs")
            try terms.register(1, "a", for: scene.me)
            try terms.register(1, "b", for: scene.me)
            try terms.register(1.0, "c", for: scene.me)
            try check(terms.values(of: 1.0, for: scene.me.pid), is: ["c"])
            terms.unregister(1, for: scene.me)
            try check(terms.keys(of: scene.me.pid), is: [1.0])
            try check(shown(terms.lookup(1)), is: shown((other.pid, "theirs")))
            terms.unregister("nobody's", for: scene.me)
            try check(terms.count, is: 2)
        }
    }

    @Test("RG-050 dispatch calls in the caller, with the entries of the key alone")
    func dispatch() {
        play(RegistrySetup.duplicate) { scene, _ in
            let other = try await scene.holder()
            try terms.register("hello", 1, for: scene.me)
            try await other.register("hello", 2)
            try terms.register("world", 3, for: scene.me)
            var calls: [[String]] = []
            terms.dispatch("hello") { calls.append(shown($0)) }
            terms.dispatch("nobody") { calls.append(shown($0)) }
            try check(calls, is: [shown((scene.me.pid, 1), (other.pid, 2))])
        }
    }

    @Test("RG-051 dispatch in parallel calls once for each partition, elsewhere; with one partition in the caller")
    func dispatchInParallel() {
        play(RegistrySetup.duplicate) { scene, _ in
            let others = [try await scene.holder(), try await scene.holder(), try await scene.holder()]
            for other in others { try await other.register("hello", 2) }
            try terms.register("hello", 1, for: scene.me)
            let core = try need(terms.core)
            let calls = Locked<[(caller: PID?, entries: [PID])]>([])
            try await terms.dispatchInParallel("hello") { entries in
                calls.with { $0.append((CurrentProcess.cell?.pid, entries.map(\.pid))) }
            }
            let made = calls.with { $0 }
            try check(Set(made.flatMap(\.entries)), is: Set(others.map(\.pid) + [scene.me.pid]))
            try check(made.flatMap(\.entries).count, is: 4)
            if core.partition(ofKey: "hello") != nil {
                try check(made.map(\.caller), is: [scene.me.pid])
            } else {
                // Consecutive processes lie in different partitions.
                try check(made.count, is: 4)
                try check(!made.contains { $0.caller == nil || $0.caller == scene.me.pid })
                try check(Set(made.map(\.caller)).count, is: 4)
            }
            do {
                try await terms.dispatchInParallel("hello") { _ in throw Unmet(description: "mine") }
                throw Unmet(description: "nothing was thrown")
            } catch let error as Unmet { try check(error.description, is: "mine") }
            let left = try await scene.me.receive(within: .zero)
            try check(left == nil, "\(String(describing: left))")
        }
    }

    @Test("a dispatch in parallel has failed if somebody ends one of its processes")
    func killedDispatch() {
        play([RegistrySetup(keys: .duplicate, partitions: 8)], seeds: 0..<1) { scene, _ in
            try terms.register("hello", 1, for: scene.me)
            do {
                try await terms.dispatchInParallel("hello") { _ in CurrentProcess.cell?.kill() }
                throw Unmet(description: "nothing was thrown")
            } catch let exit as Exit { try check("\(exit.reason)", is: "killed") }
            try await terms.dispatchInParallel("hello") { _ in }
        }
    }

    @Test("RG-063 a registry of duplicate keys that does not run takes nobody")
    func notRunning() {
        play(RegistrySetup.duplicate, seeds: 0..<1) { scene, _ in
            do {
                try Terms("unknown").register("hello", 1, for: scene.me)
                throw Unmet(description: "registered")
            } catch let error as RegistryError { try check(Optional(error.code).isNotRunning) }
        }
    }

    @Test("RG-058 RG-068 countMatch and select take conditions on what is in a value")
    func conditions() {
        play(RegistrySetup.duplicate) { scene, _ in
            for value in [[1, "a"], [2, "a"], [2, "b"]] as [Term] {
                try terms.register("hello", value, for: scene.me)
            }
            try terms.register("world", [3, "a"], for: scene.me)
            func number(_ value: Term) -> Double { value.parts.first?.number ?? 0 }
            try check(terms.countMatch("hello") { number($0) > 1 }, is: 2)
            try check(terms.countMatch("hello") { number($0) > 1 && $0.parts.last == "a" }, is: 1)
            try check(terms.countMatch("hello") { number($0) > 2 }, is: 0)
            let all = terms.select { _, _, value in number(value) > 1 ? value : nil }
            try check(all, is: [[2, "a"], [2, "b"], [3, "a"]])
            try check(
                terms.select { key, pid, value in key == "world" && pid == scene.me.pid ? value : nil }, is: [[3, "a"]])
        }
    }

    @Test("RG-054 RG-055 RG-057 match and countMatch find every entry that is meant")
    func match() {
        play(RegistrySetup.duplicate) { scene, _ in
            let me = scene.me.pid
            try terms.register("hello", [1, "a"], for: scene.me)
            try terms.register("hello", [2, "a"], for: scene.me)
            func first(_ value: Term) -> Double { value.parts.first?.number ?? 0 }
            func isPair(_ value: Term) -> Bool { value.parts.last == "a" }
            try check(shown(terms.match("hello", where: isPair)), is: shown((me, [1, "a"]), (me, [2, "a"])))
            try check(shown(terms.match("hello") { first($0) > 1 }), is: shown((me, [2, "a"])))
            try check(terms.countMatch("hello", where: isPair), is: 2)
            try check(terms.countMatch("hello") { first($0) > 1 }, is: 1)
            try check(terms.countMatch("hello") { $0 == "a" }, is: 0)
        }
    }

    @Test("RG-059 RG-060 unregisterMatch takes out what is meant, and leaves the rest of the key")
    func unregisterMatch() {
        play(RegistrySetup.duplicate) { scene, _ in
            let other = try await scene.holder()
            try await other.register("hello", 1)
            for value in [1, 2, 2, 3] as [Term] { try terms.register("hello", value, for: scene.me) }
            terms.unregisterMatch("hello", for: scene.me) { $0 == 2 }
            try check(terms.values(of: "hello", for: scene.me.pid), is: [1, 3])
            terms.unregisterMatch("hello", for: scene.me) { ($0.number ?? 0) > 2 }
            try check(terms.values(of: "hello", for: scene.me.pid), is: [1])
            try check(terms.keys(of: scene.me.pid), is: ["hello"])
            terms.unregisterMatch("hello", for: scene.me) { _ in true }
            try check(shown(terms.lookup("hello")), is: shown((other.pid, 1)))
            try check(terms.keys(of: scene.me.pid), is: [])
        }
    }

    @Test("RG-066 RG-067 RG-069 select gives one result for each registration, by whatever the clauses ask")
    func select() {
        play(RegistrySetup.duplicate) { scene, _ in
            try terms.register("hello", 1, for: scene.me)
            try terms.register("hello", 1, for: scene.me)
            try terms.register("world", 2, for: scene.me)
            try check(terms.select { key, _, _ in key }, is: ["hello", "hello", "world"])
            try check(terms.select { _, _, value in (value.number ?? 0) > 1 ? value : nil }, is: [2])
            try check(terms.select { key, _, value in key == "hello" ? [key, value] : nil }.count, is: 2)
            let world: Clause = { key, _, value in key == "world" ? value : nil }
            let hello: Clause = { key, _, _ in key == "hello" ? key : nil }
            try check(terms.select(firstOf: [world, hello]), is: ["hello", "hello", 2])
        }
    }

    @Test("RG-070 RG-071 RG-072 countSelect counts each registration that a clause takes")
    func countSelect() {
        play(RegistrySetup.duplicate) { scene, _ in
            for value in [1, 1, 2] as [Term] { try terms.register("hello", value, for: scene.me) }
            try check(terms.countSelect { key, _, _ in key == "hello" }, is: 3)
            try check(terms.countSelect { _, _, value in (value.number ?? 0) > 1 }, is: 1)
            let isTwo: Condition = { _, _, value in value == 2 }
            let isOne: Condition = { _, _, value in value == 1 }
            try check(terms.countSelect(anyOf: [isTwo, isOne]), is: 3)
        }
    }

    @Test("RG-074 a value cannot be updated where a key leads to several")
    func update() {
        play(RegistrySetup.duplicate) { scene, _ in
            try terms.register("hello", 1, for: scene.me)
            do {
                try terms.updateValue("hello", for: scene.me) { _ in 2 }
                throw Unmet(description: "updated")
            } catch let error as RegistryError {
                guard case .duplicateKeys = error.code else { throw error }
            }
        }
    }

    @Test("RG-076 RG-077 a key that is the wildcard can be selected and counted by comparing")
    func wildcard() {
        play(RegistrySetup.duplicate) { scene, _ in
            try terms.register(.wildcard, 1, for: scene.me)
            try terms.register("other", 2, for: scene.me)
            let found: [Term] = terms.select { key, _, value in key == Term.wildcard ? value : nil }
            try check(found, is: [1])
            try check(terms.countSelect { key, _, _ in key == .wildcard }, is: 1)
        }
    }
}
