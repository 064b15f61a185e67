import OTPTestKit
import Testing

@testable import OTP

@Suite struct RegistryLockTests {
    private let terms = Terms.terms

    /// A process that takes the lock of `key`, says so, and has it until it is sent something.
    private static func locker(
        _ key: Term, _ ref: ProcessRef<Note>, number: Int = 0, fails: Bool = false
    ) -> ProcessRef<Int> {
        spawn(receiving: Int.self) { me in
            try await Terms.terms.lock(key) {
                ref.send(.text("\(number) locked"))
                _ = try await me.receive()
                ref.send(.text("\(number) done"))
                if fails { throw Exit(.shutdown) }
            }
        }
    }

    private static func heard(_ scene: Scene) async throws -> String? {
        try await scene.me.receive(within: .seconds(1)) { if case .text(let text) = $0 { text } else { nil } }
    }

    @Test("RG-002 two keys can be locked at once; the value of the body is that of the lock")
    func differentKeys() {
        play(RegistrySetup.unique + RegistrySetup.duplicate) { scene, _ in
            let first = Self.locker("a", scene.me.ref)
            try check(try await Self.heard(scene), is: "0 locked")
            let value = try await terms.lock("b") { 7 }
            try check(value, is: 7)
            first.send(1)
            try check(try await Self.heard(scene), is: "0 done")
        }
    }

    @Test("RG-003 one key is locked by one at a time, in the order of asking")
    func sameKey() {
        play(RegistrySetup.unique) { scene, _ in
            var lockers: [ProcessRef<Int>] = []
            for number in 0..<3 {
                lockers.append(Self.locker("a", scene.me.ref, number: number))
                try check(try await Self.heard(scene), is: number == 0 ? "0 locked" : nil)
            }
            for (number, locker) in lockers.enumerated() {
                locker.send(1)
                try check(try await Self.heard(scene), is: "\(number) done")
                try check(try await Self.heard(scene), is: number == 2 ? nil : "\(number + 1) locked")
            }
        }
    }

    @Test("a lock is held by one at a time of many ordinary Swift tasks")
    func swiftTasks() async throws {
        let registry = Registry<String, Int>("locks of Swift tasks", partitions: 8)
        let supervisor = try await registry.start()
        let count = Locked(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await registry.name.lock("key") {
                        let before = count.value
                        await Task.yield()
                        count.with { $0 = before + 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(count.value == 50)
        try await supervisor.stop()
    }

    @Test("a lock is free again when its holder is killed, also while what the holder does goes on")
    func zombie() {
        play(RegistrySetup.unique) { scene, _ in
            let latch = Latch()
            let ref = scene.me.ref
            let holder = spawn(receiving: Int.self) { _ in
                try await Terms.terms.lock("a") {
                    ref.send(.text("holding"))
                    await latch.wait()
                }
            }
            try check(try await Self.heard(scene), is: "holding")
            holder.sendExit(.kill)
            let next = Self.locker("a", ref, number: 1)
            try check(try await Self.heard(scene), is: "1 locked")
            latch.open()
            next.send(1)
            try check(try await Self.heard(scene), is: "1 done")
        }
    }

    @Test("RG-004 RG-005 a lock is free again when its holder throws or is killed")
    func holderEnds() {
        play(RegistrySetup.unique) { scene, _ in
            for isKilled in [false, true] {
                let holder = Self.locker("a", scene.me.ref, fails: true)
                try check(try await Self.heard(scene), is: "0 locked")
                let waiter = Self.locker("a", scene.me.ref)
                try check(try await Self.heard(scene), is: nil)
                if isKilled {
                    holder.sendExit(.kill)
                } else {
                    holder.send(1)
                    try check(try await Self.heard(scene), is: "0 done")
                }
                try check(try await Self.heard(scene), is: "0 locked")
                waiter.send(1)
                try check(try await Self.heard(scene), is: "0 done")
            }
        }
    }

    @Test("RG-006 a waiter that ends waits no longer; the lock stays of use")
    func waiterEnds() {
        play(RegistrySetup.unique) { scene, _ in
            for signal in [ExitSignal.kill, .shutdown] {
                let holder = Self.locker("a", scene.me.ref)
                try check(try await Self.heard(scene), is: "0 locked")
                let waiter = Self.locker("a", scene.me.ref)
                let last = Self.locker("a", scene.me.ref)
                try await scene.me.yield()
                try await scene.end(waiter.pid, signal)
                // Nothing of it is left behind, however long the lock is held.
                try check(try await Self.heard(scene), is: nil)
                try check(terms.core?.locks.waitingCount, is: 1)
                holder.send(1)
                try check(try await Self.heard(scene), is: "0 done")
                try check(try await Self.heard(scene), is: "0 locked")
                last.send(1)
                try check(try await Self.heard(scene), is: "0 done")
                try check(try await terms.lock("a") { true })
            }
        }
    }

    @Test("whoever waits for a lock of a registry that ends waits no longer; who has it hinders nobody in the next one")
    func registryEnds() {
        play(seeds: 0..<2) { scene in
            let registry = RegistrySetup.unique[0].registry()
            let first = try await registry.start()
            let holder = Self.locker("a", scene.me.ref)
            try check(try await Self.heard(scene), is: "0 locked")
            let waiting = Locked<(any Error)?>(nil)
            let waiter = spawn(receiving: Int.self) { _ in
                do { try await Terms.terms.lock("a", timeout: nil) {} } catch { waiting.with { $0 = error } }
            }
            let core = try need(terms.core)
            try await scene.settle()
            try check(core.locks.waitingCount, is: 1)
            try await first.stop()
            try await scene.settle()
            try check(!waiter.isAlive, "still waits")
            try check((waiting.with { $0 } as? RegistryError).map { Optional($0.code).isNotRunning } == true)
            try check(try await core.locks.acquire("a", within: nil, on: core.node) == nil)
            let second = try await registry.start()
            let next = Self.locker("a", scene.me.ref, number: 1)
            try check(try await Self.heard(scene), is: "1 locked")
            holder.send(1)
            try check(try await Self.heard(scene), is: "0 done")
            next.send(1)
            try check(try await Self.heard(scene), is: "1 done")
            try await second.stop()
        }
    }

    @Test(
        "a wait for a lock is over after five seconds, or when it says, and leaves nothing behind; also one for oneself"
    )
    func timeout() {
        play(RegistrySetup.unique, seeds: 0..<1) { scene, _ in
            for (timeout, seconds) in [(Duration.seconds(5), 5), (.seconds(60), 60)] {
                let nested = spawn(receiving: Int.self) { _ in
                    try await Terms.terms.lock("a") {
                        if seconds == 5 { try await Terms.terms.lock("a") {} }
                        try await Terms.terms.lock("a", timeout: timeout) {}
                    }
                }
                let monitor = scene.watch(nested.pid)
                let before = scene.me.node.now
                let reason = try await scene.down(monitor)
                guard case .error(let error as CallError) = reason, case .timeout = error.code else {
                    throw Unmet(description: "\(reason)")
                }
                try check(scene.me.node.now - before, is: .seconds(seconds))
                try check(terms.core?.locks.waitingCount, is: 0)
                try check(try await terms.lock("a") { true })
            }
        }
    }

    @Test("the queue of a lock passes it on in order, over those who have given up")
    func queue() {
        var queue = LockQueue<String, String>()
        let free = [queue.acquire("a", 1, "one"), queue.acquire("a", 2, "two"), queue.acquire("a", 3, "three")]
        #expect(free == [true, false, false])
        let other = queue.acquire("b", 4, "four")
        #expect(other)
        let gaveUp = [queue.giveUp("a", 2), queue.giveUp("a", 2), queue.giveUp("a", 1)]
        #expect(gaveUp == [true, false, false])
        let next = [queue.release("a", 3), queue.release("a", 1), queue.release("a", 1)].map { $0?.waiter }
        #expect(next == [nil, "three", nil])
        let last = [queue.release("a", 3), queue.release("b", 4)].map { $0?.waiter }
        #expect(last == [nil, nil])
        #expect(queue.isEmpty)
        let taken = [queue.acquire("c", 5, "five"), queue.acquire("c", 6, "six")]
        #expect(taken == [true, false])
        let left = queue.close()
        #expect(left == ["six"] && queue.isClosed && queue.isEmpty)
        let after = queue.release("c", 5)
        #expect(after == nil)
    }
}
