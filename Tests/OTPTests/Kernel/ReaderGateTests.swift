import Foundation
import OTPTestKit
import Synchronization
import Testing

@testable import OTP

/// Many readers or one writer: on our own workers, which have lines of their own, and on other threads.
@Suite(.timeLimit(.minutes(2))) struct ReaderGateTests {
    /// Two numbers that are equal whenever nobody writes.
    // @unchecked because the gate guards them.
    private final class Pair: @unchecked Sendable {
        let gate: ReaderGate
        @exclusivity(unchecked) var first = 0
        @exclusivity(unchecked) var second = 0
        let wrong = Atomic<Int>(0)

        init(isRarelyClosed: Bool = false) { gate = ReaderGate(isRarelyClosed: isRarelyClosed) }

        func look() {
            let ticket = gate.enter()
            let seen = first
            // So long that a writer would come in between.
            for _ in 0..<200 where wrong.load(ordering: .relaxed) < 0 {}
            if seen != second { wrong.add(1, ordering: .relaxed) }
            gate.leave(ticket)
        }

        func change() {
            gate.write {
                first += 1
                second += 1
            }
        }
    }

    @Test(arguments: [false, true])
    func `readers see only what writers have finished, on workers and on other threads`(isRarelyClosed: Bool)
        async throws
    {
        let node = Node(name: "readers", workers: 4)
        let pair = Pair(isRarelyClosed: isRarelyClosed)
        for number in 0..<8 {
            node.spawn { me in
                for turn in 0..<2_000 {
                    if turn % 8 == number { pair.change() } else { pair.look() }
                    if turn % 100 == 0 { try await me.yield() }
                }
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                group.addTask {
                    for turn in 0..<2_000 { if turn % 16 == number { pair.change() } else { pair.look() } }
                }
            }
        }
        while node.processCount > 0 { await Task.yield() }
        #expect(pair.wrong.load(ordering: .relaxed) == 0)
        #expect(pair.first == 8 * 250 + 2 * 125)
        await node.shutdown()
    }

    @Test(arguments: [false, true])
    func `who has come in twice is inside until it has gone out twice`(isRarelyClosed: Bool) async throws {
        let node = Node(name: "readers", workers: 1)
        let pair = Pair(isRarelyClosed: isRarelyClosed)
        let isThere = Atomic<Bool>(false)
        let hasChanged = Atomic<Bool>(false)
        node.spawn { _ in
            let outer = pair.gate.enter()
            pair.gate.leave(pair.gate.enter())
            // A thread of its own: nobody has to be waited for who may have none.
            Thread {
                isThere.store(true, ordering: .releasing)
                pair.change()
                hasChanged.store(true, ordering: .releasing)
            }.start()
            while !isThere.load(ordering: .acquiring) {}
            for _ in 0..<300_000 where pair.first != 0 { pair.wrong.add(1, ordering: .relaxed) }
            pair.gate.leave(outer)
        }
        while !hasChanged.load(ordering: .acquiring) { await Task.yield() }
        #expect(pair.wrong.load(ordering: .relaxed) == 0)
        #expect(pair.first == 1)
        while node.processCount > 0 { await Task.yield() }
        await node.shutdown()
    }

    @Test func `a worker has a line as long as it runs, and gives it back`() {
        let lines = ReaderLines()
        let node = VirtualNode().node
        let worker = node.scheduler.workers[0]
        for _ in 0..<100 {
            var seen: [Int] = []
            OTP.Worker.withReaderLine(worker, of: lines) {
                seen = [worker.pointee.readerLine, lines.take()]
            }
            #expect(seen == [ReaderLines.shared, ReaderLines.shared + 1])
            #expect(worker.pointee.readerLine == 0)
            lines.giveBack(seen[1])
        }
    }

    @Test func `each line is one thread's own until it is given back; when all are, there is none`() {
        let lines = ReaderLines()
        let own = ReaderLines.all - ReaderLines.shared
        let taken = (0..<own).map { _ in lines.take() }
        #expect(taken == Array(ReaderLines.shared..<ReaderLines.all))
        #expect(lines.take() == 0)
        lines.giveBack(0)
        #expect(lines.take() == 0)
        lines.giveBack(taken[3])
        lines.giveBack(taken[7])
        let next: [Int] = [lines.take(), lines.take(), lines.take()]
        #expect(next == [taken[3], taken[7], 0])
    }

    @Test func `workers that run at the same time have different lines`() async throws {
        for round in 0..<3 {
            let node = Node(name: "readers", workers: 3)
            let seen = LockedBox<[UInt: Int]>([:])
            let arrived = Atomic<Int>(0)
            for _ in 0..<3 {
                node.spawn { _ in
                    if let worker = OTP.Worker.current {
                        seen.withLock { $0[UInt(bitPattern: worker)] = worker.pointee.readerLine }
                    }
                    arrived.add(1, ordering: .releasing)
                    // For a while, so that mostly each has a worker of its own.
                    for _ in 0..<100_000 where arrived.load(ordering: .acquiring) < 3 {}
                }
            }
            while node.processCount > 0 { await Task.yield() }
            await node.shutdown()
            let own = seen.get().values.filter { $0 > 0 }
            #expect(Set(own).count == own.count, "round \(round): \(seen.get())")
            #expect(own.allSatisfy { $0 >= ReaderLines.shared && $0 < ReaderLines.all })
        }
    }
}
