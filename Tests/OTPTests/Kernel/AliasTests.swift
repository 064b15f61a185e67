import OTP
import OTPTestKit
import Testing

@Suite struct AliasTests {
    private typealias Alias = ProcessAlias<PlainBehavior<Letter>>

    /// What arrived, in words.
    private static func all(_ me: PlainProcess<Letter>) async throws -> [String] {
        var seen: [String] = []
        while let note = try await me.receive(within: .seconds(1)) {
            switch note {
            case .text(let text): seen.append(text)
            case .down(let down): seen.append("down \(down.reason)")
            default: seen.append("\(note)")
            }
        }
        return seen
    }

    @Test("PR-074 an alias is explicit unless said otherwise: it passes everything until it is shut")
    func explicit() throws {
        let seen = try staged { me in
            var seen: [[String]] = []
            for alias in [me.alias(), me.alias(.explicit)] {
                for i in 1...3 { alias.send(.text("\(i)")) }
                let wasOpen = alias.deactivate()
                alias.send(.text("4"))
                seen.append(try await Self.all(me) + ["\(wasOpen) \(alias.deactivate())"])
            }
            return seen
        }
        #expect(seen == [["1", "2", "3", "true false"], ["1", "2", "3", "true false"]])
    }

    @Test("PR-075, PR-082 of four messages through a reply alias only the first arrives")
    func reply() throws {
        let seen = try staged { me in
            let alias = me.alias(.reply)
            let sender = spawn { _ in for i in 1...4 { alias.send(.text("\(i)")) } }
            _ = await sender.waitForEnd()
            return try await Self.all(me) + ["\(alias.isActive)"]
        }
        #expect(seen == ["1", "false"])
    }

    @Test("PR-074 an alias is shut by its own process alone, and not by whoever else has it")
    func foreign() throws {
        let result = try staged { me in
            let alias = me.alias()
            let other = spawn(receiving: Int.self) { _ in
                let wasOpen = alias.deactivate()
                alias.send(.text("\(wasOpen)"))
            }
            _ = await other.waitForEnd()
            let seen = try await Self.all(me)
            return (seen, alias.isActive, alias.deactivate())
        }
        #expect(result.0 == ["false"])
        #expect(result.1 && result.2)
    }

    @Test("an alias is not shut by code outside any process, such as a task that its process has started")
    func outside() async throws {
        let shut = try await onThreads { me in
            let alias = me.alias()
            return [await Task { alias.deactivate() }.value, alias.isActive, alias.deactivate(), alias.isActive]
        }
        #expect(shut == [false, true, true, false])
    }

    @Test("PR-076 with an explicit alias, alias and monitor are separate")
    func separate() throws {
        let seen = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let (_, alias) = me.monitor(other.pid, alias: .explicit) { .down($0) }
            alias.send(.text("1"))
            alias.deactivate()
            alias.send(.text("2"))
            other.send(1)
            return try await Self.all(me)
        }
        #expect(seen == ["1", "down normal"])
    }

    @Test("PR-077 an alias of mode demonitor ends with demonitor, or when the notice has come")
    func withTheMonitor() throws {
        let seen = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let (first, a) = me.monitor(other.pid, alias: .demonitor) { .down($0) }
            a.send(.text("a1"))
            a.send(.text("a2"))
            me.demonitor(first)
            a.send(.text("a3"))
            let (_, b) = me.monitor(other.pid, alias: .demonitor) { .down($0) }
            b.send(.text("b1"))
            other.send(1)
            let before = try await Self.all(me)
            b.send(.text("b2"))
            return before + (try await Self.all(me)) + ["\(a.isActive) \(b.isActive)"]
        }
        #expect(seen == ["a1", "a2", "b1", "down normal", "false false"])
    }

    @Test("PR-078 the first message through a reply-demonitor alias ends alias and monitor, or the notice ends both")
    func firstOfEither() throws {
        let seen = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let (monitor, a) = me.monitor(other.pid, alias: .replyDemonitor) { .down($0) }
            let (_, b) = me.monitor(other.pid, alias: .replyDemonitor) { .down($0) }
            a.send(.text("a1"))
            a.send(.text("a2"))
            other.send(1)
            let first = try await Self.all(me)
            b.send(.text("b1"))
            return first + (try await Self.all(me)) + ["\(me.demonitor(monitor))"]
        }
        #expect(seen == ["a1", "down normal", "false"])
    }

    @Test("PR-078 a reply and the notice of the end exclude each other, also when they race")
    func neverBoth() async throws {
        let counts = try await onThreads { me in
            var counts = [0, 0, 0]
            for _ in 0..<5_000 {
                let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
                let (_, alias) = me.monitor(other.pid, alias: .replyDemonitor) { .down($0) }
                let replier = spawn { _ in alias.send(.text("reply")) }
                other.send(1)
                _ = await replier.waitForEnd()
                _ = await other.waitForEnd()
                var seen = 0
                while try await me.receive(within: .zero) != nil { seen += 1 }
                counts[min(seen, 2)] += 1
            }
            return counts
        }
        #expect(counts == [0, 5_000, 0])
    }

    @Test(
        "PR-078 of the reply and the notice one comes also when the mailbox is full",
        arguments: [MailboxBound.Overflow.reject, .dropNewest, .dropOldest])
    func fullMailbox(_ overflow: MailboxBound.Overflow) throws {
        let seen = try staged { me in
            let ref = me.ref
            let options = SpawnOptions(mailbox: .atMost(1, onOverflow: overflow))
            spawn(receiving: Letter.self, options: options) { its in
                let server = spawn(receiving: Int.self) { _ = try await $0.receive() }
                let (_, alias) = its.monitor(server.pid, alias: .replyDemonitor) { .down($0) }
                its.send(.number(1))  // Now it is full.
                alias.send(.text("reply"))
                let shown = its.snapshot()?.messages ?? []
                its.send(.number(2))
                server.send(1)
                try await its.sleep(for: .seconds(1))
                let counts = try await Self.all(its) + shown
                ref.send(.text(counts.joined(separator: ", ")))
            }
            return try await me.nextText()
        }
        let (kept, dropsOldest) = if case .dropOldest = overflow { ("number(2)", true) } else { ("number(1)", false) }
        let texts = dropsOldest ? ["reply", kept] : [kept, "reply"]
        #expect(seen == (texts + ["number(1)", "text(\"reply\")"]).joined(separator: ", "))
    }

    @Test
    func `the one message through a reply alias arrives in a full mailbox too, and those of others keep their room`()
        throws
    {
        let seen = try staged { me in
            let ref = me.ref
            spawn(receiving: Letter.self, options: SpawnOptions(mailbox: .atMost(2))) { its in
                let aliases = (0..<3).map { _ in its.alias(.reply) }
                for number in 1...3 { its.send(.number(number)) }
                for alias in aliases { alias.send(.text("reply")) }
                var seen = try await Self.all(its)
                // All of the room is there again.
                for number in 4...6 { its.send(.number(number)) }
                seen += try await Self.all(its)
                ref.send(.text(seen.joined(separator: " ")))
            }
            return try await me.nextText()
        }
        #expect(seen == "number(1) number(2) reply reply reply number(4) number(5)")
    }

    @Test("PR-078 an alias of mode replyDemonitor that was never used ends with its monitor") func unused() throws {
        let result = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let (monitor, alias) = me.monitor(other.pid, alias: .replyDemonitor) { .down($0) }
            let stood = me.demonitor(monitor)
            alias.send(.text("hello"))
            return (stood, alias.isActive, try await Self.all(me))
        }
        #expect(result == (true, false, []))
    }

    @Test("PR-076 an explicit alias outlives the notice of its monitor, and its demonitor") func outlives() throws {
        let seen = try staged { me in
            var seen: [String] = []
            for ends in [true, false] {
                let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
                let (monitor, alias) = me.monitor(other.pid, alias: .explicit) { .down($0) }
                if ends {
                    other.sendExit(.reason(.failure("bye")))
                    _ = try await me.nextDown(monitor)
                } else {
                    me.demonitor(monitor)
                }
                alias.send(.text("\(ends)"))
                seen += try await Self.all(me)
            }
            return seen
        }
        #expect(seen == ["true", "false"])
    }

    @Test("PR-079 the three modes of an alias hold for spawnMonitor too")
    func spawned() throws {
        let seen = try staged { me in
            var seen: [[String]] = []
            for mode in [MonitorAliasMode.explicit, .demonitor, .replyDemonitor] {
                let (process, _, alias) = me.spawnMonitor(receiving: Int.self, alias: mode, { .down($0) }) {
                    child, alias in
                    alias.send(.text("1"))
                    alias.send(.text("2"))
                    _ = try await child.receive()
                }
                try await me.sleep(for: .seconds(1))
                process.send(1)
                let first = try await Self.all(me)
                alias.send(.text("after"))
                seen.append(first + (try await Self.all(me)))
            }
            return seen
        }
        #expect(seen == [["1", "2", "down normal", "after"], ["1", "2", "down normal"], ["1"]])
    }

    @Test("PR-081 what is sent after an alias was shut is never received")
    func shut() async throws {
        let right = try await onThreads { me in
            for _ in 0..<500 {
                let alias = me.alias()
                let sender = spawn(receiving: Int.self) { sender in
                    _ = try await sender.receive()
                    alias.send(.text("late"))
                }
                alias.deactivate()
                sender.send(1)
                _ = await sender.waitForEnd()
                if !(try await me.hasNothing()) { return false }
            }
            return true
        }
        #expect(right)
    }
}
