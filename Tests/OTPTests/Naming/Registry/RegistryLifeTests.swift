import OTPTestKit
import Testing

@testable import OTP

/// Ends of holders and of registries, links, listeners, metadata.
@Suite struct RegistryLifeTests {
    private let terms = Terms.terms

    @Test("RG-001 nothing is left of a killed process, nor of one that ends by itself")
    func cleanUp() {
        play(RegistrySetup.unique + RegistrySetup.duplicate) { scene, _ in
            for way in [ExitSignal.kill, .shutdown] {
                let holder = try await scene.holder()
                // Enough for both ways of keeping them.
                for number in 0..<40 { try await holder.register(.integer(number), .integer(number)) }
                try check(terms.keys(of: holder.pid).count, is: 40)
                try await scene.end(holder.pid, way)
                try check(terms.count, is: 0)
                try check(terms.keys(of: holder.pid), is: [])
                try check(terms.lookup(3).count, is: 0)
            }
        }
    }

    @Test("many entries of one process are found, taken out and kept in order like few")
    func manyKeys() {
        play(Array(RegistrySetup.duplicate.prefix(2))) { scene, _ in
            for number in 0..<60 { try terms.register(.integer(number % 20), .integer(number), for: scene.me) }
            try check(terms.keys(of: scene.me.pid), is: (0..<60).map { .integer($0 % 20) })
            try check(terms.values(of: 7, for: scene.me.pid), is: [7, 27, 47])
            terms.unregisterMatch(7, for: scene.me) { $0 == 27 }
            try check(terms.values(of: 7, for: scene.me.pid), is: [7, 47])
            for number in 0..<20 { terms.unregister(.integer(number), for: scene.me) }
            try check(terms.count, is: 0)
            try check(terms.keys(of: scene.me.pid), is: [])
        }
    }

    @Test("RG-028 RG-062 a process is linked with its first key, and no longer after its last one")
    func links() {
        play(RegistrySetup.unique + RegistrySetup.duplicate) { scene, _ in
            let holder = try await scene.holder()
            func isLinked(to pid: PID) -> Bool { holder.cell.isLinked(to: pid) }
            let partition = Locked<PID?>(nil)
            try await holder.perform { me in
                let pid = try terms.register("hello", 1, for: me)
                partition.with { $0 = pid }
            }
            let pid = try need(partition.with { $0 })
            try check(isLinked(to: pid))
            try await holder.register("world", 2)
            try await holder.perform { terms.unregister("hello", for: $0) }
            try check(isLinked(to: pid))
            try await holder.perform { terms.unregister("world", for: $0) }
            try check(!isLinked(to: pid))
            try await holder.register("again", 3)
            try await holder.perform { me in terms.unregisterMatch("again", for: me) { _ in true } }
            try check(!isLinked(to: pid))
        }
    }

    @Test("who is registered ends with the registry, which is then empty and takes others")
    func registryFails() {
        play(RegistrySetup.unique + RegistrySetup.duplicate) { scene, registry in
            let holder = try await scene.holder()
            let home = try await holder.registered("hello", 1)
            let own = try terms.register("hello to me", 2, for: scene.me)
            let monitor = scene.watch(holder.pid)
            for partition in Set([home, own]) { scene.me.sendExit(.kill, to: partition) }
            _ = try await scene.down(monitor)
            try check(terms.lookup("hello").count, is: 0)
            // This process traps exits: it lives on, unregistered.
            _ = try await scene.me.receive()
            _ = try await need(registry.ref).childCounts()
            try check(terms.keys(of: scene.me.pid), is: [])
            try check(terms.count, is: 0)
            let next = try await scene.holder()
            try await next.register("hello", 3)
            try check(shown(terms.lookup("hello")), is: shown((next.pid, 3)))
        }
    }

    @Test("of duplicate keys spread by process a partition that fails takes along those linked to it, and nobody else")
    func partitionFails() {
        play([RegistrySetup(keys: .duplicate, partitions: 8)]) { scene, _ in
            var holders: [(ref: ServerRef<Holder>, home: PID)] = []
            for _ in 0..<16 {
                let ref = try await scene.holder()
                holders.append((ref, try await ref.registered("hello", 1)))
            }
            let failed = holders[0].home
            let left = holders.filter { $0.home != failed }
            try check(!left.isEmpty)
            let monitors = holders.filter { $0.home == failed }.map { scene.watch($0.ref.pid) }
            try await scene.kill(failed)
            for monitor in monitors { try check(try await scene.down(monitor), is: .killed) }
            try await scene.settle()
            try check(left.allSatisfy(\.ref.isAlive))
            try check(shown(terms.lookup("hello")), is: left.map { "\($0.ref.pid) \(Term.integer(1))" }.sorted())
            // The partition is back, for those that belong there.
            var homes: Set<PID> = []
            for _ in 0..<16 { homes.insert(try await scene.holder().registered("later", 2)) }
            try check(!homes.contains(failed))
            try check(homes.subtracting(holders.map(\.home)).count, is: 1)
        }
    }

    @Test(
        "where entries are spread by key a partition that fails takes everybody along",
        arguments: [
            RegistryKeys.unique, .duplicate(by: .key),
        ])
    func partitionOfKeysFails(_ keys: RegistryKeys) {
        play([RegistrySetup(keys: keys, partitions: 8)]) { scene, registry in
            let holders = try await [scene.holder(), scene.holder(), scene.holder()]
            var homes: [PID] = []
            for (number, holder) in holders.enumerated() {
                for key in 0..<20 { homes.append(try await holder.registered(.integer(20 * number + key), 1)) }
            }
            try check(Set(homes).count, is: 3)
            let monitors = holders.map { scene.watch($0.pid) }
            // Nobody is linked to it; somebody may have a key in it.
            let partitions = try await need(registry.ref).children().compactMap(\.pid)
            try await scene.kill(try need(partitions.first { !homes.contains($0) }))
            for monitor in monitors { _ = try await scene.down(monitor) }
            try await scene.settle()
            try check(terms.count, is: 0)
        }
    }

    @Test("a process with several keys has one link, and nothing is found of it once it has ended")
    func keysOfTheDead() {
        play([RegistrySetup(keys: .unique, partitions: 8), RegistrySetup(keys: .duplicate(by: .key), partitions: 8)]) {
            scene, _ in
            let holder = try await scene.holder()
            for key in 0..<5 { try await holder.register(.integer(key), 1) }
            try check(try need(scene.me.node.snapshot(of: holder.pid)).links.count, is: 1)
            try await scene.kill(holder.pid)
            try check(terms.keys(of: holder.pid), is: [])
            for key in 0..<5 { try check(terms.values(of: .integer(key), for: holder.pid), is: []) }
        }
    }

    @Test("a registry that was stopped is gone; the next one under its name begins empty")
    func stopped() {
        play { scene in
            let setup = RegistrySetup.unique[0]
            let first = try await setup.registry().start()
            let holder = try await scene.holder()
            try await holder.register("hello", 1)
            let monitor = scene.watch(holder.pid)
            do {
                _ = try await setup.registry().start()
                throw Unmet(description: "two of one name")
            } catch let error as StartError {
                guard case .alreadyStarted(first.pid) = error.code else { throw error }
            }
            try await first.stop()
            try check(try await scene.down(monitor), is: .shutdown)
            try check(!terms.isRunning && terms.lookup("hello").isEmpty)
            let second = try await setup.registry().start()
            try check(terms.isRunning && terms.count == 0)
            try await second.stop()
        }
    }

    @Test("RG-027 RG-061 listeners are told before the call returns, and of an end before the monitors")
    func listeners() {
        typealias Told = RegistryEvent<Term, Term>
        for setup in RegistrySetup.unique + RegistrySetup.duplicate {
            play(seeds: 0..<2) { scene in
                let inbox = spawn(receiving: Told.self) { me in try await me.receive(matching: { _ in nil }) }
                let name: ServerName<PlainBehavior<Told>> = "listener"
                try name.register(inbox)
                let registry = setup.registry([RegistryListener(name) { $0 }])
                let supervisor = try await registry.startLink(scene.me)
                let holder = try await scene.holder()
                let heard = Locked<[String]>([])
                try await holder.perform { me in
                    try terms.register("hello", 1, for: me)
                    heard.with { $0.append("\(inbox.server.cell.mailbox.count) told") }
                    terms.unregister("hello", for: me)
                    terms.unregister("hello", for: me)
                }
                try await holder.register("world", 2)
                try await scene.kill(holder.pid)
                try check(heard.with { $0 }, is: ["1 told"])
                _ = try await scene.me.receive(within: .seconds(1))
                let texts = inbox.server.cell.renderWaiting(atMost: .max)
                try check(texts.count, is: 4)
                for (text, part) in zip(texts, ["registered(terms", "unregistered(terms", "world", "unregistered"]) {
                    try check(text.contains(part), text)
                }
                try check(texts[3].contains("world") && texts[3].contains("\(holder.pid)"), texts[3])
                try await supervisor.stop()
            }
        }
    }

    @Test("RG-061 listeners hear of those who end because their partition has failed, once for each key")
    func listenersOfAFailedPartition() {
        let told = Locked<[String]>([])
        let listener = RegistryListener<Term, Term>(ServerName<PlainBehavior<String>>("nobody")) { event in
            switch event {
            case .registered(_, let key, let pid, _): told.with { $0.append("+ \(key) \(pid)") }
            case .unregistered(_, let key, let pid): told.with { $0.append("- \(key) \(pid)") }
            }
            return ""
        }
        play(RegistrySetup.unique + RegistrySetup.duplicate, seeds: 0..<1, listeners: [listener]) { scene, _ in
            told.with { $0 = [] }
            let holder = try await scene.holder()
            let home = try await holder.registered("hello", 1)
            try await holder.register("world", 2)
            let isUnique = try need(terms.core).isUnique
            if !isUnique { try await holder.register("hello", 3) }
            let monitor = scene.watch(holder.pid)
            try await scene.kill(home)
            _ = try await scene.down(monitor)
            let keys = ["hello", "hello", "world"].map { "\(Term.text($0)) \(holder.pid)" }
            let all = told.with { $0 }
            try check(all.filter { $0.hasPrefix("+") }.count, is: isUnique ? 2 : 3)
            try check(all.filter { $0.hasPrefix("-") }.sorted(), is: keys.dropFirst().map { "- \($0)" })
            try check(all.last?.hasPrefix("-") == true)
        }
    }

    @Test("metadata is there from the start, can be set and deleted, and outlives the failure of a partition")
    func metadata() {
        play { scene in
            let limit: RegistryMetadataKey<Int> = "limit"
            let owner: RegistryMetadataKey<String> = "owner"
            let registry = Registry(terms, metadata: [.set(limit, 3)])
            let supervisor = try await registry.start()
            try check(terms.metadata(limit), is: 3)
            try check(terms.metadata(owner), is: nil)
            try terms.putMetadata(owner, "ann")
            try terms.putMetadata(limit, 4)
            try await scene.kill(try need(terms.core?.processes.first?.pid))
            _ = try await supervisor.childCounts()
            try check(terms.metadata(limit), is: 4)
            try check(terms.metadata(owner), is: "ann")
            try terms.deleteMetadata(owner)
            try check(terms.metadata(owner), is: nil)
            try check(terms.metadata("limit") as String?, is: nil)
            try await supervisor.stop()
            try check(terms.metadata(limit), is: nil)
        }
    }

    @Test("a registry without partitions does not start")
    func noPartitions() {
        play { scene in
            do {
                _ = try await Registry(terms, partitions: 0).start()
                throw Unmet(description: "started")
            } catch let error as SupervisorError {
                guard case .invalidPartitions(0) = error.code else { throw error }
            }
            try check(!terms.isRunning)
        }
    }
}
