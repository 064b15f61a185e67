import Testing

@testable import OTP

/// The parts of a scope that decide.
@Suite struct GroupBookTests {
    @Test("PG-004 the book of groups forgets nobody and keeps nobody")
    func book() {
        var random = SplitMix(seed: 3)
        var book = GroupBook<Int, String>()
        defer { book.destroy() }
        let pids = (0..<4).map { PID(node: 0, number: $0) }
        var model: [Int: [PID]] = [:]
        for step in 0..<8_000 {
            let group = Int(random.next() % 3)
            let pid = pids[Int(random.next() % 4)]
            let before = book.changes
            switch random.next() % 5 {
            case 0, 1:
                book.join(group, pid, "\(pid)")
                model[group, default: []].append(pid)
                #expect(book.changes > before && book.groups.find(group)?.pointee.number == book.changes)
            case 2, 3:
                let index = model[group]?.firstIndex(of: pid)
                if let index { model[group]?.remove(at: index) }
                let left = book.leave(group, pid)
                #expect(left == (index == nil ? nil : "\(pid)"))
            default:
                let was = model.flatMap { group, pids in pids.filter { $0 == pid }.map { _ in group } }
                let (groups, members) = book.end(pid)
                #expect(groups.sorted() == was.sorted() && members == was.map { _ in "\(pid)" })
                for group in model.keys { model[group]?.removeAll { $0 == pid } }
            }
            model = model.filter { !$0.value.isEmpty }
            let isWrong = pids.contains { pid in book.knows(pid) != model.values.contains { $0.contains(pid) } }
            if isWrong || book.all != model || book.pids(group) != model[group] ?? []
                || book.members.sorted() != model.values.joined().map(\.description).sorted()
            {
                Issue.record("step \(step)")
                return
            }
        }
        for pid in pids { _ = book.end(pid) }
        #expect(book.isEmpty)
    }

    @Test("PG-012 each is told of what concerns it, in the order of what has happened, until its monitor ends")
    func news() throws {
        let told = try staged { me in
            let cell = try #require(Node.cell(me.pid))
            let told = LockedBox<[String]>([])
            var news = GroupNews<Int>()
            #expect(!news.isHeard)
            for number in 0..<2 {
                news.watchers.append(
                    GroupWatcher(
                        monitor: GroupMonitor(), group: number == 0 ? nil : 7, cell: cell, standing: GroupStanding {}
                    ) { event, _ in told.withLock { $0.append("\(number): \(event.kind) \(event.group)") } })
            }
            #expect(news.isHeard)
            news.tell(.join, 7, [me.pid], left: [me.pid])
            news.tell(.leave, 8, [me.pid])
            let gone = news.remove(news.watchers[0].monitor)
            #expect(gone != nil && news.watchers.count == 1)
            news.tell(.join, 8, [me.pid])
            news.tell(.leave, 7, [me.pid])
            return told.get()
        }
        #expect(
            told == [
                "0: join 7", "0: leave 7", "1: join 7", "1: leave 7", "0: leave 8", "1: leave 7",
            ])
    }
}
