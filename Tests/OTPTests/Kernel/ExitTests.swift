import OTP
import OTPTestKit
import Testing

@Suite struct ExitTests {
    static let big = Mishap("big", payload: Array(0..<100_000))

    @Test("PR-001 an exit with a large reason reaches linked processes unchanged")
    func largeReason() throws {
        let reason = try staged { me in
            me.trap()
            me.spawnLink { _ in throw Self.big }
            return try await me.nextExit().reason
        }
        #expect(reason.failure == Self.big)
    }

    @Test("PR-002 an exit signal with a large reason ends its target, whose links see it unchanged")
    func largeSignal() throws {
        let exit = try staged { me in
            me.trap()
            let child = me.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
            me.sendExit(.reason(.error(Self.big)), to: child.pid)
            return (child.pid, try await me.nextExit())
        }
        #expect(exit.1.reason.failure == Self.big)
        #expect(exit.0 == exit.1.pid)
    }

    @Test("PR-003 normal from another process is ignored, unless it is trapped: then it is a message")
    func normalFromOthers() throws {
        let result = try staged { me in
            let deaf = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let ref = me.ref
            let trapping = spawn(receiving: Letter.self) { child in
                child.trap()
                ref.send(.text("ready"))
                ref.send(.exit(try await child.nextExit()))
            }
            _ = try await me.nextText()
            me.sendExit(.reason(.normal), to: deaf.pid)
            me.sendExit(.reason(.normal), to: trapping.pid)
            let exit = try await me.nextExit()
            return (deaf.isAlive, exit, me.pid)
        }
        #expect(result.0)
        #expect(result.1.reason.isNormal)
        #expect(result.1.pid == result.2)
    }

    @Test("PR-004 an exit signal to itself is in a trapping process's mailbox at once")
    func toItselfTrapped() throws {
        let (me, exit) = try staged { me in
            me.trap()
            me.sendExit(.reason(.failure("self")), to: me.pid)
            return (me.pid, try await me.receive(within: .zero))
        }
        guard case .exit(let message)? = exit else { Issue.record("\(String(describing: exit))"); return }
        #expect(message.pid == me)
        #expect(message.reason.failure == Mishap("self"))
    }

    /// The reason with which a process ends that sends itself `signal` and then waits.
    private func end(by signal: ExitSignal) throws -> ExitReason {
        try staged { me in
            me.trap()
            me.spawnLink(receiving: Int.self) { child in
                child.sendExit(signal, to: child.pid)
                _ = try await child.receive()
            }
            return try await me.nextExit().reason
        }
    }

    @Test("PR-005 normal to itself ends a process")
    func normalToItself() throws { #expect(try end(by: .reason(.normal)).isNormal) }

    @Test("PR-006 an abnormal exit signal to itself ends a process with its reason")
    func abnormalToItself() throws {
        #expect(try end(by: .reason(.failure("own"))).failure == Mishap("own"))
    }

    @Test("PR-007 an exit signal to itself cannot be caught")
    func cannotBeCaught() throws {
        let reason = try staged { me in
            me.trap()
            me.spawnLink(receiving: Int.self) { child in
                child.sendExit(.reason(.failure("die")), to: child.pid)
                for _ in 0..<3 { do { _ = try await child.receive() } catch {} }
                throw Mishap("another reason")
            }
            return try await me.nextExit().reason
        }
        #expect(reason.failure == Mishap("die"))
    }

    @Test("PR-010 an exit signal wins over a timeout that is due")
    func signalAndTimeout() throws {
        for seed in 0..<50 as Range<UInt64> {
            let reason = try staged(seed: seed) { me in
                me.trap()
                let child = me.spawnLink(receiving: Int.self) { child in
                    while true { _ = try await child.receive(within: .milliseconds(10)) }
                }
                try await me.sleep(for: .milliseconds(10))
                me.sendExit(.reason(.failure("signal")), to: child.pid)
                return try await me.nextExit().reason
            }
            #expect(reason.failure == Mishap("signal"))
        }
    }

    @Test("PR-011 of two exit signals the first decides")
    func twoSignals() throws {
        for seed in 0..<50 as Range<UInt64> {
            let reason = try staged(seed: seed) { me in
                me.trap()
                let child = me.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
                me.sendExit(.reason(.failure("first")), to: child.pid)
                me.sendExit(.reason(.failure("second")), to: child.pid)
                return try await me.nextExit().reason
            }
            #expect(reason.failure == Mishap("first"))
        }
    }

    @Test("PR-012 a linked process survives normal and ends by anything else")
    func normalToLinked() throws {
        let result = try staged { me in
            me.trap()
            let child = me.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
            me.sendExit(.reason(.normal), to: child.pid)
            try await me.sleep(for: .seconds(1))
            let (survived, isQuiet) = (child.isAlive, try await me.hasNothing())
            me.sendExit(.reason(.failure("abnormal")), to: child.pid)
            return (survived, isQuiet, try await me.nextExit().reason)
        }
        #expect(result.0)
        #expect(result.1)
        #expect(result.2.failure == Mishap("abnormal"))
    }

    /// Three messages, an exit signal, three messages; what the target got, and why it ended.
    private static func order(_ me: PlainProcess<Letter>) async throws -> Bool {
        let ref = me.ref
        let target = spawn(receiving: Int.self) { child in
            while true { if try await child.receive() > 3 { ref.send(.text("late")) } }
        }
        let monitor = me.watch(target.pid)
        for i in 1...3 { target.send(i) }
        target.sendExit(.reason(.failure("order")))
        for i in 4...6 { target.send(i) }
        let down = try await me.nextDown(monitor)
        return down.reason.failure == Mishap("order")
    }

    @Test("PR-014 what was sent after an exit signal is never received, in 1,000 runs")
    func signalOrder() async throws {
        let staged = try staged { me in
            var right = 0
            for _ in 0..<1_000 where try await Self.order(me) { right += 1 }
            return (right, try await me.hasNothing())
        }
        #expect(staged.0 == 1_000)
        #expect(staged.1)
        let threaded = try await onThreads { me in
            var right = 0
            for _ in 0..<1_000 where try await Self.order(me) { right += 1 }
            return (right, try await me.hasNothing())
        }
        #expect(threaded.0 == 1_000)
        #expect(threaded.1)
    }

    /// A chain of linked processes; the last one does `end`. What its trapping head gets, and whether all have ended.
    private func chain(
        _ length: Int, _ end: @escaping @Sendable (PlainProcess<Letter>) async throws -> Void
    ) throws -> (ExitReason, Int) {
        let virtual = VirtualNode()
        let reason = try virtual.run(receiving: Letter.self) { me in
            me.trap()
            Self.grow(me, length, end)
            return try await me.nextExit().reason
        }
        return (reason, virtual.node.processCount)
    }

    private static func grow(
        _ me: PlainProcess<Letter>, _ length: Int,
        _ end: @escaping @Sendable (PlainProcess<Letter>) async throws -> Void
    ) {
        me.spawnLink(receiving: Letter.self) { child in
            if length == 1 { return try await end(child) }
            Self.grow(child, length - 1, end)
            while true { _ = try await child.receive() }
        }
    }

    @Test("PR-015 kill ends with killed, along a chain of links")
    func killAlongLinks() throws {
        let (reason, left) = try chain(10) { me in
            let victim = me.pid
            spawn { $0.sendExit(.kill, to: victim) }
            while true { _ = try await me.receive() }
        }
        #expect(reason.wasKilled)
        #expect(left == 0)
    }

    @Test("PR-016 kill to itself gives killed to the links")
    func killItself() throws {
        let (reason, left) = try chain(10) { me in
            me.sendExit(.kill, to: me.pid)
            _ = try await me.receive()
        }
        #expect(reason.wasKilled)
        #expect(left == 0)
    }

    @Test("PR-017 an own exit with the reason kill is passed on as kill and can be trapped")
    func ownExitKill() throws {
        let (reason, left) = try chain(10) { _ in throw Exit(.kill) }
        #expect(reason.wasKill)
        #expect(left == 0)
    }

    @Test("PR-018 kill cannot be trapped")
    func killIsNotTrapped() throws {
        let reason = try staged { me in
            let ref = me.ref
            let child = spawn(receiving: Letter.self) { child in
                child.trap()
                ref.send(.text("ready"))
                while true { _ = try await child.receive() }
            }
            _ = try await me.nextText()
            let monitor = me.watch(child.pid)
            me.sendExit(.kill, to: child.pid)
            return try await me.nextDown(monitor).reason
        }
        #expect(reason.wasKilled)
    }

    @Test func `who begins or ceases to trap exits is told what was before`() throws {
        let before = try staged { me in
            [me.trapExits { .exit($0) }, me.trapExits { .exit($0) }, me.untrapExits(), me.untrapExits()]
        }
        #expect(before == [false, true, true, false])
    }

    @Test("an exit that came while a process trapped stays a message when it traps no more; the next one ends it")
    func untrapped() throws {
        let result = try staged { me in
            let ref = me.ref
            let child = spawn(receiving: Letter.self) { child in
                child.trap()
                child.spawnLink { _ in throw Mishap("first") }
                try await child.sleep(for: .seconds(1))
                child.untrapExits()
                ref.send(.text(try await child.nextExit().reason.failure?.text ?? "nothing"))
                child.spawnLink { _ in throw Mishap("second") }
                _ = try await child.receive()
            }
            let monitor = me.watch(child.pid)
            let down = try await me.nextDown(monitor)
            return (try await me.nextText(), down.reason.failure)
        }
        #expect(result.0 == "first")
        #expect(result.1 == Mishap("second"))
    }

    @Test("a plain process that traps gets the exit of its parent as a message")
    func parentIsTrapped() throws {
        let texts = try staged { me in
            let ref = me.ref
            let child = me.spawnLink(receiving: Letter.self) { child in
                child.trap()
                ref.send(.text("ready"))
                let exit = try await child.nextExit()
                ref.send(.text("\(exit.reason)"))
            }
            let first = try await me.nextText()
            me.sendExit(.shutdown, to: child.pid)
            return [first, try await me.nextText()]
        }
        #expect(texts == ["ready", "shutdown"])
    }
}
