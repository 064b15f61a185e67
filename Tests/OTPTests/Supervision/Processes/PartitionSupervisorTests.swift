import OTPTestKit
import Testing

@testable import OTP

private typealias Workers = PartitionSupervisor<ServerName<Worker>>

/// Servers that know the number of their partition.
private func workers(
    _ partitions: Int? = 3, name: SupervisorName? = nil, restart: Restart = .permanent, _ mode: Switch = Switch()
) -> Workers {
    Workers(partitions: partitions, restart: restart, name: name) { partition, _ in
        try mode.start()
        return Worker(number: partition)
    }
}

@Suite struct PartitionSupervisorTests {
    @Test("PS-001 PS-002 as a child it is a supervisor, called as it is named: for a key in a registry, as the key")
    func asAChild() {
        let registry = PlainRegistry()
        #expect(workers(name: "carts").childSpec.id == "carts")
        #expect(workers(name: .global("carts")).childSpec.id == "carts")
        #expect(workers(name: .via(registry, "key")).childSpec.id == "key")
        #expect(workers().childSpec.id == "Worker")
        #expect(workers().childSpec.kind == .supervisor)
        #expect(workers().childSpec.shutdown == .infinity)
        #expect(Workers("mine", name: "carts") { _, _ in Worker() }.childSpec.id == "mine")
    }

    @Test("PS-004 each of a hundred keys of any kind belongs to exactly one partition")
    func routing() {
        play { scene in
            let rooms = PartitionSupervisor<DynamicSupervisor<Int, ServerRef<Worker>>>("rooms", partitions: 4) { _ in
                DynamicSupervisor("room") { number, _ in Worker(number: number) }
            }
            let supervisor = try await rooms.startLink(scene.me.context)
            for number in 0..<100 {
                let worker = try await key(number).startChild(number)
                let here = try await key(number).children()
                try check(here.contains(worker))
            }
            func key(_ number: Int) -> DynamicSupervisor<Int, ServerRef<Worker>> {
                switch number % 4 {
                case 0: rooms[number]
                case 1: rooms["user \(number)"]
                case 2: rooms[[number, 1]]
                default: rooms[PID(node: 1, number: UInt64(number))]
                }
            }
            var total = 0
            for partition in 0..<4 {
                let count = try await rooms[partition].childCounts().active
                try check(count > 0)
                total += count
            }
            try check(total, is: 100)
            try check(try await scene.counts(supervisor), is: [4, 4, 4, 0])
        }
    }

    @Test("PS-005 PS-014 PS-025 it may stand in a registry of one's own, and is found, counted and stopped there")
    func via() {
        play { scene in
            let registry = PlainRegistry()
            let carts = workers(name: .via(registry, "carts"))
            let ref = try await carts.startLink(scene.me.context)
            try check(registry.whereIs("carts"), is: ref.pid)
            try check(try await carts[2].call { .number($0) }, is: 2)
            try check(try await carts.childCounts(), is: ChildCounts(specs: 3, active: 3, supervisors: 0, workers: 3))
            try await carts.stop()
            try check(!ref.isAlive)
            try check(registry.whereIs("carts") == nil)
        }
    }

    @Test("PS-006 PS-007 each partition is made from its number, and whole numbers lead to it by their magnitude")
    func arguments() {
        play { scene in
            let carts = workers(3)
            _ = try await carts.startLink(scene.me.context)
            for (key, partition) in [(0, 0), (1, 1), (2, 2), (3, 0), (-1, 1), (-5, 2)] {
                try check(try await carts[key].call { .number($0) }, is: partition)
                try check(try carts.partition(for: key), is: partition)
            }
        }
    }

    @Test("PS-010 PS-012 fewer than one partition, and significant ones, are refused at the start")
    func impossible() {
        play { scene in
            for partitions in [0, -1] {
                let (error, _) = try await scene.failedStart {
                    try await workers(partitions).startLink(scene.me.context)
                }
                try check((error as? SupervisorError)?.code.name, is: "invalidPartitions")
            }
            let significant = PartitionSupervisor(partitions: 2, members: { $0 }) { number, _ in
                ChildSpec.worker("a", .transient, isSignificant: true)
            }
            let (error, _) = try await scene.failedStart { try await significant.startLink(scene.me.context) }
            try check((error as? SupervisorError)?.code.name, is: "significantWithoutAutoShutdown")
        }
        #expect(workers(nil).members.count == Node.defaultWorkers)
    }

    @Test("PS-013 a stop returns when it and all its partitions are gone, and its name is free")
    func stop() {
        play { scene in
            let carts = workers(name: "carts")
            let ref = try await carts.startLink(scene.me.context)
            let partition = try need(carts[1].whereIs())
            try await carts.stop()
            try check(!ref.isAlive && !partition.isAlive)
            try check(SupervisorName("carts").ref == nil)
            _ = try await carts.startLink(scene.me.context)
            try check(try await carts.childCounts().active, is: 3)
        }
    }

    @Test("PS-015 PS-016 PS-024 one that does not run has no partitions, no children, and leads to nobody")
    func unknown() {
        play { scene in
            for carts in [workers(name: "carts"), workers(name: .via(PlainRegistry(), "carts"))] {
                try check(noProcess { _ = try carts.partitions })
                try check(noProcess { _ = try carts.partition(for: 1) })
                try check(await noProcess { _ = try await carts.childCounts() })
                try check(await noProcess { _ = try await carts.children() })
                try check(await noProcess { _ = try await carts.resize(to: 1) })
                try check(await noProcess { try await carts.stop() })
                try check(await noProcess { _ = try await carts[1].call { .number($0) } })
            }
        }
    }

    @Test("PS-017 resized up and down, as many run as are wanted, and the specifications stay")
    func resize() {
        play { scene in
            let carts = workers(4)
            let supervisor = try await carts.startLink(scene.me.context)
            var before = 4
            for count in [4, 3, 1, 0, 2, 4, 0, 4] {
                try check(try await carts.resize(to: count), is: before)
                try check(try carts.partitions, is: count)
                try check(try await scene.counts(supervisor), is: [4, count, 0, 4])
                before = count
            }
            for key in 0..<8 { try check(try await carts[key].call { .number($0) }, is: key % 4) }
        }
    }

    @Test("PS-019 with no partition in use a look-up is refused, and its name leads to nobody")
    func resizedToNone() {
        play { scene in
            let carts = workers(3)
            _ = try await carts.startLink(scene.me.context)
            try check(try await carts.resize(to: 0), is: 3)
            let code = try await refusal { _ = try carts.partition(for: "ann") }
            try check(code.name, is: "noPartitions")
            try check(await noProcess { _ = try await carts["ann"].call { .number($0) } })
            try check(try await carts.resize(to: 1), is: 0)
            try check(try await carts["ann"].call { .number($0) }, is: 0)
        }
    }

    @Test("PS-020 more than it began with, or fewer than none, are refused, and nothing changes")
    func resizedTooFar() {
        play { scene in
            let carts = workers(3)
            let supervisor = try await carts.startLink(scene.me.context)
            for count in [4, -1] {
                let code = try await refusal { try await carts.resize(to: count) }
                guard case .invalidResize(count, most: 3) = code else { throw Unmet(description: "\(code)") }
            }
            try check(try await scene.counts(supervisor), is: [3, 3, 0, 3])
        }
    }

    @Test("PS-021 PS-022 its children are its partitions, by number, and are those that the numbers lead to")
    func children() {
        play { scene in
            let carts = workers(3)
            let supervisor = try await carts.startLink(scene.me.context)
            let children = try await carts.children()
            try check(children.map(\.id), is: [ChildID(0), ChildID(1), ChildID(2)])
            for (number, child) in children.enumerated() { try check(child.pid, is: carts[number].pid) }
            try check(children.map(\.kind), is: [.worker, .worker, .worker])
            try check(try await scene.counts(supervisor), is: [3, 3, 0, 3])
        }
    }

    @Test func `a partition that fails is started again alone, and its name leads to the new one`() {
        play { scene in
            let carts = workers(3)
            let root = try await scene.start(Supervisor(.oneForOne) { carts })
            let before = (0..<3).map { carts[$0].pid }
            try await scene.exit(try need(before[1]), .error(Worker.Failure()))
            _ = try await carts.childCounts()
            let after = (0..<3).map { carts[$0].pid }
            try check(zip(before, after).map { $0 == $1 }, is: [true, false, true])
            try check(try await carts[1].call { .number($0) }, is: 1)
            // After a restart of the whole it has again as many as it began with.
            try await carts.resize(to: 1)
            try await scene.end(try need(carts.ref).pid, .kill)
            _ = try await root.childCounts()
            try check(try carts.partitions, is: 3)
            try check(try await carts[2].call { .number($0) }, is: 2)
        }
    }

    @Test func `a partition that does not start again leaves the number as it was`() {
        play { scene in
            let mode = Switch()
            let carts = workers(4, mode)
            let supervisor = try await carts.startLink(scene.me.context)
            try await carts.resize(to: 1)
            mode.next(.works, .fails)
            try check(try await refusal { try await carts.resize(to: 4) }.name, is: "failedToStart")
            try check(try carts.partitions, is: 1)
            try check(try await scene.counts(supervisor), is: [4, 1, 0, 4])
            try check(try await carts.resize(to: 4), is: 1)
        }
    }

    @Test func `temporary partitions that have ended are started again by a resize`() {
        play { scene in
            let carts = workers(3, restart: .temporary)
            let supervisor = try await carts.startLink(scene.me.context)
            try await scene.exit(try need(carts[2].pid), .normal)
            try await scene.settle()
            try check(try await scene.counts(supervisor), is: [2, 2, 0, 2])
            try await carts.resize(to: 3)
            try check(try await carts[2].call { .number($0) }, is: 2)
        }
    }

    @Test func `as many partitions as are in use are found by numbers, whatever the number was before`() {
        play { scene in
            let most = 4
            let carts = workers(most)
            _ = try await carts.startLink(scene.me.context)
            for count in [4, 1, 3, 2, 4] {
                try await carts.resize(to: count)
                let processes = (0..<most).map { carts[$0].pid }
                try check(Set(processes.compactMap { $0 }).count, is: count)
                try check(processes.count { $0 != nil }, is: most)
            }
        }
    }

    @Test func `of several resizes at once one decides`() {
        play(seeds: 0..<16) { scene in
            let carts = workers(4)
            let supervisor = try await carts.startLink(scene.me.context)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for count in [0, 3, 1, 4, 2] { group.addTask { _ = try await carts.resize(to: count) } }
                try await group.waitForAll()
            }
            let count = try carts.partitions
            try check(try await scene.counts(supervisor), is: [4, count, 0, 4])
            for key in 0..<count { try check(try await carts[key].call { .number($0) }, is: key) }
        }
    }

    /// Two partitions, of which the second has been ended and leaves a zombie.
    private static func withZombie(_ restart: Restart, _ scene: Scene, _ gate: Gate) async throws -> Workers {
        let carts = Workers(partitions: 2, restart: restart) { partition, _ in
            var worker = Worker(number: partition)
            if partition == 1 { worker.onTerminate = { await gate.passForSure() } }
            return worker
        }
        let supervisor = try await carts.startLink(scene.me.context)
        try await carts.resize(to: 1)
        try check(try await supervisor.snapshot().zombies, is: 1)
        return carts
    }

    @Test(arguments: [Restart.permanent, .temporary])
    func `of several resizes at once beside a zombie none returns before its partitions run`(restart: Restart) {
        play { scene in
            let gate = Gate()
            let carts = try await Self.withZombie(restart, scene, gate)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await carts.resize(to: 2)
                        try check(try carts.partitions, is: 2)
                        try check(carts[1].pid != nil)
                    }
                }
                try await group.waitForAll()
            }
            gate.open()
        }
    }

    @Test(arguments: [Restart.permanent, .temporary])
    func `a resize that ends what another one waits for fails neither`(restart: Restart) {
        play { scene in
            let gate = Gate()
            let carts = try await Self.withZombie(restart, scene, gate)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await carts.resize(to: 2) }
                try await scene.settle()
                try await carts.resize(to: 1)
                try await group.waitForAll()
            }
            try check(try carts.partitions, is: 1)
            try check(carts.members[1].pid, is: nil)
            gate.open()
        }
    }

    @Test func `the same value runs on two nodes, each with a number of its own`() throws {
        let carts = workers(3)
        let nodes = [VirtualNode(seed: 1), VirtualNode(seed: 2)]
        for (index, node) in nodes.enumerated() {
            try node.run { me in
                _ = try await carts.start()
                try await carts.resize(to: 1 + index)
            }
        }
        for (index, node) in nodes.enumerated() {
            #expect(try node.run { _ in try carts.partitions } == 1 + index)
            try node.shutdown()
        }
    }
}

private func noProcess(_ body: () async throws -> Void) async -> Bool {
    do { try await body() } catch let error as CallError {
        if case .noProcess = error.code { return true }
    } catch {}
    return false
}

private func noProcess(_ body: () throws -> Void) -> Bool {
    do { try body() } catch let error as CallError {
        if case .noProcess = error.code { return true }
    } catch {}
    return false
}
