import OTP
import OTPTestKit
import Testing

@Suite struct LinkTests {
    @Test("PR-019 the end of a linked process is a message to a trapping one, and the link is gone on both sides")
    func trappedEnd() throws {
        let virtual = VirtualNode()
        let result = try virtual.run(receiving: Letter.self) { me in
            me.trap()
            let child = me.spawnLink(receiving: Int.self) { child in
                _ = try await child.receive()
                throw Mishap("died")
            }
            let before = me.snapshot()?.links
            child.send(1)
            let exit = try await me.nextExit()
            let dead = me.node.snapshot(of: child.pid) == nil
            return (child.pid, before, exit, me.snapshot()?.links, dead)
        }
        #expect(result.1 == [result.0])
        #expect(result.2.pid == result.0)
        #expect(result.2.reason.failure == Mishap("died"))
        #expect(result.3 == [])
        #expect(result.4)
    }

    @Test("PR-020 a process that does not trap ends with the reason of its link, and so on along the links")
    func alongLinks() throws {
        let virtual = VirtualNode()
        let reasons = try virtual.run(receiving: Letter.self) { me in
            let ref = me.ref
            let first = spawn(receiving: Letter.self) { a in
                let b = a.spawnLink(receiving: Letter.self) { b in
                    let c = b.spawnLink(receiving: Letter.self) { c in
                        _ = try await c.receive()
                        throw Mishap("died")
                    }
                    ref.send(.text("\(c.pid)"))
                    _ = try await b.receive()
                }
                ref.send(.text("\(b.pid)"))
                _ = try await a.receive()
            }
            let others = [PID(try await me.nextText())!, PID(try await me.nextText())!]
            for pid in others + [first.pid] { _ = me.watch(pid) }
            let last = others.max()!
            me.sendExit(.reason(.failure("died")), to: last)
            return [try await me.nextDown().reason, try await me.nextDown().reason, try await me.nextDown().reason]
        }
        #expect(reasons.map(\.failure) == Array(repeating: Mishap("died"), count: 3))
    }

    @Test("PR-021 a link to itself does nothing")
    func toItself() throws {
        let links = try staged { me in
            try me.link(to: me.pid)
            let links = me.snapshot()?.links
            me.unlink(from: me.pid)
            return links
        }
        #expect(links == [])
    }

    /// Links, lets the other end at once, unlinks. Whether an exit came after the unlinking.
    private static func lateExit(_ me: PlainProcess<Letter>, pause: Int) async throws -> Bool {
        let child = me.spawnLink(receiving: Int.self) { child in
            _ = try await child.receive()
            throw Mishap("ended")
        }
        child.send(1)
        for _ in 0..<pause { try await me.yield() }
        me.unlink(from: child.pid)
        let early = try await me.receive(within: .zero)
        _ = me.watch(child.pid)
        _ = try await me.nextDown()
        let late = try await me.receive(within: .zero)
        return early == nil && late != nil
    }

    @Test("PR-022 after unlink no exit comes any more")
    func unlinkIsFinal() async throws {
        let staged = try staged { me in
            me.trap()
            var late = 0
            for round in 0..<1_000 where try await Self.lateExit(me, pause: round % 4) { late += 1 }
            return late
        }
        #expect(staged == 0)
        let threaded = try await onThreads { me in
            me.trap()
            var late = 0
            for round in 0..<1_000 where try await Self.lateExit(me, pause: round % 4) { late += 1 }
            return late
        }
        #expect(threaded == 0)
    }

    @Test("PR-023 a link is made once however often it is asked for, and one unlink ends it")
    func linkingTwice() throws {
        let result = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            for _ in 0..<3 { try me.link(to: other.pid) }
            let linked = (me.snapshot()?.links, me.node.snapshot(of: other.pid)?.links)
            me.unlink(from: other.pid)
            let unlinked = (me.snapshot()?.links, me.node.snapshot(of: other.pid)?.links)
            me.sendExit(.reason(.failure("end")), to: other.pid)
            try await me.sleep(for: .seconds(1))
            return (other.pid, me.pid, linked, unlinked)
        }
        #expect(result.2 == ([result.0], [result.1]))
        #expect(result.3 == ([], []))
    }

    /// 500 random steps by both sides at once; what both hold of it afterwards.
    private static func quarrel(_ me: PlainProcess<Letter>, seed: Int) async throws -> Bool {
        let ref = me.ref
        let sides = (0..<2).map { side in
            spawn(receiving: PID.self) { child in
                let other = try await child.receive()
                var random = UInt64(seed * 2 + side) &* 0x9E37_79B9_7F4A_7C15 | 1
                for _ in 0..<250 {
                    random ^= random << 13
                    random ^= random >> 7
                    random ^= random << 17
                    if random & 1 == 0 { try child.link(to: other) } else { child.unlink(from: other) }
                    if random & 14 == 0 { try await child.yield() }
                }
                ref.send(.text("done"))
                _ = try await child.receive()
            }
        }
        sides[0].send(sides[1].pid)
        sides[1].send(sides[0].pid)
        for _ in 0..<2 { _ = try await me.nextText() }
        let links = sides.map { me.node.snapshot(of: $0.pid)?.links }
        let agree = links == [[sides[1].pid], [sides[0].pid]] || links == [[], []]
        let alive = sides.allSatisfy(\.isAlive)
        for side in sides { me.unlink(from: side.pid) }
        for side in sides { side.sendExit(.kill) }
        return agree && alive
    }

    @Test("PR-024 two that link and unlink each other at once agree in the end, in 100 rounds")
    func agreement() async throws {
        let staged = try staged { me in
            var right = 0
            for seed in 0..<100 where try await Self.quarrel(me, seed: seed) { right += 1 }
            return right
        }
        #expect(staged == 100)
        let threaded = try await onThreads { me in
            var right = 0
            for seed in 0..<100 where try await Self.quarrel(me, seed: seed) { right += 1 }
            return right
        }
        #expect(threaded == 100)
    }

    @Test("PR-025 linking to a process that is ending gives its reason or that there is none, and nothing else")
    func linkingToTheEnding() async throws {
        let reasons = try await onThreads { me in
            me.trap()
            var reasons: [ExitReason] = []
            for _ in 0..<2_000 {
                let ref = me.ref
                let mine = me.pid
                let child = me.spawnLink(receiving: Int.self) { child in
                    child.unlink(from: mine)
                    ref.send(.text("up"))
                    throw Mishap("real")
                }
                _ = try await me.nextText()
                try me.link(to: child.pid)
                reasons.append(try await me.nextExit().reason)
                if !(try await me.hasNothing()) { throw Mishap("two exits") }
            }
            return reasons
        }
        #expect(reasons.count == 2_000)
        #expect(reasons.allSatisfy { $0.foundNobody || $0.failure == Mishap("real") })
    }

    @Test("whoever starts a linked process that crashes at once has its reference first, then the exit with its reason")
    func crashAtOnce() async throws {
        let isRight = try await onThreads { me in
            me.trap()
            for round in 0..<1_000 {
                let child = me.spawnLink { _ in throw Mishap("\(round)") }
                let exit = try await me.nextExit()
                guard exit.pid == child.pid, exit.reason.failure == Mishap("\(round)") else { return false }
            }
            return try await me.hasNothing()
        }
        #expect(isRight)
    }

    @Test("a process that does not trap is told at once that there is nobody to link to")
    func nobodyToLinkTo() throws {
        let error = try staged { me -> CallError? in
            let child = spawn { _ in }
            try await me.sleep(for: .seconds(1))
            do { try me.link(to: child.pid) } catch let error as CallError { return error }
            return nil
        }
        guard case .noProcess? = error?.code else { Issue.record("\(String(describing: error))"); return }
    }
}
