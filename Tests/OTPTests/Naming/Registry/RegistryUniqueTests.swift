import OTPTestKit
import Testing

@testable import OTP

/// Registries of unique keys, with one partition and with eight.
@Suite struct RegistryUniqueTests {
    private let terms = Terms.terms

    @Test("RG-007 it has a process for each partition")
    func partitions() {
        play(RegistrySetup.unique) { scene, registry in
            let counts = try await need(registry.ref).childCounts()
            try check(counts.active, is: need(terms.core).partitionCount)
            try check(counts.workers, is: counts.active)
        }
    }

    @Test("RG-008 RG-009 RG-032 count counts the keys; of an empty registry nothing can be selected")
    func count() {
        play(RegistrySetup.unique) { scene, _ in
            try check(terms.count, is: 0)
            try check(terms.select { key, _, _ in key }, is: [])
            try terms.register("hello", 1, for: scene.me)
            try check(terms.count, is: 1)
            try terms.register("world", 2, for: scene.me)
            try check(terms.count, is: 2)
        }
    }

    @Test("RG-010 registering gives the process of the partition; keys and values are those of the process")
    func registers() {
        play(RegistrySetup.unique) { scene, registry in
            let partitions = Set(try await need(registry.ref).children().compactMap(\.pid))
            try check(terms.keys(of: scene.me.pid), is: [])
            try check(partitions.contains(try terms.register("hello", 1, for: scene.me)))
            try check(terms.keys(of: scene.me.pid), is: ["hello"])
            try check(terms.values(of: "hello", for: scene.me.pid), is: [1])
            try terms.register("world", 2, for: scene.me)
            try check(terms.keys(of: scene.me.pid), is: ["hello", "world"])
            try check(shown(terms.lookup("hello")), is: shown((scene.me.pid, 1)))
            try check(terms.pid(for: "world"), is: scene.me.pid)
            try check(terms.pid(for: "nobody"), is: nil)
        }
    }

    @Test("RG-011 RG-042 RG-043 a taken key is refused, to its holder too, and leaves nothing behind")
    func refused() {
        play(RegistrySetup.unique) { scene, _ in
            let other = try await scene.holder()
            try terms.register("hello", 1, for: scene.me)
            for _ in 0..<3 {
                do throws(RegistryError) {
                    try terms.register("hello", 2, for: scene.me)
                    throw RegistryError(.notRunning)
                } catch {
                    try check(Optional(error.code).holder, is: scene.me.pid)
                }
                try check(try await other.refusal("hello", 2).holder, is: scene.me.pid)
            }
            try check(shown(terms.lookup("hello")), is: shown((scene.me.pid, 1)))
            try check(terms.keys(of: scene.me.pid), is: ["hello"])
            try check(terms.count, is: 1)
            let holds = other.cell.guarding.withLock { other.cell.relations?.names.count ?? 0 }
            let links = other.cell.guarding.withLock { other.cell.relations?.links.count ?? 0 }
            try check(holds + links, is: 0)
        }
    }

    @Test("RG-012 RG-013 keys and values are those of each process; whoever was refused has none")
    func acrossProcesses() {
        play(RegistrySetup.unique) { scene, _ in
            let other = try await scene.holder()
            try await other.register("hello", 1)
            do { try terms.register("hello", 2, for: scene.me) } catch {}
            try check(terms.keys(of: scene.me.pid), is: [])
            try check(terms.values(of: "hello", for: scene.me.pid), is: [])
            try check(terms.keys(of: other.pid), is: ["hello"])
            try check(terms.values(of: "hello", for: other.pid), is: [1])
        }
    }

    @Test("RG-013 whoever is refused keeps a link that it has made to the registry itself")
    func refusedKeepsItsLink() {
        play(RegistrySetup.unique) { scene, registry in
            let (holder, other) = (try await scene.holder(), try await scene.holder())
            let supervisor = try need(registry.ref).pid
            let core = try need(terms.core)
            let partition = try need(core.process(core.partition(of: other.pid))).pid
            try await holder.register("hello", 1)
            try await other.perform { me in for pid in [supervisor, partition] { try me.link(to: pid) } }
            try check(try await other.refusal("hello", 2).holder, is: holder.pid)
            try check(terms.keys(of: other.pid), is: [])
            try check(other.cell.isLinked(to: supervisor) && other.cell.isLinked(to: partition))
        }
    }

    @Test("RG-014 the key of a dead holder is free at once, whatever the partition's process is doing")
    func deadHolder() {
        play(RegistrySetup.unique) { scene, _ in
            for process in try need(terms.core).processes { process.set(ProcessCell.Control.suspended) }
            let first = try await scene.holder()
            let second = try await scene.holder()
            try await first.register("hello", 1)
            scene.me.sendExit(.kill, to: first.pid)
            try check(terms.lookup("hello").count, is: 0)
            try await second.register("hello", 2)
            try check(shown(terms.lookup("hello")), is: shown((second.pid, 2)))
            try check(terms.count, is: 1)
            for process in try need(terms.core).processes { process.clear(ProcessCell.Control.suspended) }
        }
    }

    @Test("RG-014 an entry whose holder is dead but not yet cleaned up is not found, and gives way")
    func staleEntry() throws {
        var partition = RegistryPartition<Term, Term>()
        let node = Node(name: "stale", workers: 1)
        let cells = (0..<3).map { _ in
            node.makePlain(Never.self, options: SpawnOptions(), parent: nil) { _ in }
        }
        var gone: [RegistryRemoved<Term>] = []
        _ = partition.insert("hello", 1, cells[0], 1, isUnique: true, &gone)
        #expect(partition.table.find("hello")?.pointee.firstLive() == 0)
        cells[0].declareDead(.killed)
        #expect(partition.table.find("hello")?.pointee.firstLive() == -1)
        guard case .done = partition.insert("hello", 2, cells[1], 2, isUnique: true, &gone) else {
            Issue.record("refused")
            return
        }
        #expect(gone.map(\.id) == [1])
        #expect(partition.count == 1)
        guard case .taken(let holder) = partition.insert("hello", 3, cells[2], 3, isUnique: true, &gone) else {
            Issue.record("taken twice")
            return
        }
        #expect(holder == cells[1].pid)
        for removed in gone + partition.removeAll().map(\.removed) { removed.cell.release() }
        partition.destroy()
    }

    @Test("RG-024 dispatch calls once, in the caller, with the one entry; without an entry not at all")
    func dispatch() {
        play(RegistrySetup.unique) { scene, _ in
            var calls: [[String]] = []
            terms.dispatch("hello") { calls.append(shown($0)) }
            try check(calls, is: [])
            try terms.register("hello", 1, for: scene.me)
            terms.dispatch("hello") { calls.append(shown($0)) }
            try check(calls, is: [shown((scene.me.pid, 1))])
            do {
                try terms.dispatch("hello") { _ in throw Unmet(description: "mine") }
                throw Unmet(description: "nothing was thrown")
            } catch let error as Unmet { try check(error.description, is: "mine") }
        }
    }

    @Test("RG-025 RG-026 unregistering takes the caller's entry out; of a key that it does not have, nothing")
    func unregisters() {
        play(RegistrySetup.unique) { scene, _ in
            let other = try await scene.holder()
            try await other.register("theirs", 1)
            terms.unregister("theirs", for: scene.me)
            terms.unregister("nobody's", for: scene.me)
            try check(terms.pid(for: "theirs"), is: other.pid)
            try terms.register("hello", 1, for: scene.me)
            try terms.register("world", 2, for: scene.me)
            terms.unregister("hello", for: scene.me)
            try check(terms.keys(of: scene.me.pid), is: ["world"])
            try check(terms.lookup("hello").count, is: 0)
            terms.unregister("world", for: scene.me)
            try check(terms.keys(of: scene.me.pid), is: [])
            try check(terms.count, is: 1)
        }
    }

    @Test("RG-023 updating a value gives the new and the old one, and nothing without an entry of one's own")
    func updates() {
        play(RegistrySetup.unique) { scene, _ in
            let other = try await scene.holder()
            try await other.register("theirs", 1)
            try check(try terms.updateValue("theirs", for: scene.me) { _ in 2 } == nil)
            try check(try terms.updateValue("nobody's", for: scene.me) { _ in 2 } == nil)
            try terms.register("hello", 1, for: scene.me)
            let pair = try need(try terms.updateValue("hello", for: scene.me) { [$0, 2] })
            try check([pair.new, pair.old], is: [[1, 2], 1])
            try check(terms.values(of: "hello", for: scene.me.pid), is: [[1, 2]])
            do {
                try terms.updateValue("hello", for: scene.me) { _ in throw Unmet(description: "mine") }
            } catch is Unmet {}
            try check(terms.values(of: "hello", for: scene.me.pid), is: [[1, 2]])
        }
    }

    @Test("RG-029 a registry that does not run takes nobody and knows nobody")
    func unknown() {
        play(RegistrySetup.unique) { scene, _ in
            let other: RegistryName<Term, Int> = "terms"
            for refused in [
                { _ = try Terms("unknown").register("hello", 1, for: scene.me) },
                { _ = try Terms("unknown").updateValue("hello", for: scene.me) { $0 } },
                { try Terms("unknown").putMetadata("a", 1) },
                // Of other types than the one that runs.
                { _ = try other.register("hello", 1, for: scene.me) },
            ] {
                do {
                    try refused()
                    throw Unmet(description: "not refused")
                } catch let error as RegistryError {
                    try check(Optional(error.code).isNotRunning)
                    try check(error.description.contains(error.registry))
                }
            }
            try check(Terms("unknown").lookup("hello").isEmpty && Terms("unknown").count == 0)
            try check(!Terms("unknown").isRunning && terms.isRunning)
        }
    }
}
