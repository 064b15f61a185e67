import Synchronization
import Testing

@testable import OTP

/// Handlers that compute without end: everything else goes on.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HeldWorkerTests {
    @Test(arguments: [false, true])
    func `a handler that computes does not stop others, and is reported once`(hasSuspended: Bool) async throws {
        let node = Node(name: "held", workers: 1)
        let reports = LockedBox<[HeldWorkerReport]>([])
        let reported = Event()
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        node.onReport { report in
            // On a machine that is slow enough others are held too.
            guard case .heldWorker(let held) = report, held.pid == busy.pid else { return }
            reports.withLock { $0.append(held) }
            Task { await reported.happen() }
        }
        let flag = Flag()
        let other = try await node.with { try await CodeServer.start { CodeServer() } }
        let begun = Event()
        // Spins until another process of the same node, which has one worker, has run.
        async let computed = busy.runOnWorker { _ in
            if hasSuspended { _ = try await other.run { _ in 0 } }
            Task.detached { await begun.happen() }
            return flag.spin() ? 1 : 0
        }
        await begun.wait()
        await reported.wait()
        #expect(
            try await other.run { _ in
                flag.raise()
                return 2
            } == 2)
        #expect(try await computed == 1)
        let seen = reports.get()
        // On a machine that is slow enough it has held its worker before it suspended, too.
        #expect(seen.count == 1 || hasSuspended && seen.count == 2)
        #expect(seen.first?.pid == busy.pid)
        #expect(seen.first?.handler == "CodeServer")
        await node.shutdown()
    }

    @Test(arguments: [Duration.zero, .seconds(3_600)])
    func `a stand-in comes early, a report only after the threshold`(threshold: Duration) async throws {
        let node = Node(name: "held", workers: 1)
        #expect(node.heldWorkerThreshold == .milliseconds(100))
        node.heldWorkerThreshold = threshold
        let reports = LockedBox(0)
        node.onReport { if case .heldWorker = $0 { reports.withLock { $0 += 1 } } }
        let flag = Flag()
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        let other = try await node.with { try await CodeServer.start { CodeServer() } }
        let begun = Event()
        async let computed = busy.runOnWorker { _ in
            Task.detached { await begun.happen() }
            return flag.spin(atLeast: .milliseconds(150)) ? 1 : 0
        }
        await begun.wait()
        #expect(
            try await other.run { _ in
                flag.raise()
                return 2
            } == 2)
        #expect(try await computed == 1)
        #expect(reports.get() == 0)
        await node.shutdown()
    }

    @Test(arguments: [Duration.zero, .seconds(3_600)])
    func `no stand-in comes before the time that is set for it`(time: Duration) async throws {
        let node = Node(name: "held", workers: 1)
        #expect(node.heldWorkerSubstitution == .milliseconds(10))
        node.heldWorkerSubstitution = time
        #expect(node.heldWorkerSubstitution == time)
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        let spares = try await busy.runOnWorker { _ in
            #expect(KernelWorker.current != nil)
            let begun = ContinuousClock.now
            while ContinuousClock.now < begun + .milliseconds(80) {}
            return node.scheduler.held.load(ordering: .acquiring)
        }
        #expect(spares == 0)
        await node.shutdown()
    }

    @Test func `a stand-in comes when the time has passed that is set for it`() async throws {
        let node = Node(name: "held", workers: 1)
        node.heldWorkerSubstitution = .milliseconds(40)
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        // What comes after it has parked is a step of its own.
        while !node.scheduler.isIdle(workerAt: 0) { await Task.yield() }
        let begun = ContinuousClock.now
        let waited = try await busy.runOnWorker { _ in
            while node.scheduler.held.load(ordering: .acquiring) == 0 {}
            return Int((ContinuousClock.now - begun) / .milliseconds(1))
        }
        #expect(waited >= 40)
        await node.shutdown()
    }

    @Test func `what a held handler has sent runs on another worker, though no stand-in comes`() async throws {
        let node = Node(name: "held", workers: 2)
        node.heldWorkerSubstitution = .zero
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        let other = try await node.with { try await CodeServer.start { CodeServer() } }
        let flag = Flag()
        let computed = try await busy.runOnWorker { _ in
            return flag.isRaised(by: other) ? 1 : 0
        }
        #expect(computed == 1)
        await node.shutdown()
    }

    @Test func `what a held handler sends is taken up although its stand-in has long gone to sleep`() async throws {
        let node = Node(name: "held", workers: 1)
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        let other = try await node.with { try await CodeServer.start { CodeServer() } }
        let flag = Flag()
        let computed = try await busy.runOnWorker { _ in
            // Until a stand-in has come, looked around and found nothing.
            let scheduler = node.scheduler
            while scheduler.held.load(ordering: .acquiring) == 0
                || scheduler.startedWorkers.load(ordering: .acquiring) < 2
                || scheduler.idleMask.load(ordering: .acquiring) & 2 == 0
            {}
            return flag.isRaised(by: other) ? 1 : 0
        }
        #expect(computed == 1)
        await node.shutdown()
    }

    @Test func `whoever is told of a held worker holds up no timer`() async throws {
        let node = Node(name: "held", workers: 2)
        let told = Event()
        let flag = Flag()
        let heard = Flag()
        let busy = try await node.with { try await CodeServer.start { CodeServer() } }
        node.onReport { report in
            guard case .heldWorker(let held) = report, held.pid == busy.pid else { return }
            Task.detached { await told.happen() }
            _ = heard.spin()
        }
        async let computed = busy.runOnWorker { _ in flag.spin() ? 1 : 0 }
        await told.wait()
        let fired = Event()
        node.with { _ = Timers.run(after: .milliseconds(1), on: node) { Task.detached { await fired.happen() } } }
        await fired.wait()
        heard.raise()
        flag.raise()
        #expect(try await computed == 1)
        await node.shutdown()
    }

    @Test func `timers and deadlines pass while every worker and spare is held`() async throws {
        let node = Node(name: "stuck", workers: 1)
        let flag = Flag()
        var holders: [ServerRef<CodeServer>] = []
        for _ in 0..<node.scheduler.capacity {
            holders.append(try await node.with { try await CodeServer.start { CodeServer() } })
        }
        let victim = try await node.with { try await CodeServer.start { CodeServer() } }
        let running = Tally()
        await withThrowingTaskGroup(of: Void.self) { group in
            let allHeld = Event()
            for holder in holders {
                group.addTask {
                    _ = try await holder.runOnWorker { _ in
                        if running.next() == node.scheduler.capacity {
                            Task.detached { await allHeld.happen() }
                        }
                        return flag.spin() ? 1 : 0
                    }
                }
            }
            await allHeld.wait()
            // The deadline of a call to a process that cannot run; only a timer can end it.
            let failure = await #expect(throws: CallError.self) {
                try await victim.runOnWorker(timeout: .milliseconds(20)) { _ in 0 }
            }
            #expect({ if case .timeout = failure?.code { true } else { false } }())
            // A kill acts at once as well.
            holders[0].sendExit(.kill)
            #expect(await holders[0].waitForEnd()?.isSame(as: .killed) == true)
            flag.raise()
            while let outcome = await group.nextResult() {
                if case .failure(let error) = outcome { #expect(error is CallError) }
            }
        }
        await node.shutdown()
    }
}

extension ServerRef<CodeServer> {
    /// From an actor: the thread of an ordinary task might be lent to the process, which would then hold no worker.
    @MainActor fileprivate func runOnWorker(
        timeout: Duration = .seconds(60), _ code: @escaping CodeServer.Code
    ) async throws -> Int {
        try await run(timeout: timeout, code)
    }
}

/// A flag that handlers spin on, as a computation without end would.
private final class Flag: Sendable {
    private let isUp = Atomic<Bool>(false)
    func raise() { isUp.store(true, ordering: .releasing) }

    /// Has another server raise it, and spins until that has run.
    func isRaised(by other: ServerRef<CodeServer>) -> Bool {
        let sent: RequestID<Int> = other.sendRequest {
            .run(
                { _ in
                    self.raise()
                    return 2
                }, $0)
        }
        defer { withExtendedLifetime(sent) {} }
        return spin()
    }

    /// True if it was raised; gives up at last, so that a failure stops no other test.
    func spin(atLeast time: Duration = .zero) -> Bool {
        let begun = ContinuousClock.now
        while !isUp.load(ordering: .acquiring) || ContinuousClock.now < begun + time {
            if ContinuousClock.now > begun + .seconds(60) { return false }
        }
        return true
    }
}

private final class Tally: Sendable {
    private let count = Atomic<Int>(0)
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
