import OTP
import OTPTestKit
import Synchronization
import Testing

@Suite struct MonitorTests {
    @Test("PR-032 a monitor kills whom it monitors and ends: the chain of links ends as it should")
    func killAndEnd() async throws {
        for usesSpawnMonitor in [false, true] {
            let reasons = try await onThreads { me in
                me.trap()
                var reasons: [ExitReason] = []
                for _ in 0..<200 {
                    let a = me.spawnLink(receiving: Letter.self) { a in
                        let b = a.spawnLink(receiving: Int.self) { _ = try await $0.receive() }
                        spawn(receiving: Letter.self) { killer in
                            if usesSpawnMonitor {
                                _ = killer.spawnMonitor({ .down($0) }) { _ in }
                            }
                            _ = killer.watch(b.pid)
                            b.sendExit(.kill)
                        }
                        _ = try await a.receive()
                    }
                    let exit = try await me.nextExit()
                    reasons.append(exit.pid == a.pid ? exit.reason : .noProcess)
                }
                return reasons
            }
            #expect(reasons.count == 200)
            #expect(reasons.filter(\.wasKilled).count == 200)
        }
    }

    @Test("PR-037 ending what is no monitor of this process does no harm")
    func noMonitor() throws {
        let result = try staged { me in (me.demonitor(.probe), try await me.hasNothing()) }
        #expect(!result.0)
        #expect(result.1)
    }

    @Test("whom a monitor watches cannot end it: its owner is told all the same")
    func monitorOfAnother() throws {
        let result = try staged { me in
            let wasMine = Mutex(true)
            let other = spawn(receiving: MonitorRef.self) { its in
                let monitor = try await its.receive()
                wasMine.withLock { $0 = its.demonitor(monitor) }
                throw Mishap("end")
            }
            let monitor = me.watch(other.pid)
            other.send(monitor)
            let down = try await me.nextDown(monitor)
            return (wasMine.withLock { $0 }, down.pid == other.pid, down.reason.failure)
        }
        #expect(!result.0)
        #expect(result.1)
        #expect(result.2 == Mishap("end"))
    }

    @Test("PR-039 after demonitor the end is not told")
    func demonitored() throws {
        let result = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let monitor = me.watch(other.pid)
            let isClear = me.demonitor(monitor, flush: false)
            other.send(1)
            try await me.sleep(for: .seconds(1))
            return (isClear, other.isAlive, try await me.hasNothing())
        }
        #expect(result.0)
        #expect(!result.1)
        #expect(result.2)
    }

    @Test("PR-041 demonitor with flush takes back a notice that has come, without it the notice stays")
    func flush() throws {
        let counts = try staged { me in
            var left: [Int] = []
            for (flush, looksFirst) in [(true, false), (true, true), (false, false), (false, true)] {
                let monitor = me.watch(spawn { _ in }.pid)
                try await me.sleep(for: .seconds(1))
                // Looking for something else sets the notice aside.
                if looksFirst {
                    _ = try await me.receive(within: .zero) { if case .number(let n) = $0 { n } else { nil } }
                }
                let isClear = me.demonitor(monitor, flush: flush)
                var count = isClear ? 100 : 0
                while try await me.receive(within: .zero) != nil { count += 1 }
                left.append(count)
            }
            return left
        }
        #expect(counts == [0, 0, 1, 1])
    }

    @Test("PR-042 several monitors on one process are independent")
    func independent() throws {
        let result = try staged { me in
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let monitors = (0..<5).map { _ in me.watch(other.pid) }
            me.demonitor(monitors[2])
            other.send(1)
            var told: [MonitorRef] = []
            for _ in 0..<4 { told.append(try await me.nextDown().monitor) }
            return (Set(monitors).count, told, [0, 1, 3, 4].map { monitors[$0] }, try await me.hasNothing())
        }
        #expect(result.0 == 5)
        #expect(result.1 == result.2)
        #expect(result.3)
    }

    /// Ends a monitor while its target ends. 0: no notice came; 1: it was there; 2: the answer was wrong.
    private static func race(_ me: PlainProcess<Letter>, pause: Int) async throws -> Int {
        let target = spawn(receiving: Int.self) { _ = try await $0.receive() }
        let monitor = me.watch(target.pid)
        target.send(1)
        for _ in 0..<pause { try await me.yield() }
        let isClear = me.demonitor(monitor, flush: false)
        let notice = try await me.receive(within: .zero)
        if isClear { return notice == nil ? 0 : 2 }
        guard case .down(let down)? = notice else { return 2 }
        return down.monitor == monitor ? 1 : 2
    }

    @Test("PR-044 demonitor tells exactly whether the notice has come, in 10,000 races")
    func exactAnswer() async throws {
        let staged = try staged { me in
            var counts = [0, 0, 0]
            for round in 0..<10_000 { counts[try await Self.race(me, pause: round % 3)] += 1 }
            return (counts, try await me.hasNothing())
        }
        #expect(staged.0[0] > 1_000)
        #expect(staged.0[1] > 1_000)
        #expect(staged.0[2] == 0)
        #expect(staged.1)
        let threaded = try await onThreads { me in
            var counts = [0, 0, 0]
            for round in 0..<10_000 { counts[try await Self.race(me, pause: round % 3)] += 1 }
            return (counts, try await me.hasNothing())
        }
        #expect(threaded.0[2] == 0)
        #expect(threaded.1)
    }

    @Test("PR-046 a notice names monitor, process and reason, and spawnMonitor never misses it")
    func notice() async throws {
        let downs = try await onThreads { me in
            var right = 0
            for i in 0..<1_000 {
                let (process, monitor) = me.spawnMonitor({ .down($0) }) { _ in throw Mishap("\(i)") }
                let down = try await me.nextDown()
                if down.pid == process.pid, down.monitor == monitor, down.reason.failure == Mishap("\(i)") {
                    right += 1
                }
            }
            return right
        }
        #expect(downs == 1_000)
    }

    @Test("PR-047, PR-048 monitoring a dead process, or a name that nobody has, is answered at once")
    func nobody() throws {
        let result = try staged { me in
            let dead = spawn { _ in }
            try await me.sleep(for: .seconds(1))
            let first = me.watch(dead.pid)
            let second = me.monitor(ServerName<Counter>("nobody")) { .down($0) }
            return [(first, try await me.receive(within: .zero)), (second, try await me.receive(within: .zero))]
        }
        for (monitor, note) in result {
            guard case .down(let down)? = note else { Issue.record("no notice"); continue }
            #expect(down.monitor == monitor)
            #expect(down.reason.foundNobody)
        }
    }

    @Test("PR-050 a large reason arrives unchanged")
    func largeReason() throws {
        let reason = try staged { me in
            _ = me.spawnMonitor({ .down($0) }) { _ in throw ExitTests.big }
            return try await me.nextDown().reason
        }
        #expect(reason.failure == ExitTests.big)
    }

    @Test("PR-051 the lists of monitors are exact on both sides")
    func exactLists() throws {
        let result = try staged { me in
            let node = me.node
            var seen: [([PID], [PID])] = []
            let other = spawn(receiving: Int.self) { _ = try await $0.receive() }
            func look() {
                seen.append((me.snapshot()?.monitors ?? [], node.snapshot(of: other.pid)?.monitoredBy ?? []))
            }
            let first = me.watch(other.pid)
            _ = me.watch(other.pid)
            look()
            me.demonitor(first)
            look()
            other.send(1)
            _ = try await me.nextDown()
            look()
            // A monitoring process that dies is struck from the list of its target.
            let target = spawn(receiving: Int.self) { _ = try await $0.receive() }
            let watcher = spawn(receiving: Letter.self) { watcher in
                _ = watcher.watch(target.pid)
                _ = try await watcher.receive()
            }
            try await me.sleep(for: .seconds(1))
            let before = node.snapshot(of: target.pid)?.monitoredBy
            watcher.sendExit(.kill)
            return (me.pid, other.pid, seen, before == [watcher.pid], node.snapshot(of: target.pid)?.monitoredBy)
        }
        let (me, other) = (result.0, result.1)
        #expect(result.2[0] == ([other, other], [me, me]))
        #expect(result.2[1] == ([other], [me]))
        #expect(result.2[2] == ([], []))
        #expect(result.3)
        #expect(result.4 == [])
    }

    @Test("PR-054 when the notice of a named process arrives, its name is free")
    func nameIsFree() async throws {
        let name = ServerName<PlainBehavior<Int>>("named down")
        let right = try await onThreads { me in
            for _ in 0..<500 {
                let process = spawn(receiving: Int.self) { _ = try await $0.receive() }
                try name.register(process)
                me.monitor(name) { .down($0) }
                process.send(1)
                _ = try await me.nextDown()
                let next = spawn(receiving: Int.self) { _ = try await $0.receive() }
                try name.register(next)
                next.sendExit(.kill)
            }
            return name.whereIs() == nil
        }
        #expect(right)
    }

    @Test("PR-057, PR-058 each of 1,000 monitors says what its notice becomes")
    func ownTags() throws {
        let result = try staged { me in
            let other = spawn(receiving: Int.self) {
                _ = try await $0.receive(); throw Mishap("tagged")
            }
            let monitors = (0..<1_000).map { _ in me.monitor(other.pid) { .tagged("tag", $0) } }
            other.send(1)
            var told: [MonitorRef] = []
            for _ in 0..<1_000 {
                guard case .tagged("tag", let down) = try await me.receive(), down.pid == other.pid,
                    down.reason.failure == Mishap("tagged")
                else { break }
                told.append(down.monitor)
            }
            return (monitors, told)
        }
        #expect(result.0 == result.1)
    }

    @Test("PR-059 after demonitor of a monitor whose alias was shut no notice comes, even if the target dies just then")
    func shutAlias() async throws {
        let quiet = try await onThreads { me in
            for round in 0..<2_000 {
                let target = spawn(receiving: Int.self) { _ = try await $0.receive() }
                let (monitor, alias) = me.monitor(target.pid, alias: .explicit) { .down($0) }
                alias.deactivate()
                target.send(1)
                if round & 1 == 0 { try await me.yield() }
                me.demonitor(monitor)
                if !(try await me.hasNothing()) { return false }
            }
            return try await me.hasNothing()
        }
        #expect(quiet)
    }

    @Test("PR-060 a monitor with alias and tag on a missing name is answered at once, and the alias stays")
    func missingName() throws {
        let result = try staged { me in
            let (monitor, alias) = me.monitor(ServerName<Counter>("missing"), alias: .explicit) { .tagged("tag", $0) }
            let first = try await me.receive(within: .zero)
            alias.send(.text("through"))
            let second = try await me.receive(within: .zero)
            let wasOpen = alias.deactivate()
            alias.send(.text("too late"))
            return (monitor, first, second, wasOpen, try await me.hasNothing())
        }
        guard case .tagged("tag", let down)? = result.1, case .text("through")? = result.2 else {
            Issue.record("\(result)")
            return
        }
        #expect(down.monitor == result.0)
        #expect(down.reason.foundNobody)
        #expect(result.3)
        #expect(result.4)
    }

    @Test("PR-061 notices become what was asked for, by monitor and by spawnMonitor, for the dead too")
    func tagsEverywhere() throws {
        let result = try staged { me in
            let (_, first) = me.spawnMonitor({ .tagged("spawned", $0) }) { _ in throw ExitTests.big }
            let one = try await me.receive()
            let other = spawn(receiving: Int.self) {
                _ = try await $0.receive(); throw Exit(.shutdown(detail: "compound"))
            }
            let second = me.monitor(other.pid) { .tagged("monitored", $0) }
            other.send(1)
            let two = try await me.receive()
            let third = me.monitor(other.pid) { .tagged("dead", $0) }
            return [("spawned", first, one), ("monitored", second, two), ("dead", third, try await me.receive())]
        }
        for (tag, monitor, note) in result {
            guard case .tagged(tag, let down) = note else { Issue.record("\(note)"); continue }
            #expect(down.monitor == monitor)
            switch tag {
            case "spawned": #expect(down.reason.failure == ExitTests.big)
            case "monitored": #expect(down.reason.isSame(as: .shutdown(detail: "compound")))
            default: #expect(down.reason.foundNobody)
            }
        }
    }

    @Test("PR-063, PR-065 monitors of every kind tell the real end once, and after demonitor nothing comes late")
    func noLateNotice() async throws {
        let quiet = try await onThreads { me in
            for round in 0..<2_000 {
                let target = spawn(receiving: Int.self) {
                    _ = try await $0.receive(); throw Mishap("end")
                }
                let monitor = me.watch(target.pid)
                let kept = me.watch(target.pid)
                target.send(1)
                if round % 3 == 0 { try await me.yield() }
                me.demonitor(monitor)
                guard try await me.nextDown().monitor == kept, try await me.hasNothing() else { return false }
            }
            return true
        }
        #expect(quiet)
    }

    @Test("PR-067, PR-068 all that a process sent comes before the notice of its end")
    func orderBeforeNotice() async throws {
        let right = try await onThreads { me in
            for round in 0..<500 {
                let ref = me.ref
                let sender = spawn(receiving: Int.self) { sender in
                    _ = try await sender.receive()
                    for i in 0..<20 { ref.send(.number(i)) }
                }
                _ = me.watch(sender.pid)
                sender.send(1)
                for i in 0..<20 {
                    guard case .number(i) = try await me.receive() else { return -round - 1 }
                }
                guard case .down = try await me.receive() else { return -round - 1 }
            }
            return 500
        }
        #expect(right == 500)
    }

    @Test("PR-067 all that a process sent comes before the notice of its end, also if it is monitored by name")
    func orderBeforeNoticeByName() async throws {
        let right = try await onThreads { me in
            let (ref, name) = (me.ref, ServerName<PlainBehavior<Int>>("sender of an order"))
            for round in 0..<500 {
                let sender = spawn(receiving: Int.self) { sender in
                    _ = try await sender.receive()
                    for i in 0..<20 { ref.send(.number(i)) }
                }
                try name.register(sender)
                let monitor = me.monitor(name) { .down($0) }
                name.send(1)
                for i in 0..<20 {
                    guard case .number(i) = try await me.receive() else { return -round - 1 }
                }
                guard case .down(let down) = try await me.receive(), down.monitor == monitor else { return -round - 1 }
            }
            return 500
        }
        #expect(right == 500)
    }

    @Test("PR-039 a process that monitors itself, by PID or by name, has no monitor and hears nothing")
    func oneself() throws {
        let result = try staged { me in
            let name = ServerName<PlainBehavior<Letter>>("self")
            try name.register(me.ref)
            let monitors = [me.watch(me.pid), me.monitor(name) { .down($0) }]
            let (watched, watching) = (me.snapshot()?.monitors, me.snapshot()?.monitoredBy)
            try await me.sleep(for: .seconds(1))
            // Twice: the second time there is nothing to end.
            for monitor in monitors + monitors { me.demonitor(monitor) }
            return (watched, watching, try await me.hasNothing())
        }
        #expect(result == ([], [], true))
    }

    @Test("PR-072 a monitor with an alias: the alias is a reply address and the notice carries the monitor's reference")
    func aliasAsReplyAddress() throws {
        let result = try staged { me in
            let server = spawn(receiving: ProcessAlias<PlainBehavior<Letter>>.self) { server in
                let client = try await server.receive()
                client.send(.text("pong"))
                _ = try await server.receive()
            }
            let (monitor, alias) = me.monitor(server.pid, alias: .explicit) { .down($0) }
            server.send(alias)
            let text = try await me.nextText()
            server.send(alias)
            let down = try await me.nextDown()
            return (text, monitor, down, alias.isActive)
        }
        #expect(result.0 == "pong")
        #expect(result.1 == result.2.monitor)
        #expect(result.2.reason.isNormal)
        #expect(result.3)
    }
}
