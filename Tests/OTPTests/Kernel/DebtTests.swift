import Foundation
import OTPTestKit
import Synchronization
import Testing

@testable import OTP

/// Keeps the replies to what it is asked, or answers at once.
private struct Debtor: GenServer {
    enum Call: Sendable {
        case ask(Reply<Int>)
        case answered(Reply<Int>)
    }
    let replies: LockedBox<[Reply<Int>]>

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .ask(let reply): replies.withLock { $0.append(reply) }
        case .answered(let reply): return reply(7)
        }
        return .receive
    }
}

/// The replies that a process owes: in one list or, where many call it at the same time, in several.
@Suite(.timeLimit(.minutes(2))) struct DebtTests {
    @Test func `a list of debts holds what a set would`() {
        var random = SplitMix(seed: 5)
        let slots = (0..<30).map { _ in CallSlot.make() }
        var list = DebtList()
        var model: Set<Int> = []
        for step in 0..<5_000 {
            let index = Int(random.next() % 30)
            switch random.next() % 16 {
            case 0:
                var taken: Set<Int> = []
                list.removeAll { slot in taken.insert(slots.firstIndex { $0.body == slot.body }!) }
                #expect(taken == model, "step \(step)")
                model = []
            case 1...8 where !model.contains(index):
                list.enter(slots[index])
                model.insert(index)
            default:
                // Also one that is not there.
                list.remove(slots[index])
                model.remove(index)
            }
            var count = 0
            var slot = list.first
            while let current = slot {
                count += 1
                slot = current.body.pointee.next
            }
            #expect(
                count == model.count
                    && slots.indices.allSatisfy { slots[$0].body.pointee.isListed == model.contains($0) })
            #expect(DebtList(word: list.word).first?.body == list.first?.body)
        }
    }

    @Test func `several lists hold what was entered on any thread, and nothing once they are closed`() {
        let slots = (0..<26).map { _ in CallSlot.make() }
        var list = DebtList()
        list.enter(slots[24])
        list.enter(slots[25])
        let wide = WideDebts(list)
        /// On threads of their own, which have different numbers.
        func enterAll() -> Int {
            let ended = Atomic<Int>(0)
            let entered = Atomic<Int>(0)
            for slot in slots.prefix(24) {
                Thread {
                    if wide.enter(slot) { entered.add(1, ordering: .relaxed) }
                    ended.add(1, ordering: .releasing)
                }.start()
            }
            while ended.load(ordering: .acquiring) < 24 {}
            return entered.load(ordering: .relaxed)
        }
        #expect(enterAll() == 24)
        #expect(Set(slots.map { $0.body.pointee.debtPart }).count > 1)
        for slot in slots.prefix(12) { wide.remove(slot) }
        wide.remove(slots[24])
        var closed: [Int] = []
        wide.close { slot in closed.append(slots.firstIndex { $0.body == slot.body }!) }
        #expect(closed.sorted() == Array(12..<24) + [25])
        #expect(enterAll() == 0)
        #expect(slots.allSatisfy { !$0.body.pointee.isListed })
    }

    private enum Widening: CaseIterable { case never, before, between }

    /// Ten wait, then ten more; five are answered, and the end of the process is told to the others.
    @Test(arguments: Widening.allCases)
    private func `the end of a process is told to all who still wait`(widening: Widening) throws {
        let outcomes = try VirtualNode().run(receiving: Int.self) { me in
            let replies = LockedBox<[Reply<Int>]>([])
            let server = try await Debtor.start { Debtor(replies: replies) }
            let cell = server.cell
            func widen() { cell.guarding.withLock { cell.widenDebts() } }
            let outcomes = LockedBox<[String]>([])
            func callTenfold() {
                for _ in 0..<10 {
                    spawn { _ in
                        do {
                            let value = try await server.call(timeout: .seconds(50)) { .ask($0) }
                            outcomes.withLock { $0.append("\(value)") }
                        } catch let error as CallError { outcomes.withLock { $0.append("\(error.code)") } }
                    }
                }
            }
            if widening == .before { widen() }
            callTenfold()
            while replies.get().count < 10 { try await me.yield() }
            if widening == .between { widen() }
            callTenfold()
            while replies.get().count < 20 { try await me.yield() }
            for index in [0, 7, 12, 13, 19] { replies.get()[index](index) }
            while outcomes.get().count < 5 { try await me.yield() }
            server.sendExit(.kill)
            for _ in 0..<10_000 where outcomes.get().count < 20 { try await me.yield() }
            // Nothing of the ended one is owed to who comes now.
            do { _ = try await server.call { .answered($0) } } catch let error as CallError {
                outcomes.withLock { $0.append("\(error.code)") }
            }
            #expect(widening != .never || !cell.mayHaveDebts)
            return outcomes.get()
        }
        #expect(outcomes.prefix(5).sorted() == ["0", "12", "13", "19", "7"])
        #expect(outcomes.dropFirst(5).prefix(15).allSatisfy { $0 == "exited(killed)" }, "\(outcomes)")
        #expect(outcomes.count == 21 && outcomes[20] == "noProcess")
    }

    /// Many call at the same time, and the process is killed: each call has an outcome, and the last one of each caller is that
    /// the process has ended.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `who calls while the lists are widened or closed is told`(seed: UInt64) async throws {
        let node = Node(name: "debts", workers: 4)
        node.silence()
        var random = SplitMix(seed: seed)
        let count = Atomic<Int>(0)
        let wrong = LockedBox<[String]>([])
        var widened = 0
        for _ in 0..<12 {
            let server = try await node.with { try await Debtor.start { Debtor(replies: LockedBox([])) } }
            let cell = server.cell
            let widenAt = 1 + Int(random.next() % 600)
            let killAt = widenAt + 1 + Int(random.next() % 600)
            let calls = Atomic<Int>(0)
            for _ in 0..<24 {
                node.spawn { _ in
                    while true {
                        do {
                            let value = try await server.call { .answered($0) }
                            if value != 7 { wrong.withLock { $0.append("\(value)") } }
                        } catch let error as CallError {
                            switch error.code {
                            case .exited, .noProcess: break
                            default: wrong.withLock { $0.append("\(error)") }
                            }
                            count.add(1, ordering: .releasing)
                            return
                        }
                        switch calls.add(1, ordering: .relaxed).newValue {
                        case widenAt:
                            cell.guarding.withLock {
                                let isWide = cell.debtsWord.load(ordering: .relaxed) & 1 == 1
                                if !isWide, !cell.has(ProcessCell.Control.closed) { cell.widenDebts() }
                            }
                        case killAt: server.sendExit(.kill)
                        default: break
                        }
                    }
                }
            }
            while node.processCount > 0 { await Task.yield() }
            if cell.debtsWord.load(ordering: .acquiring) & 1 == 1 { widened += 1 }
        }
        #expect(widened == 12)
        #expect(wrong.get() == [])
        #expect(count.load(ordering: .acquiring) == 12 * 24)
        await node.shutdown()
    }

    @Test
    func `who meets others often enough at the lock makes the lists several, and they are freed with the process`()
        async throws
    {
        weak var wide: WideDebts?
        let node = Node(name: "debts", workers: 2)
        do {
            let server = try await node.with { try await Debtor.start { Debtor(replies: LockedBox([])) } }
            let cell = server.cell
            let slot = CallSlot.make()
            var tries = 0
            while !cell.mayHaveDebts, tries < 100_000 {
                tries += 1
                let isThere = Atomic<Bool>(false)
                let isOver = Atomic<Bool>(false)
                cell.guarding.lock()
                // A thread of its own: nobody has to be waited for who may have none.
                Thread {
                    isThere.store(true, ordering: .releasing)
                    _ = cell.owe(slot)
                    cell.settleDebt(slot)
                    isOver.store(true, ordering: .releasing)
                }.start()
                while !isThere.load(ordering: .acquiring) {}
                for _ in 0..<2_000 where !isOver.load(ordering: .acquiring) {}
                cell.guarding.unlock()
                while !isOver.load(ordering: .acquiring) { await Task.yield() }
            }
            #expect(tries >= Int(ProcessCell.meetingsUntilWide))
            let word = cell.debtsWord.load(ordering: .acquiring)
            #expect(word & 1 == 1)
            wide = Unmanaged<WideDebts>.fromOpaque(UnsafeRawPointer(bitPattern: word & ~1)!).takeUnretainedValue()
            #expect(wide != nil)
            #expect(try await server.call { .answered($0) } == 7)
            try await server.stop()
        }
        await node.shutdown()
        // By whoever runs something on the node's workers last.
        while wide != nil { await Task.yield() }
    }
}
