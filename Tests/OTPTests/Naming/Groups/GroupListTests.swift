import Testing

@testable import OTP

/// Groups so large that the list of their members is kept for those who read next.
@Suite struct GroupListTests {
    private let groups: ProcessGroups<String> = "large groups"
    private static let size = 40

    private static func idle() -> PID {
        spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }.pid
    }

    @Test("PG-005 the list of a large group follows who joins, leaves and ends, from that moment on")
    func follows() {
        play { scene in
            let scope = try await groups.start()
            var members = (0..<Self.size).map { _ in Self.idle() }
            try await groups.join("g", members)
            try await groups.join("h", members)
            for round in 0..<Self.size {
                try check(groups.members(of: "g"), is: members)
                try check(groups.members(of: "g"), is: members)
                switch round % 3 {
                case 0:
                    scene.me.sendExit(.kill, to: members.remove(at: round / 2))
                    // Nobody has told the scope yet: no list may be from before.
                    try check(groups.members(of: "g"), is: members)
                    try check(groups.members(of: "h").count, is: members.count)
                case 1:
                    let fresh = Self.idle()
                    try await groups.join("g", fresh)
                    try await groups.join("h", fresh)
                    members.append(fresh)
                default:
                    let gone = members.removeFirst()
                    try await groups.leave("g", gone)
                    try await groups.leave("h", gone)
                }
            }
            try check(groups.members(of: "h"), is: members)
            scene.me.sendExit(.kill, to: scope)
        }
    }

    @Test("PG-005 who has ended is in no group, even while what it owns is being let go")
    func lettingGo() {
        play { scene in
            let groups = groups
            let scope = try await groups.start()
            for size in [1, Self.size] {
                let members = (0..<size).map { _ in Self.idle() }
                try await groups.join("g", members)
                // Put together, and kept if there are many.
                try check(groups.members(of: "g"), is: members)
                let seen = Locked<[PID]>([])
                // Let go before its membership, which it has had for longer.
                let end = EndAction { _ in seen.with { $0 = groups.members(of: "g") + [scope] } }
                try check(try need(Node.cell(members[0])).own(end))
                scene.me.sendExit(.kill, to: members[0])
                try check(seen.value, is: Array(members.dropFirst()) + [scope])
                try await groups.leave("g", members)
            }
            scene.me.sendExit(.kill, to: scope)
        }
    }

    @Test("PG-005 on several threads, who has ended a member does not find it any more")
    func race() async throws {
        let wrong = try await onThreads { me in
            let groups: ProcessGroups<Int> = "race of a large group"
            let scope = try await groups.start()
            let parts = (0..<4).map { _ in (0..<200).map { _ in Self.idle() } }
            try await groups.join(1, parts.flatMap { $0 })
            let wrong = Locked(0)
            let killers = parts.map { part in
                spawn(receiving: Int.self) { me in
                    for (index, victim) in part.enumerated() {
                        me.sendExit(.kill, to: victim)
                        let found = Set(groups.members(of: 1))
                        let rest = Set(part[(index + 1)...])
                        if found.contains(victim) || !rest.isSubset(of: found) { wrong.with { $0 += 1 } }
                    }
                }
            }
            for killer in killers { _ = await killer.waitForEnd() }
            let left = groups.members(of: 1).count
            me.sendExit(.kill, to: scope)
            return wrong.value + left
        }
        #expect(wrong == 0)
    }
}
