import OTPTestKit
import Testing

@testable import OTP

/// Looking by value. What is a match specification in Erlang is a closure here.
@Suite struct RegistryMatchTests {
    private let terms = Terms.terms

    @Test("RG-015 RG-022 match compares values as the closure says, and keys exactly")
    func match() {
        play(RegistrySetup.unique) { scene, _ in
            let me = scene.me.pid
            try terms.register("hello", [1, 1.0, "a"], for: scene.me)
            let whole = shown((me, [1, 1.0, "a"]))
            try check(shown(terms.match("hello") { $0.parts.first == 1 }), is: whole)
            try check(shown(terms.match("hello") { $0 == [1, 1.0, "a"] }), is: whole)
            // One and one as a fraction differ.
            try check(shown(terms.match("hello") { $0 == [1.0, 1, "a"] }), is: [])
            // Two parts that have to be alike.
            try check(shown(terms.match("hello") { $0.parts[0] == $0.parts[1] }), is: [])
            try terms.register("map", .map(["name": "x", "age": 3]), for: scene.me)
            try check(
                terms.countMatch("map") { if case .map(let m) = $0 { m["name"] == "x" } else { false } }, is: 1)
            try terms.register(1, "whole", for: scene.me)
            try terms.register(1.0, "fraction", for: scene.me)
            try check(terms.values(of: 1, for: me), is: ["whole"])
            try check(terms.values(of: 1.0, for: me), is: ["fraction"])
            terms.unregister(1, for: scene.me)
            try check(terms.values(of: 1.0, for: me), is: ["fraction"])
        }
    }

    @Test("RG-016 RG-018 RG-019 match and countMatch take conditions")
    func guards() {
        play(RegistrySetup.unique) { scene, _ in
            try terms.register("hello", [1, 2], for: scene.me)
            func parts(_ value: Term) -> (Double, Double) { (value.parts[0].number ?? 0, value.parts[1].number ?? 0) }
            try check(shown(terms.match("hello") { parts($0).1 > 1 }), is: shown((scene.me.pid, [1, 2])))
            try check(shown(terms.match("hello") { parts($0).1 > 2 }), is: [])
            try check(terms.countMatch("hello") { parts($0).0 == 1 }, is: 1)
            try check(terms.countMatch("hello") { if case .text = $0 { true } else { false } }, is: 0)
            try check(terms.countMatch("nobody") { _ in true }, is: 0)
        }
    }

    @Test("RG-017 RG-056 RG-075 keys that look like patterns are compared exactly")
    func reserved() {
        play(RegistrySetup.unique + RegistrySetup.duplicate) { scene, _ in
            let me = scene.me.pid
            let keys: [Term] = [
                .wildcard, .variable(1), .tuple([.variable(1), 2]), .map(["a": 1]), .map(["a": 1, "b": 2]),
                ["a", .wildcard],
            ]
            for (number, key) in keys.enumerated() { try terms.register(key, .integer(number), for: scene.me) }
            for (number, key) in keys.enumerated() {
                try check(shown(terms.lookup(key)), is: shown((me, .integer(number))))
                try check(shown(terms.match(key) { _ in true }), is: shown((me, .integer(number))))
                try check(terms.countMatch(key) { _ in true }, is: 1)
            }
            terms.unregister(.wildcard, for: scene.me)
            try check(terms.count, is: keys.count - 1)
            terms.unregisterMatch(.map(["a": 1]), for: scene.me) { _ in true }
            try check(terms.count, is: keys.count - 2)
            try check(shown(terms.lookup(.map(["a": 1, "b": 2]))), is: shown((me, 4)))
            try check(shown(terms.lookup(.variable(1))), is: shown((me, 1)))
        }
    }

    @Test("RG-020 RG-021 unregisterMatch takes out the caller's entries that are meant, and no other")
    func unregisterMatch() {
        play(RegistrySetup.unique) { scene, _ in
            let other = try await scene.holder()
            try await other.register("theirs", 1)
            try terms.register("hello", [1, 2], for: scene.me)
            terms.unregisterMatch("hello", for: scene.me) { $0 == [2, 1] }
            terms.unregisterMatch("theirs", for: scene.me) { _ in true }
            terms.unregisterMatch("nobody's", for: scene.me) { _ in true }
            try check(terms.count, is: 2)
            terms.unregisterMatch("hello", for: scene.me) {
                if case .tuple(let parts) = $0 { (parts[1].number ?? 0) > 1 } else { false }
            }
            try check(terms.keys(of: scene.me.pid), is: [])
            try check(terms.pid(for: "theirs"), is: other.pid)
        }
    }

    @Test("RG-033 select gives all, and nil for who stands there by a name without a value")
    func selectAll() {
        play(seeds: 0..<2) { scene in
            for partitions in [1, 8] {
                let values: RegistryName<String, Int?> = "optional values"
                let supervisor = try await Registry(values, partitions: partitions).startLink(scene.me)
                let holder = try await Holder.start(name: .via(values, "hello")) { Holder() }
                try values.register("world", 7, for: scene.me)
                let all = values.select { key, pid, value -> String? in "\(key) \(pid) \(String(describing: value))" }
                try check(all.sorted(), is: ["hello \(holder.pid) nil", "world \(scene.me.pid) Optional(7)"])
                try await supervisor.stop()
            }
        }
    }

    @Test("RG-034 RG-035 RG-036 select fixes what it likes and shapes the result; several clauses give their union")
    func select() {
        play(RegistrySetup.unique) { scene, _ in
            let other = try await scene.holder()
            try terms.register("hello", 1, for: scene.me)
            try terms.register("world", 2, for: scene.me)
            try await other.register("theirs", 3)
            try check(terms.select { key, _, _ in key }, is: ["hello", "world", "theirs"])
            try check(terms.select { key, pid, value in pid == other.pid ? value : nil }, is: [3])
            try check(terms.select { key, _, value in key == "world" ? [key, value] : nil }, is: [["world", 2]])
            try check(terms.select { _, _, value in (value.number ?? 0) > 1 ? value : nil }, is: [2, 3])
            let hello: Clause = { key, _, _ in key == "hello" ? key : nil }
            let world: Clause = { key, _, value in key == "world" ? value : nil }
            let all: Clause = { key, _, _ in key }
            try check(terms.select(firstOf: [hello, world]), is: ["hello", 2])
            // Each entry once, even if several clauses would take it.
            try check(terms.select(firstOf: [all, hello, world]).count, is: 3)
        }
    }

    @Test("RG-038 RG-039 RG-040 countSelect counts what at least one clause takes")
    func countSelect() {
        play(RegistrySetup.unique) { scene, _ in
            for number in 1...4 { try terms.register(.integer(number), .integer(number), for: scene.me) }
            try check(terms.countSelect { _, _, _ in true }, is: 4)
            try check(terms.countSelect { _, _, value in (value.number ?? 0) > 2 }, is: 2)
            let isOne: Condition = { key, _, _ in key == 1 }
            let isFour: Condition = { key, _, _ in key == 4 }
            let isAny: Condition = { _, _, _ in true }
            try check(terms.countSelect(anyOf: [isOne, isFour]), is: 2)
            try check(terms.countSelect(anyOf: [isOne, isAny]), is: 4)
            do {
                _ = try terms.countSelect { _, _, _ in throw Unmet(description: "mine") }
                throw Unmet(description: "nothing was thrown")
            } catch let error as Unmet { try check(error.description, is: "mine") }
        }
    }
}
