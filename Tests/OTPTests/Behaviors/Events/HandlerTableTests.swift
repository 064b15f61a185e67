import Testing

@testable import OTP

@Suite struct HandlerTableTests {
    private let mute = AnyHandlerID(Mute.self, key: nil)

    private func owner(_ number: UInt64) -> HandlerOwner { HandlerOwner(pid: PID(node: 0, number: number)) { _ in } }

    @Test("the newest is first, and meant where several are called the same")
    func order() {
        var table = HandlerTable<String>()
        for name in ["a", "b"] {
            table.add(mute, name, owner: nil)
        }
        #expect(table.entries.map(\.handler) == ["b", "a"])
        let newest = table.find(mute)
        #expect(newest?.handler == "b")
        let removals = (0..<2).map { _ in table.remove(newest?.number ?? 0) }
        #expect(removals == [0, nil] && table.find(mute)?.handler == "a")
    }

    @Test("it knows whose its handlers are, until the last one of an owner has gone")
    func owners() {
        var table = HandlerTable<String>()
        for (name, number) in [("a", UInt64(1)), ("b", 1), ("c", 2)] { table.add(mute, name, owner: owner(number)) }
        #expect(table.owned(by: owner(1).pid).map(\.handler) == ["b", "a"])
        for entry in table.owned(by: owner(1).pid) { _ = table.remove(entry.number) }
        #expect(!table.owns(owner(1).pid) && table.owns(owner(2).pid))
    }

    @Test("handlers of one type with different keys are different, and so are types")
    func ids() {
        #expect(HandlerID<Scribe>(1) == HandlerID<Scribe>(1) && HandlerID<Scribe>(1) != HandlerID<Scribe>())
        #expect(HandlerID<Scribe>().erased != HandlerID<Mute>().erased)
        #expect("\(HandlerID<Scribe>("x"))" == "Scribe x" && HandlerID<Scribe>("x").erased.key == "x")
    }

    @Test("one may be put where another stood, and one may become another without anybody's noticing")
    func places() {
        var table = HandlerTable<String>()
        for name in ["a", "b", "c"] { table.add(mute, name, owner: owner(1)) }
        let middle = table.entries[1]
        let place = table.remove(middle.number)
        table.add(mute, "d", owner: nil, at: place ?? 0)
        #expect(table.entries.map(\.handler) == ["c", "d", "a"])
        let last = table.entries[2]
        table.exchange(last.number, for: "e")
        table.exchange(middle.number, for: "nobody")
        #expect(table.entries.map(\.handler) == ["c", "d", "e"])
        #expect(table.entries[2].number == last.number && table.entries[2].owner?.pid == owner(1).pid)
    }
}
