import OTPTestKit
import Synchronization
import Testing

@testable import OTP

@Suite struct ProcessInfoTests {
    @Test("a process is not alive from the moment of its death on: not even to what runs at its end") func atItsEnd()
        throws
    {
        try staged { me in
            let seen = Locked<[Bool]>([])
            let process = spawn(receiving: Int.self) { its in
                let (node, pid) = (its.node, its.pid)
                its.whenEnded { _ in seen.with { $0 = [node.isAlive(pid), node.processes.contains(pid)] } }
                _ = try await its.receive()
            }
            try await me.sleep(for: .nanoseconds(1))
            process.sendExit(.kill)
            if seen.value != [false, false] { throw Mishap("\(seen.value)") }
        }
    }

    @Test("PR-156, PR-157 a process sleeps for nothing, and for longer than 2^32 milliseconds")
    func sleeping() throws {
        let slept = try VirtualNode().run(receiving: Letter.self, within: .seconds(1 << 33)) { me in
            let start = me.node.now
            try await me.sleep(for: .zero)
            let nothing = me.node.now - start
            try await me.sleep(for: .milliseconds(1 << 32) + .milliseconds(1))
            return (nothing, me.node.now - start)
        }
        #expect(slept.0 == .zero)
        #expect(slept.1 == .milliseconds(4_294_967_297))
    }

    @Test("PR-159, PR-160, PR-161 a label is set by the process, seen by itself and by others, and nil before")
    func label() throws {
        let result = try staged { me in
            let before = (me.label, me.node.snapshot(of: me.pid)?.label)
            me.label("cart of ann")
            let ref = me.ref
            let own = me.pid
            spawn { other in ref.send(.text(other.node.snapshot(of: own)?.label ?? "none")) }
            let seen = try await me.nextText()
            let mine = me.label
            me.label(nil)
            return (before.0, before.1, mine, seen, me.snapshot()?.label)
        }
        #expect(result.0 == nil)
        #expect(result.1 == nil)
        #expect(result.2 == "cart of ann")
        #expect(result.3 == "cart of ann")
        #expect(result.4 == nil)
    }

    @Test("PR-162 a process sees its own name, that it runs, and what it is")
    func own() throws {
        let name = ServerName<PlainBehavior<Letter>>("own info")
        let snapshot = try staged { me in
            try name.register(me.ref)
            return me.snapshot()
        }
        #expect(snapshot?.names == ["own info"])
        #expect(snapshot?.status == .running)
        #expect(snapshot?.kind == "process")
        #expect(VirtualNode().node.snapshot(of: PID("<0.999999999.0>")!) == nil)
    }

    @Test("PR-165 the messages that wait for another process are shown in order, and none once it has taken them")
    func messages() throws {
        let virtual = VirtualNode()
        let reader = virtual.node.spawn(receiving: Int.self) { me in
            _ = try await me.receive { $0 == 0 ? 0 : nil }
            for _ in 0..<3 { _ = try await me.receive() }
            _ = try await me.receive()
        }
        try virtual.runUntilIdle()
        #expect(virtual.node.snapshot(of: reader.pid)?.messages == [])
        for i in 1...3 { reader.send(i) }
        try virtual.runUntilIdle()
        let waiting = virtual.node.snapshot(of: reader.pid)
        #expect(waiting?.messages == ["1", "2", "3"])
        #expect(waiting?.mailboxCount == 3)
        reader.send(0)
        try virtual.runUntilIdle()
        #expect(virtual.node.snapshot(of: reader.pid)?.messages == [])
        #expect(virtual.node.snapshot(of: reader.pid)?.mailboxCount == 0)
    }

    @Test("PR-166 looking at a process while it is sent messages and signals is safe")
    func lookingWhileSending() async throws {
        let counts = try await onThreads { me in
            let done = Mutex(false)
            let target = spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
            let own = me.ref
            for _ in 0..<3 {
                spawn { sender in
                    for i in 0..<3_000 {
                        target.send(i)
                        sender.sendExit(.reason(.normal), to: target.pid)
                    }
                    own.send(.text("sent"))
                }
            }
            for _ in 0..<2 {
                spawn { looker in
                    while !done.withLock({ $0 }) {
                        _ = looker.node.snapshot(of: target.pid)
                        try await looker.yield()
                    }
                    own.send(.text("looked"))
                }
            }
            for _ in 0..<3 { _ = try await me.nextText() }
            done.withLock { $0 = true }
            for _ in 0..<2 { _ = try await me.nextText() }
            while me.node.snapshot(of: target.pid)?.status != .waiting { try await me.yield() }
            let snapshot = me.node.snapshot(of: target.pid)
            target.sendExit(.kill)
            return (snapshot?.mailboxCount, snapshot?.handledCount)
        }
        #expect(counts.0 == 0)
        #expect(counts.1 ?? 0 >= 9_000)
    }

    @Test("PR-169 a list of facts gives the values in the order of the list, with repeats")
    func listOfKeys() throws {
        let values = try staged { me in
            me.label("labelled")
            let keys: [PartialKeyPath<ProcessSnapshot>] = [\.label, \.trapsExits, \.label, \.status]
            guard let snapshot = me.snapshot() else { return [String]() }
            return keys.map { "\(snapshot[keyPath: $0])" }
        }
        #expect(values.count == 4)
        #expect(values[0] == values[2])
        #expect(values[0].contains("labelled"))
        #expect(values[1] == "false")
        #expect(values[3] == "running")
    }

    @Test("PR-170 the parent of a process is who started it; there is none for what an ordinary task starts")
    func parent() throws {
        let virtual = VirtualNode()
        let first = virtual.node.spawn(receiving: Int.self) { _ = try await $0.receive() }
        let result = try virtual.run(receiving: Letter.self) { me in
            let child = spawn(receiving: Int.self) { _ = try await $0.receive() }
            return (me.pid, me.parent, me.node.snapshot(of: child.pid))
        }
        #expect(virtual.node.snapshot(of: first.pid)?.parent == nil)
        #expect(virtual.node.snapshot(of: first.pid) != nil)
        #expect(result.1 == nil)
        #expect(result.2?.parent == result.0)
        #expect(result.2?.ancestors == [result.0])
    }

    @Test("PR-171 being looked at does not make a process look as if it ran")
    func statusWhileLookedAt() async throws {
        let statuses = try await onThreads { me in
            let target = spawn(receiving: Int.self) { _ = try await $0.receive() }
            while me.node.snapshot(of: target.pid)?.status != .waiting { try await me.yield() }
            let own = me.ref
            for _ in 0..<4 {
                spawn { looker in
                    var wrong = 0
                    for _ in 0..<500 where looker.node.snapshot(of: target.pid)?.status != .waiting { wrong += 1 }
                    own.send(.number(wrong))
                }
            }
            var wrong = 0
            for _ in 0..<4 { wrong += try await me.nextNumber() }
            target.sendExit(.kill)
            return wrong
        }
        #expect(statuses == 0)
    }

    @Test("PR-172, PR-174 a message just sent to oneself is seen at once, and count and list agree")
    func ownMessages() throws {
        let result = try staged { me in
            var seen: [(Int, [String]?)] = []
            for i in 0..<3 {
                me.send(.number(i))
                let snapshot = me.snapshot()
                seen.append((snapshot?.mailboxCount ?? -1, snapshot?.messages))
            }
            return seen
        }
        #expect(result.map(\.0) == [1, 2, 3])
        #expect(result[2].1 == ["number(0)", "number(1)", "number(2)"])
    }

    @Test("PR-174 one's own mailbox counts what others have sent, before any of it is looked at") func sentByOthers()
        throws
    {
        let counts = try staged { me in
            let ref = me.ref
            let sender = spawn { _ in for number in 0..<10 { ref.send(.number(number)) } }
            _ = await sender.waitForEnd()
            return [me.mailboxCount, me.snapshot()?.mailboxCount, me.snapshot()?.messages?.count]
        }
        #expect(counts == [10, 10, 10])
    }

    @Test func `a notice that was taken back is not shown as waiting, one that stands is`() throws {
        let virtual = VirtualNode()
        virtual.node.silence()
        let reports = LockedBox<[[String]]>([])
        virtual.node.onReport { if case .crash(let report) = $0 { reports.withLock { $0.append(report.waiting) } } }
        let result = try virtual.run(receiving: Letter.self) { me in
            let process = spawn(receiving: Letter.self) { its in
                let gone = spawn(receiving: Int.self) { _ = try await $0.receive() }
                let monitors = (0..<3).map { _ in its.watch(gone.pid) }
                gone.send(1)
                _ = await gone.waitForEnd()
                let stood = [its.demonitor(monitors[0]), its.demonitor(monitors[1], flush: false)]
                its.send(
                    .text("\(stood) \(its.snapshot()?.messages?.count ?? -1) \(its.snapshot()?.mailboxCount ?? -1)"))
                throw Mishap("shown")
            }
            _ = await process.waitForEnd()
            return process.pid
        }
        virtual.node.onReport(nil)
        let waiting = try #require(reports.get().first)
        #expect(waiting.count == 3)
        #expect(waiting.last == "text(\"[false, false] 2 2\")")
        #expect(virtual.node.snapshot(of: result) == nil)
    }

    @Test("PR-179 what a process sees of itself and what another sees of it agree")
    func agreement() throws {
        let place = ProcessLocal<String>("place")
        let name = ServerName<PlainBehavior<Letter>>("agreeing")
        let result = try staged { me in
            me.trap()
            me.put("here", in: place)
            try name.register(me.ref)
            let child = me.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
            _ = me.watch(child.pid)
            let own = me.snapshot()
            let (pid, ref) = (me.pid, me.ref)
            let box = Mutex<ProcessSnapshot?>(nil)
            spawn { other in
                box.withLock { $0 = other.node.snapshot(of: pid) }
                ref.send(.text("seen"))
            }
            _ = try await me.nextText()
            return (own, box.withLock { $0 }, child.pid)
        }
        let (own, other) = (try #require(result.0), try #require(result.1))
        #expect(own.kind == other.kind)
        #expect(own.names == other.names)
        #expect(own.links == [result.2])
        #expect(other.links == own.links)
        #expect(other.monitors == own.monitors)
        #expect(own.trapsExits && other.trapsExits)
        #expect(own.locals == ["place": "here"])
        #expect(other.locals == own.locals)
        #expect(own.parent == other.parent)
    }

    @Test("PR-182 the list of processes has each that lives all the while exactly once, while others come and go")
    func list() async throws {
        let right = try await onThreads(of: Node(name: "list", workers: 3)) { me in
            let lasting = (0..<200).map { _ in spawn(receiving: Int.self) { _ = try await $0.receive() }.pid }
            let isOver = Mutex(false)
            let churn = (0..<3).map { _ in
                spawn { _ in
                    while !isOver.withLock({ $0 }) {
                        _ = await spawn { _ in }.waitForEnd()
                    }
                }
            }
            var right = 0
            for _ in 0..<200 {
                let list = me.node.processes
                let set = Set(list)
                if set.count == list.count, lasting.allSatisfy(set.contains), set.contains(me.pid) { right += 1 }
            }
            isOver.withLock { $0 = true }
            for process in churn { _ = await process.waitForEnd() }
            for pid in lasting { me.sendExit(.kill, to: pid) }
            return right
        }
        #expect(right == 200)
    }

    @Test("PR-186 turning to a process found in the list while it is being started is safe")
    func infants() async throws {
        let told = try await onThreads(of: Node(name: "nursery", workers: 2)) { me in
            let isOver = Mutex(false)
            let nursery = spawn(receiving: Int.self) { parent in
                while !isOver.withLock({ $0 }) {
                    let child = parent.spawnLink(receiving: Int.self) { _ = try await $0.receive(within: .zero) }
                    _ = await child.waitForEnd()
                }
            }
            var monitors = Set<MonitorRef>(), found = 0
            while found < 300 {
                for pid in me.node.processes where pid != nursery.pid && pid != me.pid {
                    found += 1
                    monitors.insert(me.watch(pid))
                    me.sendExit(.reason(.normal), to: pid)
                    _ = me.node.snapshot(of: pid)
                }
                try await me.yield()
            }
            isOver.withLock { $0 = true }
            _ = await nursery.waitForEnd()
            while !monitors.isEmpty { monitors.remove(try await me.nextDown().monitor) }
            return true
        }
        #expect(told)
    }

    @Test("a killed process whose code goes on is shown as a zombie, and one that calls with whom it waits for")
    func zombieAndCaller() async throws {
        let gate = Mutex(false)
        let node = threadedNode
        let zombie = node.spawn { _ in while !gate.withLock({ $0 }) { await Task.yield() } }
        while node.snapshot(of: zombie.pid)?.status != .running { await Task.yield() }
        zombie.sendExit(.kill)
        #expect(node.snapshot(of: zombie.pid)?.status == .zombie)
        #expect(node.snapshots().contains { $0.pid == zombie.pid })
        gate.withLock { $0 = true }
        while node.snapshot(of: zombie.pid) != nil { await Task.yield() }

        let virtual = VirtualNode()
        let statuses = try virtual.run(receiving: Letter.self) { me in
            let server = try await Silent.start { Silent() }
            let caller = spawn { _ in try await server.call(timeout: .seconds(100)) { .wait($0) } }
            try await me.sleep(for: .seconds(1))
            let first = me.node.snapshot(of: caller.pid)
            try await me.sleep(for: .seconds(3))
            return (first?.status, me.node.snapshot(of: caller.pid)?.busyFor, server.pid)
        }
        #expect(statuses.0 == .calling(statuses.2))
        #expect(statuses.1 == .seconds(3))
    }
}

/// Keeps every reply for ever.
struct Silent: GenServer {
    enum Call: Sendable { case wait(Reply<Void>) }
    private var kept: [Reply<Void>] = []

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .wait(let reply): kept.append(reply)
        }
        return .receive
    }
}
