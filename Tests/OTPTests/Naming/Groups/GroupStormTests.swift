import Testing

@testable import OTP

/// A scope under several threads at once.
@Suite struct GroupStormTests {
    private static func idle() -> PID {
        threadedNode.spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }.pid
    }

    @Test("PG-007 PG-012 whoever joins, leaves and ends: who monitors can follow, and in the end nobody is left")
    func storm() async throws {
        for seed in 1...3 {
            let outcome = try await onThreads { me in
                let groups = ProcessGroups<Int>("storm \(seed)")
                let scope = try await groups.start()
                let story = LockedBox<[GroupEvent<Int>]>([])
                _ = try await groups.monitor(for: me) { event in
                    story.withLock { $0.append(event) }
                    return .text("")
                }
                let workers = (0..<4).map { number in
                    threadedNode.spawn { me in
                        var random = SplitMix(seed: UInt64(seed * 10 + number))
                        var own: [PID] = []
                        for _ in 0..<800 {
                            let group = Int(random.next() % 3)
                            switch random.next() % 5 {
                            case 0, 1:
                                own.append(Self.idle())
                                try await groups.join(group, own.last!, me.pid)
                            case 2: try await groups.join(group, own.randomElement() ?? me.pid)
                            case 3: try await groups.leave(group, own.last ?? me.pid, me.pid)
                            default:
                                if let victim = own.popLast() {
                                    me.sendExit(.kill, to: victim)
                                    // From that moment on.
                                    for group in 0..<3 where groups.members(of: group).contains(victim) {
                                        story.withLock { $0.append(Self.wrong) }
                                    }
                                }
                            }
                        }
                        for pid in own { me.sendExit(.kill, to: pid) }
                    }
                }
                for worker in workers { _ = await worker.waitForEnd() }
                let left = groups.groups.count
                me.sendExit(.kill, to: scope)
                return (left, Self.replay(story.get()))
            }
            #expect(outcome.0 == 0)
            #expect(outcome.1 == "")
        }
    }

    private static var wrong: GroupEvent<Int> { GroupEvent(monitor: .probe, kind: .join, group: -1, pids: []) }

    /// Follows the story: who leaves was there, and in the end nobody is.
    private static func replay(_ story: [GroupEvent<Int>]) -> String {
        var members: [Int: [PID]] = [:]
        for (number, event) in story.enumerated() {
            if event.group < 0 { return "a dead member was found" }
            switch event.kind {
            case .join: members[event.group, default: []] += event.pids
            case .leave:
                var hasLeft = false
                for pid in event.pids {
                    guard let index = members[event.group]?.firstIndex(of: pid) else { continue }
                    members[event.group]?.remove(at: index)
                    hasLeft = true
                }
                if !hasLeft { return "event \(number), \(event), of \(story.count): nobody was there" }
            }
        }
        return members.values.allSatisfy(\.isEmpty) ? "" : "left: \(members)"
    }

    @Test("PG-014 a scope that ends lets its members and its monitors go")
    func ends() async throws {
        let outcome = try await onThreads { me in
            let groups: ProcessGroups<Int> = "let go"
            let scope = try await groups.start()
            let member = Self.idle()
            try await groups.join(1, member, me.pid)
            _ = try await groups.monitor(2, for: me) { _ in .text("") }
            let cells = try [member, me.pid].map { try #require(Node.cell($0)) }
            let before = cells.map(\.resourceCount)
            _ = try await groups.leave(1, me.pid)
            let between = cells.map(\.resourceCount)
            me.sendExit(.kill, to: scope)
            let after = cells.map(\.resourceCount)
            me.sendExit(.kill, to: member)
            return (before, between, after, groups.isRunning)
        }
        #expect(outcome.0 == [1, 2] && outcome.1 == [1, 1] && outcome.2 == [0, 0])
        #expect(!outcome.3)
    }
}

extension ProcessCell {
    fileprivate var resourceCount: Int { guarding.withLock { relations?.resources.count ?? 0 } }
}
