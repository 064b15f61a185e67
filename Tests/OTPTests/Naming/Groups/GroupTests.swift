import OTPTestKit
import Testing

@testable import OTP

@Suite struct GroupTests {
    private let groups: ProcessGroups<String> = "groups of a test"

    private static func idle() -> ProcessRef<Int> {
        spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
    }

    private func scoped(_ body: @escaping @Sendable (Scene, PID) async throws -> Void) {
        play { scene in
            let scope = try await groups.startLink(scene.me)
            try await body(scene, scope)
            scene.me.sendExit(.kill, to: scope)
        }
    }

    @Test("PG-001 PG-002 joining and leaving show in members and groups, in the scope that is meant by default")
    func joinAndLeave() {
        play { scene in
            let pg = ProcessGroups<String>.default
            try await pg.start()
            try check(pg.members(of: "unknown"), is: [])
            try await pg.join("first", scene.me.pid)
            try check(pg.localMembers(of: "first"), is: [scene.me.pid])
            try check(pg.members(of: "first"), is: [scene.me.pid])
            try check(pg.groups, is: ["first"])
            try check(pg.localGroups, is: ["first"])
            try check(try await pg.leave("first", scene.me.pid))
            try check(pg.members(of: "first"), is: [])
            try check(pg.groups + pg.localGroups, is: [])
        }
    }

    @Test("PG-004 a process leaves as often as it is listed; who is not in the group does not leave it")
    func severalTimes() {
        scoped { scene, _ in
            let (me, other) = (scene.me.pid, Self.idle().pid)
            try await groups.join("g", [me, me, other])
            try await groups.join("g", me)
            try check(groups.members(of: "g"), is: [me, me, other, me])
            try check(try await groups.leave("g", [me, me]))
            try check(groups.members(of: "g"), is: [other, me])
            // More often than it is there.
            try check(try await groups.leave("g", me, me, me))
            try check(groups.members(of: "g"), is: [other])
            try check(try await groups.leave("g", me), is: false)
            try check(try await groups.leave("unknown", other), is: false)
            try check(try await groups.leave("g", []), is: false)
            try check(groups.members(of: "g"), is: [other])
        }
    }

    @Test("PG-005 who ends is in no group, from that moment on")
    func memberEnds() {
        scoped { scene, scope in
            let process = Self.idle()
            try await groups.join("a", process.pid, process.pid, scene.me.pid)
            try await groups.join("b", process.pid)
            process.sendExit(.kill)
            try check(groups.members(of: "a"), is: [scene.me.pid])
            try check(groups.groups, is: ["a"])
            _ = try await groups.leave("nothing", scene.me.pid)
            let cell = try need(Node.cell(scope) as? BehaviorCell<GroupScope<String>>)
            try check(cell.renderedState ?? "", is: "1 groups, 1 members, 0 monitors")
        }
    }

    @Test("PG-007 joining and leaving for a process that is about to end harms nobody and leaves nothing behind")
    func race() async throws {
        let left = try await onThreads { me in
            let groups: ProcessGroups<Int> = "race"
            let scope = try await groups.start()
            for round in 0..<200 {
                let process = spawn(receiving: Int.self) { _ in }
                try await groups.join(round % 3, process.pid)
                try await groups.leave(round % 3, process.pid)
                try await groups.join(round % 3, process.pid, process.pid)
                _ = await process.waitForEnd()
            }
            let isWell = me.node.isAlive(scope)
            let left = groups.groups.count
            me.sendExit(.kill, to: scope)
            return (isWell, left)
        }
        #expect(left == (true, 0))
    }

    @Test("PG-010 PG-011 a monitor of the scope gets what is there, then each operation as one message")
    func monitorScope() {
        scoped { scene, _ in
            let (me, other) = (scene.me.pid, Self.idle().pid)
            try await groups.join("g", me)
            let (monitor, members) = try await groups.monitor(for: scene.me) { .text("\($0)") }
            try check(members, is: ["g": [me]])
            try await groups.join("g", me, me, other)
            try await groups.join("h", [other])
            try await groups.leave("g", other, me)
            try await groups.leave("g", other)
            scene.me.sendExit(.kill, to: other)
            var told: [String] = []
            while let note = try await scene.me.receive(within: .seconds(1)) {
                if case .text(let text) = note { told.append(text) }
            }
            try check(
                told,
                is: [
                    "join g by \(me), \(me), \(other)", "join h by \(other)", "leave g by \(other), \(me)",
                    "leave h by \(other)",
                ])
            try check(try await groups.demonitor(monitor))
            try check(try await groups.demonitor(monitor), is: false)
            try await groups.leave("g", me)
            let note = try await scene.me.receive(within: .zero)
            try check(note == nil)
        }
    }

    @Test func `an operation has been told of when it returns, and of an end who hears it finds the names free`() {
        scoped { scene, _ in
            let listened = scene.me
            let name: ServerName<PlainBehavior<Note>> = "who listens"
            try name.register(listened.ref)
            let keys = RegistryName<String, Int>("of a member")
            let registry = Registry(
                keys, keys: .unique, listeners: [RegistryListener(name) { .text("registry \($0)") }])
            _ = try await registry.startLink(listened)
            _ = try await groups.monitor("g", for: listened) { .text("\($0)") }
            let member = spawn(receiving: Int.self) { [groups] me in
                try await groups.join("g", me.pid)
                try keys.register("name", 1, for: me)
                while true { _ = try await me.receive() }
            }
            var told: [String] = []
            while let note = try await listened.receive(within: .seconds(1)) {
                if case .text(let text) = note { told.append(text) }
            }
            listened.sendExit(.kill, to: member.pid)
            while let note = try await listened.receive(within: .seconds(1)) {
                if case .text(let text) = note { told.append(String(text.prefix(13))) }
            }
            try check(told.count, is: 4)
            try check(told.suffix(1), is: ["leave g by \(member.pid)".prefix(13).description])
            try await groups.join("g", listened.pid)
            let note = try await listened.receive(within: .zero)
            try check(note != nil)
        }
    }

    @Test("PG-012 PG-014 several monitors hear the same story; one that ends is taken out")
    func severalMonitors() {
        scoped { scene, scope in
            let ref = scene.me.ref
            let watchers = (0..<3).map { number in
                spawn(receiving: GroupEvent<String>.self) { me in
                    _ = try await groups.monitor(for: me) { $0 }
                    ref.send(.text("ready"))
                    while true {
                        let event = try await me.receive()
                        ref.send(.text("\(number) \(event)"))
                    }
                }
            }
            func next(_ count: Int) async throws -> [String] {
                var texts: [String] = []
                while texts.count < count {
                    if case .text(let text) = try await scene.me.receive() { texts.append(text) }
                }
                return texts
            }
            _ = try await next(3)
            let me = scene.me.pid
            for group in ["a", "b"] { try await groups.join(group, me) }
            let told = try await next(6)
            for number in 0..<3 {
                try check(
                    told.filter { $0.hasPrefix("\(number)") },
                    is: ["\(number) join a by \(me)", "\(number) join b by \(me)"])
            }
            try await scene.end(watchers[1].pid, .kill)
            try await groups.leave("a", me)
            try check(try await next(2).sorted(), is: ["0 leave a by \(me)", "2 leave a by \(me)"])
            let cell = try need(Node.cell(scope) as? BehaviorCell<GroupScope<String>>)
            try check(cell.renderedState ?? "", is: "1 groups, 1 members, 2 monitors")
        }
    }

    @Test("PG-015 a monitor of a group gets its members, and hears of that group alone")
    func monitorGroup() {
        scoped { scene, _ in
            let (me, other) = (scene.me.pid, Self.idle().pid)
            let empty = try await groups.monitor("g", for: scene.me) { .text("first \($0)") }
            try check(empty.members, is: [])
            try await groups.join("g", me, other)
            let full = try await groups.monitor("g", for: scene.me) { .text("second \($0)") }
            try check(full.members, is: [me, other])
            try await groups.join("h", me)
            scene.me.sendExit(.kill, to: other)
            var told: [String] = []
            while let note = try await scene.me.receive(within: .seconds(1)) {
                if case .text(let text) = note { told.append(text) }
            }
            try check(
                told,
                is: ["first join g by \(me), \(other)", "first leave g by \(other)", "second leave g by \(other)"])
        }
    }

    @Test("PG-016 a scope that has members tells a monitor of all, and the next one after a demonitor the same")
    func monitorNonempty() {
        scoped { scene, _ in
            let (me, other) = (scene.me.pid, Self.idle().pid)
            try await groups.join("g", me, other, me)
            try await groups.join("h", other)
            let wanted = ["g": [me, other, me], "h": [other]]
            for _ in 0..<2 {
                let (monitor, members) = try await groups.monitor(for: scene.me) { .text("\($0)") }
                try check(members, is: wanted)
                try check(try await groups.demonitor(monitor))
            }
        }
    }

    @Test("what waits of a monitor that is ended leads to nothing, in the mailbox and set aside; the others' stays")
    func demonitorFlushes() {
        scoped { scene, _ in
            let me = scene.me.pid
            let (first, _) = try await groups.monitor("g", for: scene.me) { .text("first \($0)") }
            let (second, _) = try await groups.monitor(for: scene.me) { .text("second \($0)") }
            try await groups.join("g", me)
            // Sets both aside.
            try check(try await scene.me.receive(within: .zero, matching: { _ in nil as Note? }) == nil)
            try await groups.leave("g", me)
            try await groups.join("g", me, me)
            try check(try await groups.demonitor(first))
            var told: [String] = []
            while case .text(let text)? = try await scene.me.receive(within: .zero) { told.append(text) }
            try check(
                told, is: ["second join g by \(me)", "second leave g by \(me)", "second join g by \(me), \(me)"])
            try await groups.leave("g", me)
            try check(try await groups.demonitor(second))
            let note = try await scene.me.receive(within: .zero)
            try check(note == nil)
        }
    }

    @Test("a monitor may be ended by another process: what waits in the mailbox leads to nothing then too")
    func demonitorByAnother() {
        scoped { scene, _ in
            let me = scene.me.pid
            let (monitor, _) = try await groups.monitor("g", for: scene.me) { .text("\($0)") }
            try await groups.join("g", me)
            let other = spawn { [groups] _ in try await groups.demonitor(monitor) }
            try check(try need(await other.waitForEnd()), is: .normal)
            let note = try await scene.me.receive(within: .zero)
            try check(note == nil)
        }
    }

    @Test("a server that was suspended handles nothing of a monitor that was ended meanwhile")
    func demonitorOfASuspendedServer() {
        scoped { scene, _ in
            let holder = try await Listener.start { Listener() }
            let monitor = try await holder.call { .monitor(groups, $0) }
            try await groups.join("g", scene.me.pid)
            try check(try await holder.call { .heard($0) }, is: 1)
            try await SystemControl.suspend(holder)
            try await groups.leave("g", scene.me.pid)
            try check(try await groups.demonitor(monitor))
            try await SystemControl.resume(holder)
            try check(try await holder.call { .heard($0) }, is: 1)
        }
    }

    @Test("a monitor that was never given cannot be ended; all monitors and memberships end with their process")
    func endOfAMonitoringMember() {
        scoped { scene, scope in
            try check(try await groups.demonitor(.probe), is: false)
            let both = spawn(receiving: GroupEvent<String>.self) { [groups] me in
                _ = try await groups.monitor("one", for: me) { $0 }
                _ = try await groups.monitor("two", for: me) { $0 }
                _ = try await groups.monitor(for: me) { $0 }
                try await groups.join("one", me.pid)
                try await groups.join("two", me.pid)
                for _ in 0..<4 { _ = try await me.receive() }
            }
            try check(try need(await both.waitForEnd()), is: .normal)
            let cell = try need(Node.cell(scope) as? BehaviorCell<GroupScope<String>>)
            try check(cell.renderedState ?? "", is: "0 groups, 0 members, 0 monitors")
        }
    }

    @Test("a process that has ended joins and leaves at once")
    func deadMember() {
        scoped { scene, _ in
            let process = Self.idle()
            try await scene.end(process.pid, .kill)
            _ = try await groups.monitor(for: scene.me) { .text("\($0)") }
            try await groups.join("g", process.pid, scene.me.pid)
            try check(groups.members(of: "g"), is: [scene.me.pid])
            var told: [String] = []
            while let note = try await scene.me.receive(within: .seconds(1)) {
                if case .text(let text) = note { told.append(text) }
            }
            try check(told, is: ["join g by \(process.pid), \(scene.me.pid)", "leave g by \(process.pid)"])
        }
    }

    @Test("a scope that does not run has no groups and takes nobody; one runs under a name; strangers are refused")
    func refused() {
        play { scene in
            try check(groups.groups.isEmpty && groups.members(of: "g").isEmpty && !groups.isRunning)
            do {
                try await groups.join("g", scene.me.pid)
                throw Unmet(description: "joined")
            } catch let error as GroupError {
                guard case .notRunning = error.code else { throw error }
            }
            let scope = try await groups.start()
            do {
                try await groups.start()
                throw Unmet(description: "two of one name")
            } catch let error as StartError {
                guard case .alreadyStarted(scope) = error.code else { throw error }
            }
            do {
                try await groups.join("g", PID(node: .max, number: 7))
                throw Unmet(description: "joined")
            } catch let error as GroupError {
                guard case .notLocal = error.code else { throw error }
            }
            try await scene.end(scope, .shutdown)
            try check(!groups.isRunning)
        }
    }

    @Test("a scope stands in a tree, and begins empty after a failure; members are found as servers")
    func supervised() {
        play { scene in
            let groups = groups
            let tree = try await scene.start(Supervisor(.oneForOne) { groups })
            let holder = try await scene.holder()
            try await groups.join("g", holder.pid, scene.me.pid)
            try check(groups.servers(of: "g", running: Holder.self), is: [holder])
            let scope = try need(try await tree.children().first?.pid)
            try await scene.kill(scope)
            _ = try await tree.childCounts()
            try check(groups.isRunning && groups.groups.isEmpty)
            try await groups.join("g", scene.me.pid)
            try check(groups.members(of: "g"), is: [scene.me.pid])
            try await tree.stop()
        }
    }
}

/// Counts what it hears of one group.
private struct Listener: GenServer {
    enum Call: Sendable {
        case monitor(ProcessGroups<String>, Reply<GroupMonitor>)
        case heard(Reply<Int>)
    }
    typealias Info = GroupEvent<String>

    private var count = 0

    func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .monitor(let groups, let reply): return reply(try await groups.monitor("g", for: me) { $0 }.monitor)
        case .heard(let reply): return reply(count)
        }
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        count += 1
        return .receive
    }
}
