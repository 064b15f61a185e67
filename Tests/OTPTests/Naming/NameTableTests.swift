import Foundation
import Synchronization
import Testing

@testable import OTP

private final class Tally: Sendable {
    let isOver = Atomic<Bool>(false)
    let wrong = Atomic<Int>(0)
}

/// The table of names, under several threads and by itself.
@Suite struct NameTableTests {
    private typealias Name = ServerName<PlainBehavior<Int>>

    private static func idle() -> ProcessRef<Int> {
        spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
    }

    @Test("a name of another type leads nowhere, not even to an identity; texts that are equal are one name")
    func kinds() throws {
        let result = try staged { _ in
            let process = Self.idle()
            try Name("caf\u{E9}").register(process)
            let other = ServerName<PlainBehavior<String>>("caf\u{E9}")
            let same = Name("cafe\u{301}")
            let global = Name.global("caf\u{E9}")
            return [
                other.whereIs() == nil, other.pid == nil, same.whereIs()?.pid == process.pid, same.pid == process.pid,
                global.whereIs() == nil, global.pid == nil, same == Name("caf\u{E9}"), global != Name("caf\u{E9}"),
                Set([same, Name("caf\u{E9}"), global]).count == 2,
            ]
        }
        #expect(result == Array(repeating: true, count: 9))
    }

    @Test("the table finds what a dictionary would, step by step")
    func model() throws {
        let wrong = try staged { me in
            let table = NameTable()
            let cells = try (0..<4).map { _ in try #require(Node.cell(Self.idle().pid)) }
            let keys = (0..<60).map { NameTable.Key("name \($0 / 2)", isGlobal: $0 % 2 == 1) }
            var model: [NameTable.Key: PID] = [:]
            var random = SplitMix(seed: 11)
            for step in 0..<20_000 {
                let key = keys[Int(random.next() % 60)]
                let cell = cells[Int(random.next() % 4)]
                switch random.next() % 4 {
                case 0:
                    let holder = table.register(key, cell)
                    if holder?.pid != model[key] { return step }
                    model[key] = model[key] ?? cell.pid
                case 1:
                    table.replace(key, cell)
                    model[key] = cell.pid
                default:
                    if table.unregister(key) != (model.removeValue(forKey: key) != nil) { return step }
                }
                let asked = keys[Int(random.next() % 60)]
                let kind = ObjectIdentifier(PlainBehavior<Int>.self)
                if table.whereIs(asked)?.pid != model[asked] || table.pid(asked, kind) != model[asked]
                    || table.whereIs(asked, kind)?.pid != model[asked]
                    || table.pid(asked, ObjectIdentifier(Int.self)) != nil
                    || table.all(areGlobal: false).count != model.keys.count(where: { !$0.isGlobal })
                    || table.all(areGlobal: true).count != model.keys.count(where: \.isGlobal)
                {
                    return step
                }
            }
            for cell in cells where cell.nameTexts.count != model.values.count(where: { $0 == cell.pid }) { return -2 }
            for key in keys { table.unregister(key) }
            let left = table.all(areGlobal: false) + table.all(areGlobal: true)
            return left.isEmpty && cells.allSatisfy(\.nameTexts.isEmpty) ? -1 : -3
        }
        #expect(wrong == -1)
    }

    @Test("a name is entered while its holder cannot end, or not at all", arguments: [false, true])
    func atomic(replaces: Bool) async throws {
        let process = threadedNode.with { Self.idle() }
        let cell = try #require(Node.cell(process.pid))
        let table = NameTable()
        let key = NameTable.Key("atomic")
        let isThere = Atomic<Bool>(false)
        let isOver = Atomic<Bool>(false)
        // Held as by whoever declares its death.
        cell.guarding.lock()
        Thread {
            isThere.store(true, ordering: .releasing)
            if replaces { table.replace(key, cell) } else { _ = table.register(key, cell) }
            isOver.store(true, ordering: .releasing)
        }.start()
        while !isThere.load(ordering: .acquiring) {}
        let isSeen = (0..<20_000).contains { _ in table.whereIs(key) != nil }
        cell.guarding.unlock()
        while !isOver.load(ordering: .acquiring) { await Task.yield() }
        #expect(!isSeen)
        #expect(table.whereIs(key)?.pid == process.pid)
        process.sendExit(.kill)
        #expect(table.whereIs(key) == nil)
        if replaces { table.replace(key, cell) } else { #expect(table.register(key, cell) == nil) }
        #expect(table.whereIs(key) == nil)
    }

    @Test("whoever looks while names are given, taken over and set free, and holders end, finds a holder or nobody")
    func storm() async throws {
        let wrong = try await onThreads { _ in
            let names = (0..<8).map { Name("storm of names \($0)") }
            let tally = Tally()
            // Which name a process may have.
            let holders = LockedBox<[PID: Int]>([:])
            let readers = (0..<2).map { _ in
                threadedNode.spawn { me in
                    while !tally.isOver.load(ordering: .acquiring) {
                        for (number, name) in names.enumerated() {
                            guard let pid = name.pid else { continue }
                            if holders.withLock({ $0[pid] }) != number { tally.wrong.add(1, ordering: .relaxed) }
                            if let ref = name.whereIs(), holders.withLock({ $0[ref.pid] }) != number {
                                tally.wrong.add(1, ordering: .relaxed)
                            }
                        }
                        try await me.yield()
                    }
                }
            }
            let writers = (0..<4).map { seed in
                threadedNode.spawn { _ in
                    var random = SplitMix(seed: UInt64(seed))
                    for _ in 0..<1_500 {
                        let number = Int(random.next() % 8)
                        let process = Self.idle()
                        holders.withLock { $0[process.pid] = number }
                        try? names[number].register(process, replacing: random.next() % 4 == 0)
                        if random.next() % 3 == 0 { try? names[number].unregister() }
                        process.sendExit(.kill)
                        if names[number].pid == process.pid { tally.wrong.add(1, ordering: .relaxed) }
                    }
                }
            }
            for writer in writers { _ = await writer.waitForEnd() }
            tally.isOver.store(true, ordering: .releasing)
            for reader in readers { _ = await reader.waitForEnd() }
            return tally.wrong.load(ordering: .relaxed) + names.count { $0.pid != nil }
        }
        #expect(wrong == 0)
    }
}
