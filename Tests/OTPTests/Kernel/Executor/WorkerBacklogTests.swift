import Synchronization
import Testing

@testable import OTP

@Suite struct WorkerBacklogTests {
    /// Words that stand for something to run, and are never run.
    private func item(_ number: Int) -> RunItem { RunItem(bits: UInt(number) << 3) }

    private func numbers(_ first: RunItem?, _ queue: borrowing RunQueue) -> [Int] {
        var found = first.map { [Int($0.bits >> 3)] } ?? []
        while let next = queue.pop() { found.append(Int(next.bits >> 3)) }
        return found
    }

    private func isEmpty(_ backlog: borrowing WorkerBacklog) -> Bool { backlog.isEmpty }

    @Test func `its worker takes what there is in order, so much at a time`() {
        let backlog = WorkerBacklog(), queue = RunQueue()
        #expect(isEmpty(backlog) == true)
        let nothing = backlog.take(into: queue, isOwner: true)
        #expect(nothing == nil)
        for number in 1...200 { backlog.append(item(number)) }
        #expect(numbers(backlog.take(into: queue, isOwner: true), queue) == Array(1...WorkerBacklog.most))
        #expect(isEmpty(backlog) == false)
        backlog.append(item(201))
        #expect(numbers(backlog.take(into: queue, isOwner: true), queue) == Array((WorkerBacklog.most + 1)...201))
        #expect(isEmpty(backlog) == true)
    }

    @Test func `others take the older half`() {
        let backlog = WorkerBacklog(), queue = RunQueue()
        for number in 1...9 { backlog.append(item(number)) }
        #expect(numbers(backlog.take(into: queue, isOwner: false), queue) == [1, 2, 3, 4, 5])
        #expect(numbers(backlog.take(into: queue, isOwner: false), queue) == [6, 7])
        #expect(numbers(backlog.take(into: queue, isOwner: true), queue) == [8, 9])
        #expect(isEmpty(backlog) == true)
    }

    @Test func `what there is no room for stays`() {
        let backlog = WorkerBacklog(), queue = RunQueue()
        for number in 0..<Int(RunQueue.capacity) - 2 { _ = queue.push(item(1_000 + number)) }
        for number in 1...9 { backlog.append(item(number)) }
        #expect(backlog.take(into: queue, isOwner: true)?.bits == item(1).bits)
        while queue.pop() != nil {}
        #expect(numbers(backlog.take(into: queue, isOwner: true), queue) == [4, 5, 6, 7, 8, 9])
    }

    @Test func `what is made ready later does not overtake what stands behind the queue`() {
        // What it has to run is only looked at.
        let worker = ThreadlessWorkers(1)[0]
        var order: [Int] = []
        func take(_ count: Int) {
            for _ in 0..<count { order.append(OTP.Worker.next(worker).map { Int($0.bits >> 3) } ?? 0) }
        }
        for number in 1...700 { OTP.Worker.pushBack(item(number), on: worker) }
        take(100)
        for number in 701...800 { OTP.Worker.pushBack(item(number), on: worker) }
        take(700)
        #expect(order == Array(1...800) && !OTP.Worker.hasWaiting(worker))
    }

    @Test func `of what several start in one go each runs once, on all workers`() async throws {
        let node = Node(name: "in one go", workers: 4)
        let (starters, each) = (4, 3_000)
        let ran = (0..<starters * each).map { _ in Counter() }
        let all = Atomic<Int>(0)
        for starter in 0..<starters {
            node.spawn { _ in
                for number in 0..<each {
                    let counter = ran[starter * each + number]
                    spawn { _ in
                        counter.count.add(1, ordering: .relaxed)
                        all.add(1, ordering: .acquiringAndReleasing)
                    }
                }
            }
        }
        while all.load(ordering: .acquiring) < starters * each { await Task.yield() }
        #expect(ran.allSatisfy { $0.count.load(ordering: .relaxed) == 1 })
        await node.shutdown()
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }
}
