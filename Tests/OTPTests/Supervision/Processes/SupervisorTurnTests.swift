import COTPRuntime
import Synchronization
import Testing

@testable import OTP

/// Supervisors that take requests on the threads of those who ask, and children that are begun and ended there: on nodes
/// with workers, for one that is driven by a test has none.
@Suite(.timeLimit(.minutes(2))) struct SupervisorTurnTests {
    @TaskLocal static var mark = 0

    /// Who has bound something asks with a request; who has not starts and ends children himself.
    private nonisolated(nonsending) static func asking(
        _ bound: Bool, _ work: @Sendable () async throws -> Void
    ) async throws {
        if bound { try await Self.$mark.withValue(7, operation: work) } else { try await work() }
    }

    @Test(arguments: [false, true])
    func `a child whose make is known not to suspend is begun on the thread of whoever asks, as itself`(bound: Bool)
        async throws
    {
        let seen = Seen()
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, me in
            let isItself = CurrentProcess.cell?.pid == me.pid
            seen.note("inline \(TurnScene.inlinePID == me.pid), itself \(isItself), mark \(Self.mark)")
            return Child(number)
        }
        let supervisor = try await node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await Self.asking(bound) {
                try await TurnScene.learn(children)
                for number in 1...2 {
                    let child = try await children.startChild(number)
                    seen.note("\(try await child.call { .number($0) }), mark \(Self.mark)")
                    #expect(try await children.children() == [child])
                    try await children.terminateChild(child)
                    #expect(!child.isAlive && child.cell.finalReason?.isSame(as: .shutdown) == true)
                    #expect(try await children.childCounts().active == 0)
                }
            }
        }
        let own = bound ? 7 : 0
        let twice = (1...2).flatMap { ["inline true, itself true, mark 0", "\($0), mark \(own)"] }
        // Of the first it depends on who else has had a child of this type.
        #expect(Array(seen.lines.dropFirst()) == twice)
        try await supervisor.stop()
    }

    @Test func `a make that throws, declines, is ended or killed leaves nothing behind`() async throws {
        let cases: [@Sendable (ProcessContext<Child>) throws -> Child] = [
            { _ in throw Unfit() },
            { _ in throw StartSignal.ignore },
            { me in
                me.node.sendExit(.reason(.shutdown), to: me.pid)
                return Child(1)
            },
            { me in
                me.node.sendExit(.kill, to: me.pid)
                return Child(1)
            },
            { _ in Child(1) },
        ]
        let seen = Seen()
        let children = DynamicSupervisor<Int, ServerRef<Child>>(name: { _ in "turned" }) { try cases[$0]($1) }
        let supervisor = try await node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children, 4)
            for number in 0..<4 {
                do {
                    try await children.startChild(number)
                } catch let error as SupervisorError {
                    guard case .failedToStart(let why) = error.code else { throw error }
                    seen.note("\((why as? Exit).map { "\($0.reason)" } ?? "\(why)")")
                } catch let error as StartError {
                    seen.note("\(error.code)")
                }
                #expect(ServerName<Child>("turned").whereIs() == nil)
                let counts = try await children.childCounts()
                #expect(counts.active == 0 && counts.workers == 0)
            }
            try await children.startChild(4)
            let code = await #expect(throws: SupervisorError.self) { try await children.startChild(4) }?.code
            guard case .alreadyStarted? = code else { throw Unfit() }
        }
        #expect(seen.lines == ["unfit", "ignored", "shutdown", "killed"])
        try await supervisor.stop()
    }

    @Test(arguments: [false, true])
    func `a make that takes long holds up nobody but whoever asked for it`(bound: Bool) async throws {
        let (isIn, mayGo) = (Flag(), Flag())
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, me in
            if number == 1 {
                isIn.set()
                mayGo.await()
            }
            return Child(number)
        }
        defer { mayGo.set() }
        let supervisor = try await node.with { try await children.start() }
        let asker = node.spawn { _ in
            try await TurnScene.learn(children)
            try await Self.asking(bound) { _ = try await children.startChild(1) }
        }
        await isIn.wait()
        try await TurnScene.inProcess { _ in
            #expect(try await supervisor.snapshot().children.map(\.phase) == [.starting])
            let other = try await children.startChild(2)
            try await children.terminateChild(other)
        }
        mayGo.set()
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(try await supervisor.childCounts().active == 1)
        try await supervisor.stop()
    }

    @Test(arguments: 1...3)
    func `starts that come together do not wait for one another, and what has begun is a child at once`(slow: Int)
        async throws
    {
        let (isIn, mayGo) = (Flag(), Flag())
        defer { mayGo.set() }
        let children = DynamicSupervisor<Int, ServerRef<Child>>(restart: .permanent) { number, _ in
            if number == slow {
                isIn.set()
                mayGo.await()
            }
            return Child(number)
        }
        let supervisor = try await node.with { try await children.start() }
        try await TurnScene.inProcess { _ in try await TurnScene.learn(children) }
        // So that one slice of the supervisor takes them all.
        try await SystemControl.suspend(supervisor.server)
        let (cell, started) = (supervisor.server.cell, LockedBox<[Int: ServerRef<Child>]>([:]))
        let before = cell.mailbox.consumed.load(ordering: .acquiring)
        var askers: [ProcessRef<Never>] = []
        for number in 1...3 {
            askers.append(
                node.spawn(receiving: Never.self) { _ in
                    let child = try await children.startChild(number)
                    started.withLock { $0[number] = child }
                })
            while cell.mailbox.consumed.load(ordering: .acquiring) < before + UInt64(number) { await Task.yield() }
        }
        try await SystemControl.resume(supervisor.server)
        await isIn.wait()
        try await TurnScene.soon { started.withLock { $0.count } == 2 }
        // Each of them is a child as any other: its end is seen, and it is started again.
        for (_, child) in started.get() {
            node.sendExit(.kill, to: child.pid)
            try await TurnScene.soon {
                let running = try await supervisor.children().compactMap(\.pid)
                return running.count == 2 && !running.contains(child.pid)
            }
        }
        #expect(try await supervisor.snapshot().children.filter { $0.phase == .starting }.count == 1)
        mayGo.set()
        for asker in askers { #expect(await asker.waitForEnd()?.isNormal == true) }
        #expect(try await supervisor.childCounts().active == 3)
        try await supervisor.stop()
    }

    @Test func `the end of a child's state is its own: it sees nothing of whoever ended the child`() async throws {
        let seen = Seen()
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, me in
            let pid = me.pid
            if number == 3 { me.node.sendExit(.kill, to: pid) }
            return Child(
                number, Left { seen.note("\(number), itself \(CurrentProcess.cell?.pid == pid), mark \(Self.mark)") })
        }
        let supervisor = try await node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await Self.$mark.withValue(7) {
                try await TurnScene.learn(children)
                try await children.terminateChild(try await children.startChild(2))
                await #expect(throws: SupervisorError.self) { try await children.startChild(3) }
            }
        }
        try await TurnScene.soon { seen.lines.count == 3 }
        // The first ends in a turn of its own, some time.
        #expect(seen.lines.sorted().dropFirst() == ["2, itself true, mark 0", "3, itself true, mark 0"])
        try await supervisor.stop()
    }

    @Test func `a supervisor hears at once of a child that is killed in its make, which runs on`() async throws {
        let (isIn, mayGo, pid) = (Flag(), Flag(), LockedBox<PID?>(nil))
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, me in
            if number == 1 {
                pid.set(me.pid)
                isIn.set()
                mayGo.await()
            }
            return Child(number)
        }
        defer { mayGo.set() }
        let supervisor = try await node.with { try await children.start() }
        let asker = node.spawn { _ in
            try await TurnScene.learn(children)
            await #expect(throws: SupervisorError.self) { try await children.startChild(1) }
        }
        await isIn.wait()
        node.sendExit(.kill, to: pid.get()!)
        try await TurnScene.soon { try await supervisor.snapshot().zombies == 1 }
        #expect(try await supervisor.childCounts().workers == 0)
        mayGo.set()
        #expect(await asker.waitForEnd()?.isNormal == true)
        try await TurnScene.soon { try await supervisor.snapshot().zombies == 0 }
        try await supervisor.stop()
    }

    @Test func `a supervisor that is killed while a child is made takes it along`() async throws {
        let (isIn, mayGo, made) = (Flag(), Flag(), LockedBox<ServerRef<Child>?>(nil))
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, me in
            if number == 1 {
                made.set(me.ref)
                isIn.set()
                mayGo.await()
            }
            return Child(number)
        }
        let supervisor = try await node.with { try await children.start() }
        let asker = node.spawn { _ in
            try await TurnScene.learn(children)
            await #expect(throws: CallError.self) { try await children.startChild(1) }
        }
        await isIn.wait()
        node.sendExit(.kill, to: supervisor.pid)
        #expect(await supervisor.waitForEnd().isSame(as: .killed))
        mayGo.set()
        #expect(await asker.waitForEnd()?.isNormal == true)
        _ = await made.get()!.waitForEnd()
        #expect(!made.get()!.isAlive)
    }

    @Test func `children are started again where their supervisor runs, and begin one after the other`() async throws {
        let seen = Seen()
        let tree = Supervisor(.oneForAll, restarts: .atMost(1_000, in: .seconds(600))) {
            for number in 1...3 {
                Child.child(ChildID(number)) {
                    seen.note("\(number)")
                    return Child(number)
                }
            }
        }
        let supervisor = try await node.with { try await tree.start() }
        for round in 1...20 {
            let pids = try await supervisor.children().compactMap(\.pid)
            node.sendExit(.kill, to: pids[round % 3])
            while true {
                let now = try await supervisor.children().compactMap(\.pid)
                if now.count == 3, !now.contains(where: pids.contains) { break }
                await Task.yield()
            }
        }
        #expect(seen.lines == (0...20).flatMap { _ in ["1", "2", "3"] })
        try await supervisor.stop()
    }

    @Test func `a child with an end of its own, or one at work, is waited for`() async throws {
        let (isIn, mayGo, seen) = (Flag(), Flag(), Seen())
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, _ in Child(number) }
        let ending = DynamicSupervisor<Int, ServerRef<Ending>> { _, _ in Ending(seen: seen) }
        let supervisors = try await node.with { [try await children.start(), try await ending.start()] }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children)
            for _ in 0..<2 { try await ending.terminateChild(try await ending.startChild(1)) }
            let child = try await children.startChild(1)
            child.cast(.wait(isIn, mayGo))
            await isIn.wait()
            let stopper = node.spawn { _ in
                try await children.terminateChild(child)
                seen.note("ended")
            }
            while try await supervisors[0].snapshot().children.first?.phase != .stopping { await Task.yield() }
            seen.note("goes on")
            mayGo.set()
            #expect(await stopper.waitForEnd()?.isNormal == true)
        }
        #expect(seen.lines == ["terminate shutdown", "terminate shutdown", "goes on", "ended"])
        for supervisor in supervisors { try await supervisor.stop() }
    }

    @Test func `a child that a type with an end of its own has taken over ends as that one does`() async throws {
        let seen = Seen()
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, _ in Child(number) }
        let supervisor = try await node.with { try await children.start() }
        try await TurnScene.inProcess { me in
            try await TurnScene.learn(children)
            let child = try await children.startChild(1)
            #expect(child.cell.endsInline)
            try await SystemControl.changeCode(of: child, to: Closing.self) { _ in Closing(seen: seen) }
            while !child.cell.mailbox.isIdle { try await me.yield() }
            try await children.terminateChild(child)
            seen.note("ended")
        }
        #expect(seen.lines == ["terminate shutdown", "ended"])
        try await supervisor.stop()
    }

    @Test(arguments: [false, true])
    func `what a child leaves is freed, and its timer is not left behind`(bound: Bool) async throws {
        let freed = Atomic<Int>(0)
        let children = DynamicSupervisor<Int, ServerRef<Child>> { number, _ in
            Child(number, Left { freed.add(1, ordering: .relaxed) })
        }
        let supervisor = try await node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await Self.asking(bound) {
                for number in 0..<200 { try await children.terminateChild(try await children.startChild(number)) }
            }
            // The first is ended by its own turn, and freed some time after its end.
            while freed.load(ordering: .relaxed) < 200 { await Task.yield() }
            #expect((supervisor.server.cell as? SupervisorCell)?.alarms.isEmpty == true)
            for number in 0..<200 { try await children.startChild(number) }
        }
        try await supervisor.stop()
        while freed.load(ordering: .relaxed) < 400 { await Task.yield() }
    }

    @Test func `a value does not lead to a supervisor whose name was taken away, or that has been started anew`()
        async throws
    {
        let children = DynamicSupervisor<Int, ServerRef<Child>>(registeredAs: "shortcut") { number, _ in Child(number) }
        let first = try await node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await children.startChild(1)
            try ServerName<SupervisorBehavior>("shortcut").unregister()
            let code = await #expect(throws: CallError.self) { try await children.startChild(2) }?.code
            guard case .noProcess? = code else { throw Unfit() }
            let second = try await children.start()
            try await children.startChild(3)
            #expect(try await first.children().count == 1)
            #expect(try await second.children().count == 1)
            try await second.stop()
            await #expect(throws: CallError.self) { try await children.startChild(4) }
        }
        try await first.stop()
    }
}

private let node = TurnScene.node
private typealias Child = TurnScene.Child
private typealias Flag = TurnScene.Flag
private typealias Left = TurnScene.Left
private typealias Seen = TurnScene.Seen
private typealias Unfit = TurnScene.Unfit

/// An end of its own.
private struct Ending: GenServer {
    let seen: Seen
    mutating func terminate(reason: ExitReason, _ me: Me) { seen.note("terminate \(reason)") }
}

/// What a child may become.
private struct Closing: GenServer {
    typealias Call = Child.Call
    typealias Cast = Child.Cast

    let seen: Seen
    mutating func handleCall(_ call: Call, _ me: Me) -> Next { .receive }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next { .receive }
    mutating func terminate(reason: ExitReason, _ me: Me) { seen.note("terminate \(reason)") }
}
