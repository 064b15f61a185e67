import Synchronization
import Testing

@testable import OTP

/// What a task is tied to: its owner, by a tie that stands in the place of relations until somebody looks.
@Suite(.timeLimit(.minutes(2))) struct TaskTieTests {
    private final class Count: Sendable {
        let freed = Atomic<Int>(0)
        let ended = Atomic<Int>(0)
    }

    private final class Witness: Sendable {
        let count: Count
        init(_ count: Count) { self.count = count }
        deinit { count.freed.add(1, ordering: .relaxed) }
    }

    @Test func `a task's link is seen on both sides, whoever looks first, and is gone with it`() throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { try await $0.rest() }
            let cell = Node.cell(task.pid!)!
            journal.note("\(cell.tiesWord.load(ordering: .relaxed) & SoleTie.mark)")
            journal.note("\(me.cell.isLinked(to: cell.pid)) \(cell.isLinked(to: me.pid))")
            journal.note("\(cell.tiesWord.load(ordering: .relaxed) & SoleTie.mark)")
            await task.shutdown()
            journal.note("\(me.cell.isLinked(to: cell.pid)) \(cell.tiesWord.load(ordering: .relaxed))")
            let quick = ProcessTask.async { 1 }
            let pid = quick.pid!
            _ = try await quick.value()
            journal.note("\(me.cell.isLinked(to: pid))")
        }
        #expect(lines == ["1", "true true", "0", "false 0", "false"])
    }

    @Test func `who watches a task before it begins is told, and it is linked all the same`() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async { 1 }
            me.monitor(task.pid!) { .down($0) }
            journal.note("\(me.cell.isLinked(to: task.pid!))")
            await journal.value(of: task)
            for line in try await me.leftovers() { journal.note(line) }
            journal.note("\(me.cell.isLinked(to: task.pid!))")
        }
        #expect(lines == ["true", "ok 1", "DOWN (normal)", "false"])
    }

    @Test func `who does not trap exits is linked to its task no longer when that has ended`() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async { 1 }
            let pid = task.pid!
            journal.note("\(me.snapshot()!.links == [pid])")
            await journal.value(of: task)
            // Looked at here, and not by way of the other one, which would stand in the way of a quiet end.
            journal.note("\(me.snapshot()!.links) \(try await me.leftovers())")
        }
        #expect(lines == ["true", "ok 1", "[] []"])
    }

    @Test func `who traps exits hears of the normal end of its task after the value`() throws {
        let lines = try trapped { me, journal in
            for _ in 0..<3 {
                await journal.value(of: ProcessTask.async { 1 })
                for line in try await me.leftovers() { journal.note(line) }
            }
        }
        #expect(lines == ["ok 1", "EXIT (normal)", "ok 1", "EXIT (normal)", "ok 1", "EXIT (normal)"])
    }

    @Test func `what is asked of a task while it works is heard, though it never looks`() throws {
        let lines = try trapped { me, journal in
            let cell = LockedBox<ProcessCell?>(nil)
            let task = ProcessTask.async { () -> Int in
                // By another one, in the midst of its work.
                cell.get()!.receiveExit(from: PID(node: 0, number: 0), reason: .shutdown)
                return 1
            }
            cell.set(Node.cell(task.pid!))
            await journal.value(of: task)
            for line in try await me.leftovers() { journal.note(line) }
            let doomed = ProcessTask.async { () -> Int in
                cell.get()!.kill()
                return 1
            }
            cell.set(Node.cell(doomed.pid!))
            await journal.value(of: doomed)
            for line in try await me.leftovers() { journal.note(line) }
            journal.note("\(me.snapshot()!.links) \(me.node.processCount)")
        }
        #expect(lines == ["exited (shutdown)", "EXIT (shutdown)", "exited (killed)", "EXIT (killed)", "[] 1"])
    }

    /// Each outcome comes once, each exit of a task of one that traps is told once, what a task holds on to is freed, and
    /// no link is left.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `tasks that are killed, watched and given up while they end leave nothing behind`(seed: UInt64) async throws {
        let node = Node(name: "tasks", workers: 4)
        node.silence()
        let wrong = LockedBox<[String]>([])
        let count = Count()
        let owners = 6
        let rounds = 150
        for number in 0..<owners {
            node.spawn(receiving: ExitMessage.self) { me in
                try await Self.own(me, seed &* 100 &+ UInt64(number), rounds, count) { text in
                    wrong.withLock { $0.append(text) }
                }
                count.ended.add(1, ordering: .acquiringAndReleasing)
            }
        }
        while count.ended.load(ordering: .acquiring) < owners { await Task.yield() }
        while node.processCount > 0 { await Task.yield() }
        #expect(wrong.get() == [])
        await node.shutdown()
        while count.freed.load(ordering: .acquiring) < owners * rounds { await Task.yield() }
    }

    private static func own(
        _ me: PlainProcess<ExitMessage>, _ seed: UInt64, _ rounds: Int, _ count: Count,
        _ wrong: @escaping @Sendable (String) -> Void
    ) async throws {
        me.trapExits { $0 }
        var random = SplitMix(seed: seed)
        var told: [PID: Int] = [:]
        for round in 0..<rounds {
            let witness = Witness(count)
            let isSlow = random.next() % 2 == 0
            let task =
                isSlow
                ? ProcessTask.async { _ in withExtendedLifetime(witness) { round } }
                : ProcessTask.async { withExtendedLifetime(witness) { round } }
            let pid = task.pid!
            let deed = random.next() % 6
            switch deed {
            case 0:
                // By another process, on another worker if there is one that has nothing to do.
                me.node.spawn { _ in Node.cell(pid)?.kill() }
            case 1: me.node.spawn { other in _ = other.context.isLinked(toAnyOf: pid) }
            case 2: try await me.yield()
            default: break
            }
            let isKept = random.next() % 8 != 0
            if isKept {
                switch await task.result(timeout: nil) {
                case .success(round): break
                case .failure(let failure):
                    if deed != 0 { wrong("\(failure)") }
                case .success(let other): wrong("\(other) instead of \(round)")
                }
                told[pid] = 0
            } else {
                // One whose outcome has come is linked until its exit has come as well.
                told[pid] = task.ignore() == nil ? -1 : 0
            }
            while let exit = try await me.receive(within: .zero) { note(exit, &told, wrong) }
        }
        while told.values.contains(0) { note(try await me.receive(), &told, wrong) }
        let left = me.cell.guarding.withLock { me.cell.relations?.links.count ?? 0 }
        if left > 0 { wrong("\(left) links are left") }
    }

    private static func note(_ exit: ExitMessage, _ told: inout [PID: Int], _ wrong: (String) -> Void) {
        switch told[exit.pid] {
        case 0: told[exit.pid] = 1
        // Ignored before its outcome had come, it may have ended all the same.
        case -1: told[exit.pid] = 1
        default: wrong("an exit of \(exit.pid) too many")
        }
    }
}

extension ProcessContext {
    /// Ties the process to another one for a moment.
    fileprivate func isLinked(toAnyOf pid: PID) -> Bool {
        guard (try? link(to: pid)) != nil else { return false }
        unlink(from: pid)
        return true
    }
}
