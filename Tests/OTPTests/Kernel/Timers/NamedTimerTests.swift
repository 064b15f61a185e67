import OTPTestKit
import Synchronization
import Testing

@testable import OTP

@Suite struct NamedTimerTests {
    private static let local = ServerName<TickRecorder>("recorder")
    private static let global = ServerName<TickRecorder>.global("recorder")

    @Test("TI-031 TI-032 a time of zero delivers at once, to a process and to its name") func zero() throws {
        try VirtualNode(seed: 1).run { me in
            let server = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            let start = me.node.now
            server.send(.tick(1), after: .zero)
            Self.local.send(.tick(2), after: .zero)
            try await me.sleep(for: .milliseconds(1))
            let ticks = try await server.ticks()
            #expect(ticks.map(\.number).sorted() == [1, 2])
            #expect(ticks.allSatisfy { $0.time == start })
        }
    }

    @Test("TI-034 TI-035 TI-036 a timer delivers to a process, a local name and a name of all nodes") func later()
        throws
    {
        try VirtualNode(seed: 2).run { me in
            let one = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            let two = try await TickRecorder.start(name: Self.global) { TickRecorder() }
            let start = me.node.now
            one.send(.tick(1), after: .milliseconds(500))
            Self.local.send(.tick(2), after: .milliseconds(500))
            Self.global.send(.tick(3), after: .milliseconds(500))
            try await me.sleep(for: .milliseconds(499))
            #expect(try await one.numbers().isEmpty)
            try await me.sleep(for: .milliseconds(2))
            let ticks = try await one.ticks() + two.ticks()
            #expect(ticks.map(\.number).sorted() == [1, 2, 3])
            #expect(ticks.allSatisfy { $0.time - start == .milliseconds(500) })
        }
    }

    @Test("TI-017 TI-037 a name means whoever has it when the time comes") func resolvedLate() throws {
        try VirtualNode(seed: 3).run { me in
            let timer = Self.local.send(.tick(1), after: .seconds(2))
            Self.local.send(.tick(0), after: .seconds(1))
            try await me.sleep(for: .milliseconds(1_500))
            #expect(timer.remaining == .milliseconds(500))
            let first = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            try await first.stop()
            #expect(timer.remaining != nil)
            let second = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            try await me.sleep(for: .seconds(1))
            #expect(try await second.numbers() == [1])
        }
    }

    @Test("TI-039 TI-040 TI-042 a delayed exit signal ends a process, by reference or by name, and harms nobody else")
    func delayedExits() throws {
        struct Late: Error {}
        try VirtualNode(seed: 4).run(receiving: DownMessage.self) { me in
            let start = me.node.now
            let one = try await TickRecorder.start { TickRecorder() }
            let two = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            me.monitor(one) { $0 }
            me.monitor(two) { $0 }
            one.sendExit(.reason(.error(Late())), after: .seconds(1))
            Self.local.sendExit(.reason(.error(Late())), after: .seconds(2))
            ServerName<TickRecorder>("missing").sendExit(.shutdown, after: .seconds(1))
            for (server, time) in [(one, 1), (two, 2)] {
                let down = try await me.receive()
                #expect(down.pid == server.pid)
                #expect(down.reason.isSame(as: .error(Late())))
                #expect(me.node.now - start == .seconds(time))
            }
        }
    }

    @Test("TI-041 TI-045 a process may set its own end") func ownEnd() throws {
        try VirtualNode(seed: 5).run(receiving: DownMessage.self) { me in
            for signal in [ExitSignal.shutdown, .kill] {
                let start = me.node.now
                let child = spawn(receiving: Int.self) { inner in
                    inner.ref.server.sendExit(signal, after: .seconds(1))
                    _ = try await inner.receive()
                }
                me.monitor(child.pid) { $0 }
                let down = try await me.receive()
                #expect(me.node.now - start == .seconds(1))
                if case .kill = signal {
                    #expect(down.reason.isSame(as: .killed))
                } else {
                    #expect(down.reason.isSame(as: .shutdown))
                }
            }
        }
    }

    @Test(
        "the end that a process sets itself is forgotten when it ends before; one that others set stays and harms nobody"
    )
    func ownEndIsForgotten() throws {
        try VirtualNode(seed: 7).run { me in
            let timers = Mutex<[TimerRef]>([])
            let process = spawn(receiving: Int.self) { inner in
                let timer = inner.sendExit(.shutdown, after: .seconds(100))
                timers.withLock { $0.append(timer) }
                _ = try await inner.receive()
            }
            try await me.sleep(for: .seconds(1))
            timers.withLock {
                $0 += [
                    me.node.sendExit(.shutdown, to: process.pid, after: .seconds(100)),
                    process.server.sendExit(.shutdown, after: .seconds(100)),
                ]
            }
            #expect(timers.withLock { $0.map { $0.remaining != nil } } == [true, true, true])
            process.send(1)
            _ = await process.waitForEnd()
            #expect(timers.withLock { $0.map { $0.remaining != nil } } == [false, true, true])
            try await me.sleep(for: .seconds(200))
        }
    }

    @Test func `a delayed exit by reference goes by the clock of its process's node`() throws {
        let virtual = VirtualNode(seed: 8)
        let processes = (0..<2).map { _ in virtual.node.spawn(receiving: Int.self) { _ = try await $0.receive() } }
        try virtual.runUntilIdle()
        processes[0].server.sendExit(.kill, after: .seconds(1))
        processes[1].sendExit(.shutdown, after: .seconds(1))
        try virtual.advance(by: .milliseconds(999))
        #expect(processes.map(\.isAlive) == [true, true])
        try virtual.advance(by: .milliseconds(1))
        #expect(processes.map(\.isAlive) == [false, false])
    }

    @Test func `in a registry of one's own a process is looked up by a process, and not where all timers wait for it`()
        throws
    {
        let virtual = VirtualNode(seed: 9)
        let book = CardIndex()
        let name = ServerName<PlainBehavior<Int>>.via(book, "it")
        let seen = Mutex<[Int]>([])
        let process = virtual.node.spawn(receiving: Int.self) { me in
            while true {
                let number = try await me.receive()
                seen.withLock { $0.append(number) }
            }
        }
        virtual.node.with {
            name.send(1, after: .seconds(1))
            book.pid.set(process.pid)
            name.send(2, after: .seconds(2))
            name.send(3, after: .seconds(3)).cancel()
            name.sendExit(.shutdown, after: .seconds(4))
        }
        try virtual.advance(by: .seconds(3))
        #expect(seen.withLock { $0 } == [1, 2])
        try virtual.advance(by: .seconds(1))
        #expect(!process.isAlive)
        #expect(book.lookers.get() == ["virtual", "virtual", "virtual"])
    }

    @Test("TI-044 a delayed kill reaches a name") func delayedKill() throws {
        try VirtualNode(seed: 6).run(receiving: DownMessage.self) { me in
            let server = try await TickRecorder.start(name: Self.local) { TickRecorder() }
            me.monitor(server) { $0 }
            Self.local.sendExit(.kill, after: .seconds(1))
            #expect(try await me.receive().reason.isSame(as: .killed))
        }
    }
}

/// A registry with one entry, which notes on which nodes the processes run that look for it.
private final class CardIndex: NameRegistry {
    let pid = LockedBox<PID?>(nil)
    let lookers = LockedBox<[String]>([])

    func register(_ key: String, _ pid: PID) -> Bool { false }
    func unregister(_ key: String) {}
    func whereIs(_ key: String) -> PID? {
        lookers.withLock { $0.append(CurrentProcess.cell?.node.name ?? "no process") }
        return pid.get()
    }
}
