import Testing

@testable import OTP

/// Children of dynamic supervisors that are started and ended by whoever asks for it, without a message: what happens when
/// something comes in between.
@Suite(.timeLimit(.minutes(2))) struct SupervisorAtOnceTests {
    @Test func `who comes back to a suspended supervisor waits, and has his child when it goes on`() async throws {
        let scene = try await Made()
        let asker = scene.ask { try await scene.children.startChild(1) }
        await scene.isIn.wait()
        try await SystemControl.suspend(scene.supervisor.server)
        scene.mayGo.set()
        try await TurnScene.soon { scene.supervisor.server.cell.has(ProcessCell.Control.hasDeferred) }
        #expect(scene.outcome.get() == nil)
        try await SystemControl.resume(scene.supervisor.server)
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(scene.outcome.get() == "child")
        #expect(try await scene.supervisor.childCounts().active == 1)
        try await scene.supervisor.stop()
    }

    @Test
    func `who comes back to a supervisor at work gets his answer from there, for a child that did not start, too`()
        async throws
    {
        let scene = try await Made { number, _ in if number == 1 { throw TurnScene.Unfit() } }
        let asker = scene.ask { try await scene.children.startChild(1) }
        await scene.isIn.wait()
        try await SystemControl.suspend(scene.supervisor.server)
        scene.mayGo.set()
        try await TurnScene.soon { scene.supervisor.server.cell.has(ProcessCell.Control.hasDeferred) }
        try await SystemControl.resume(scene.supervisor.server)
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(scene.outcome.get() == "unfit")
        #expect(try await scene.supervisor.childCounts().workers == 0)
        try await scene.supervisor.stop()
    }

    @Test(arguments: [false, true])
    func `a supervisor that ends meanwhile has said so, and takes what has begun along`(suspended: Bool) async throws {
        let scene = try await Made()
        let asker = scene.ask { try await scene.children.startChild(1) }
        await scene.isIn.wait()
        let stopper = TurnScene.node.spawn { _ in try await scene.supervisor.stop() }
        try await TurnScene.soon { try await scene.supervisor.snapshot().isEnding }
        if suspended { try await SystemControl.suspend(scene.supervisor.server) }
        scene.mayGo.set()
        if suspended {
            try await TurnScene.soon { scene.supervisor.server.cell.has(ProcessCell.Control.hasDeferred) }
            try await SystemControl.resume(scene.supervisor.server)
        }
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(scene.outcome.get() == "shuttingDown")
        #expect(await stopper.waitForEnd()?.isNormal == true)
        #expect(scene.made.get()?.isAlive == false)
    }

    @Test func `a supervisor that is killed meanwhile is what the asker hears of`() async throws {
        let scene = try await Made()
        let asker = scene.ask { try await scene.children.startChild(1) }
        await scene.isIn.wait()
        TurnScene.node.sendExit(.kill, to: scene.supervisor.pid)
        #expect(await scene.supervisor.waitForEnd().isSame(as: .killed))
        scene.mayGo.set()
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(scene.outcome.get() == "exited(killed)")
        _ = await scene.made.get()!.waitForEnd()
    }

    @Test func `a child waits for its name, which somebody has who is ending, and its asker with it`() async throws {
        let (isEnding, mayEnd) = (TurnScene.Flag(), TurnScene.Flag())
        let held = ServerName<TurnScene.Child>("held at once")
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>>(name: { _ in held }) { number, _ in
            TurnScene.Child(number)
        }
        let supervisor = try await TurnScene.node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children)
            let first = try await children.startChild(1)
            first.cast(.wait(isEnding, mayEnd))
            await isEnding.wait()
            let stopper = TurnScene.node.spawn { _ in try await children.terminateChild(first) }
            try await TurnScene.soon { first.cell.isEnding }
            let starter = TurnScene.node.spawn { _ in try await children.startChild(2) }
            try await TurnScene.soon { try await supervisor.childCounts().workers == 2 }
            mayEnd.set()
            #expect(await stopper.waitForEnd()?.isNormal == true)
            #expect(await starter.waitForEnd()?.isNormal == true)
            #expect(try await held.call { .number($0) } == 2)
        }
        try await supervisor.stop()
    }

    @Test func `what may not be is refused at once, and changes nothing`() async throws {
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>>(maxChildren: 1) { number, _ in
            TurnScene.Child(number)
        }
        let supervisor = try await TurnScene.node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children)
            let child = try await children.startChild(1)
            let code = await #expect(throws: SupervisorError.self) { try await children.startChild(2) }?.code
            guard case .maxChildren(1)? = code else { throw TurnScene.Unfit() }
            #expect(try await supervisor.childCounts().specs == 1)
            try await children.terminateChild(child)
            let gone = await #expect(throws: SupervisorError.self) { try await children.terminateChild(child) }?.code
            guard case .notFound? = gone else { throw TurnScene.Unfit() }
            try await children.startChild(2)
        }
        try await supervisor.stop()
    }

    @Test func `a child that is to be killed, and one that has unlinked itself, end as they do on request`()
        async throws
    {
        for shutdown in [Shutdown.kill, .within(.seconds(5))] {
            let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>>(shutdown: shutdown) { number, _ in
                TurnScene.Child(number)
            }
            let supervisor = try await TurnScene.node.with { try await children.start() }
            try await TurnScene.inProcess { _ in
                try await TurnScene.learn(children)
                let child = try await children.startChild(1)
                if shutdown != .kill { child.cell.unlink(from: supervisor.server.cell) }
                try await children.terminateChild(child)
                #expect(child.cell.finalReason?.isSame(as: shutdown == .kill ? .killed : .shutdown) == true)
                #expect(try await supervisor.childCounts().workers == 0)
            }
            try await supervisor.stop()
        }
    }

    @Test func `what was started at once is a child as any other: its end is seen, and it is started again`()
        async throws
    {
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>>(restart: .permanent) { number, _ in
            TurnScene.Child(number)
        }
        let supervisor = try await TurnScene.node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children)
            let child = try await children.startChild(1)
            TurnScene.node.sendExit(.kill, to: child.pid)
            try await TurnScene.soon {
                let running = try await children.children()
                return running.count == 1 && running[0] != child
            }
            let again = try await children.children()[0]
            #expect(try await again.call { .number($0) } == 1)
            try await children.terminateChild(again)
            #expect(try await supervisor.childCounts().workers == 0)
        }
        try await supervisor.stop()
    }

    @Test func `an asker that is killed while it begins the child leaves it to the supervisor`() async throws {
        let scene = try await Made()
        let asker = scene.ask { try await scene.children.startChild(1) }
        await scene.isIn.wait()
        asker.sendExit(.kill)
        scene.mayGo.set()
        #expect(await asker.waitForEnd()?.isSame(as: .killed) == true)
        try await TurnScene.soon { try await scene.supervisor.childCounts().active == 1 }
        let child = try #require(scene.made.get())
        #expect(try await child.call { .number($0) } == 1)
        try await scene.supervisor.stop()
        #expect(!child.isAlive)
    }

    @Test func `a child that is killed while it is ended is gone once, whichever comes first`() async throws {
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>> { number, _ in TurnScene.Child(number) }
        let supervisor = try await TurnScene.node.with { try await children.start() }
        let victim = LockedBox<PID?>(nil)
        let isOver = TurnScene.Flag()
        let killer = TurnScene.node.spawn { me in
            while !isOver.isRaised {
                if let pid = victim.withLock({ $0.take() }) { TurnScene.node.sendExit(.kill, to: pid) }
                try await me.yield()
            }
        }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children)
            for number in 1...500 {
                let child = try await children.startChild(number)
                victim.set(child.pid)
                do { try await children.terminateChild(child) } catch let error as SupervisorError {
                    guard case .notFound = error.code else { throw error }
                }
                let reason = child.cell.finalReason
                #expect(reason?.isSame(as: .shutdown) == true || reason?.isSame(as: .killed) == true)
            }
        }
        isOver.set()
        #expect(await killer.waitForEnd()?.isNormal == true)
        try await TurnScene.soon {
            let snapshot = try await supervisor.snapshot()
            return snapshot.children.isEmpty && snapshot.zombies == 0
        }
        try await supervisor.stop()
    }

    @Test func `a process of another node asks, and the child is of the supervisor's`() async throws {
        let other = Node(name: "elsewhere", workers: 1)
        let supervisor = try await TurnScene.node.with { try await DynamicSupervisor().start() }
        let asker = other.spawn { _ in
            for number in 1...3 {
                let child = TurnScene.Child.child(ChildID(number)) { TurnScene.Child(number) }
                let pid = try #require(try await supervisor.startChild(child))
                #expect(Node.cell(pid)?.node === TurnScene.node)
                try await supervisor.terminateChild(pid)
                #expect(Node.cell(pid) == nil)
            }
        }
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(try await supervisor.childCounts().workers == 0)
        try await supervisor.stop()
        await other.shutdown()
    }

    @Test func `what somebody has bound is not seen where his child gets its name`() async throws {
        let seen = TurnScene.Seen()
        let registry = Watching(seen: seen)
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>>(name: { .via(registry, "\($0)") }) {
            number, _ in TurnScene.Child(number)
        }
        let supervisor = try await TurnScene.node.with { try await children.start() }
        try await TurnScene.inProcess { _ in
            try await TurnScene.learn(children)
            try await children.startChild(1)
            try await Watching.$mark.withValue(7) { _ = try await children.startChild(2) }
        }
        #expect(seen.lines == ["0 0", "1 0", "2 0"])
        try await supervisor.stop()
    }

    @Test func `a process that has been asked to end, or whose task is cancelled, starts nothing`() async throws {
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>> { number, _ in TurnScene.Child(number) }
        let supervisor = try await TurnScene.node.with { try await children.start() }
        try await TurnScene.inProcess { _ in try await TurnScene.learn(children) }
        let (isIn, mayGo) = (TurnScene.Flag(), TurnScene.Flag())
        let asker = TurnScene.node.spawn { _ in
            isIn.set()
            mayGo.await()
            try await children.startChild(1)
        }
        await isIn.wait()
        asker.sendExit(.kill)
        mayGo.set()
        #expect(await asker.waitForEnd()?.isSame(as: .killed) == true)
        try await TurnScene.soon { asker.server.cell.has(ProcessCell.Control.released) }
        #expect(try await supervisor.childCounts().workers == 0)
        try await supervisor.stop()
    }
}

/// Notes what its caller has bound.
private struct Watching: NameRegistry {
    @TaskLocal static var mark = 0
    let seen: TurnScene.Seen
    private let book = PlainRegistry()

    init(seen: TurnScene.Seen) { self.seen = seen }

    func register(_ key: String, _ pid: PID) -> Bool {
        seen.note("\(key) \(Self.mark)")
        return book.register(key, pid)
    }
    func unregister(_ key: String) { book.unregister(key) }
    func whereIs(_ key: String) -> PID? { book.whereIs(key) }
}

/// A supervisor the first of whose children is held in its `init`, on the thread of whoever has asked for it.
private final class Made: Sendable {
    let isIn = TurnScene.Flag()
    let mayGo = TurnScene.Flag()
    let made = LockedBox<ServerRef<TurnScene.Child>?>(nil)
    let outcome = LockedBox<String?>(nil)
    let children: DynamicSupervisor<Int, ServerRef<TurnScene.Child>>
    let supervisor: SupervisorRef

    init(
        _ further: @escaping @Sendable (Int, ProcessContext<TurnScene.Child>) throws -> Void = { _, _ in }
    ) async throws {
        let (isIn, mayGo, made) = (isIn, mayGo, made)
        let children = DynamicSupervisor<Int, ServerRef<TurnScene.Child>> { number, me in
            if number == 1 {
                made.set(me.ref)
                isIn.set()
                mayGo.await()
            }
            try further(number, me)
            return TurnScene.Child(number)
        }
        self.children = children
        supervisor = try await TurnScene.node.with { try await children.start() }
        try await TurnScene.inProcess { _ in try await TurnScene.learn(children) }
    }

    deinit { mayGo.set() }

    /// Asks for a child in a process of its own, and notes what becomes of that.
    func ask(_ request: @escaping @Sendable () async throws -> ServerRef<TurnScene.Child>) -> ProcessRef<Never> {
        TurnScene.node.spawn { [outcome] _ in
            do {
                _ = try await request()
                outcome.set("child")
            } catch let error as SupervisorError {
                if case .failedToStart(let why) = error.code {
                    outcome.set("\(why)")
                } else {
                    outcome.set("\(error.code)")
                }
            } catch let error as CallError { outcome.set("\(error.code)") }
        }
    }
}
