import OTP
import OTPTestKit
import Testing

@Suite struct SpawnTests {
    @Test("PR-087 the answer to a spawn comes before the end of the child, however soon that is")
    func answerFirst() async throws {
        let right = try await onThreads { me in
            for i in 0..<2_000 {
                let (process, monitor) = me.spawnMonitor({ .down($0) }) { _ in throw Mishap("\(i)") }
                let down = try await me.nextDown()
                guard down.pid == process.pid, down.monitor == monitor, down.reason.failure == Mishap("\(i)") else {
                    return false
                }
            }
            return try await me.hasNothing()
        }
        #expect(right)
    }

    /// Starts a parent that ends with `reason` as soon as it has asked for a linked child. Why the child ended; that
    /// there is none any more if it had ended before anybody asked.
    private static func orphan(_ me: PlainProcess<Letter>, _ reason: ExitReason) async throws -> ExitReason {
        let ref = me.ref
        spawn { parent in
            let child = parent.spawnLink(receiving: Letter.self) { child in _ = try await child.receive() }
            ref.send(.text("\(child.pid)"))
            throw Exit(reason)
        }
        let child = PID(try await me.nextText())!
        let monitor = me.watch(child)
        return try await me.nextDown(monitor).reason
    }

    @Test("PR-089 a linked child always gets the reason of a parent that ends right after asking for it, 10,000 times")
    func parentEnds() throws {
        let counts = try staged { me in
            var counts = [0, 0, 0]
            for round in 0..<10_000 {
                let reason = try await Self.orphan(me, .failure("\(round)"))
                counts[reason.failure == Mishap("\(round)") ? 0 : reason.foundNobody ? 1 : 2] += 1
            }
            return counts + [me.node.processCount]
        }
        #expect(counts[0] > 1_000)
        #expect(counts[2] == 0)
        #expect(counts[3] == 1)
    }

    @Test("PR-089, PR-090 and so it does on all workers, with a compound reason, and as a message if it traps")
    func parentEndsOnThreads() async throws {
        let counts = try await onThreads { me in
            var counts = [0, 0]
            for round in 0..<2_000 {
                let reason = try await Self.orphan(me, .error(Mishap("compound", payload: [round])))
                if reason.failure == Mishap("compound", payload: [round]) || reason.foundNobody { counts[0] += 1 }
            }
            let ref = me.ref
            for round in 0..<200 {
                spawn(receiving: Letter.self) { parent in
                    let parentRef = parent.ref
                    parent.spawnLink(receiving: Letter.self) { child in
                        child.trap()
                        parentRef.send(.text("trapping"))
                        ref.send(.exit(try await child.nextExit()))
                    }
                    _ = try await parent.nextText()
                    throw Mishap("compound", payload: [round])
                }
                if try await me.nextExit().reason.failure == Mishap("compound", payload: [round]) { counts[1] += 1 }
            }
            return counts
        }
        #expect(counts[0] == 2_000)
        #expect(counts[1] == 200)
    }

    @Test("one start may link, monitor and bound; a linked start is linked whatever its options say")
    func options() throws {
        let texts = try staged { me in
            me.trap()
            let (process, monitor) = me.spawnMonitor(receiving: Int.self, options: SpawnOptions(isLinked: true)) {
                .down($0)
            } body: { _ in
                throw Mishap("both")
            }
            let exit = try await me.nextExit()
            let down = try await me.nextDown(monitor)
            var texts = ["\(exit.pid == process.pid) \(exit.reason)", "\(down.pid == process.pid) \(down.reason)"]
            let bounded = SpawnOptions(isLinked: false, mailbox: .atMost(2, onOverflow: .dropNewest))
            let child = me.spawnLink(receiving: Int.self, options: bounded) { child in
                try await child.sleep(for: .seconds(1))
                var sum = 0
                while let number = try await child.receive(within: .seconds(1)) { sum += number }
                throw Mishap("sum \(sum)")
            }
            for number in [1, 10, 100, 1000] { child.send(number) }
            texts.append("\(try await me.nextExit().reason)")
            return texts
        }
        let (both, sum) = (ExitReason.error(Mishap("both")), ExitReason.error(Mishap("sum 11")))
        #expect(texts == ["true \(both)", "true \(both)", "\(sum)"])
    }

    @Test("nothing begins that a process spawns after it was killed")
    func byTheKilled() throws {
        let texts = try staged { me in
            let ref = me.ref
            let parent = spawn { parent in
                try? await parent.sleep(for: .seconds(10))
                ref.send(.text("\(spawn { _ in ref.send(.text("began")) }.isAlive)"))
            }
            try await me.sleep(for: .seconds(1))
            parent.sendExit(.kill)
            let alive = try await me.nextText()
            return [alive, "\(try await me.receive(within: .seconds(1)) == nil)"]
        }
        #expect(texts == ["false", "true"])
    }

    @Test("what a process owns is released at its end, in reverse order and before its name is free")
    func whenEnded() throws {
        let name = ServerName<PlainBehavior<Int>>("owner")
        let texts = try staged { me in
            let ref = me.ref
            let owner = spawn(receiving: Int.self) { owner in
                for i in 1...2 {
                    owner.whenEnded { reason in ref.send(.text("\(i) \(reason) \(name.whereIs() != nil)")) }
                }
                _ = try await owner.receive()
            }
            try name.register(owner)
            try await me.sleep(for: .seconds(1))
            owner.sendExit(.kill)
            return [try await me.nextText(), try await me.nextText(), "\(name.whereIs() != nil)"]
        }
        #expect(texts == ["2 killed true", "1 killed true", "false"])
    }
}
