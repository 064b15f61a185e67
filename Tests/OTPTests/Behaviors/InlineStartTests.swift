import Testing

@testable import OTP

/// Servers that are begun and ended on the thread of the process that starts and stops them.
@Suite(.timeLimit(.minutes(2))) struct InlineStartTests {
    @TaskLocal static var mark = 0

    @Test func `a server known not to suspend is begun on its starter's thread, as itself`() async throws {
        let seen = Seen()
        try await inProcess { me in
            try await Self.$mark.withValue(7) {
                // With the first of its kind it is learned that the type has no `handleStart` of its own.
                try await Plain.start { Plain(seen) }.stop()
                for _ in 0..<2 {
                    let server = try await Plain.startLink(me, name: "inline") { child in
                        seen.note(
                            "inline \(isInline), itself \(CurrentProcess.cell?.pid == child.pid), mark \(Self.mark)")
                        child.send(.text("from make"))
                        return Plain(seen)
                    }
                    seen.note("named \(ServerName<Plain>("inline").whereIs() == server), mark \(Self.mark)")
                    seen.note("\(try await server.call { .echo(1, $0) })")
                    me.context.unlink(from: server.pid)
                    try await server.stop()
                    seen.note("alive \(server.isAlive), named \(ServerName<Plain>("inline").whereIs() != nil)")
                }
            }
        }
        let once = [
            "inline true, itself true, mark 0", "named true, mark 7", "info from make", "1", "alive false, named false",
        ]
        #expect(seen.lines == once + once)
    }

    @Test func `one with a handleStart of its own, with a timeout or with a make that waits has a turn of its own`()
        async throws
    {
        let seen = Seen()
        try await inProcess { _ in
            for _ in 0..<3 {
                let server = try await Beginning.start {
                    if isInline { seen.note("inline") }
                    return Beginning(seen)
                }
                try await server.stop()
                try await Plain.start(timeout: .seconds(50)) {
                    if isInline { seen.note("inline") }
                    return Plain(seen)
                }.stop()
                try await Plain.start {
                    await Task.yield()
                    if isInline { seen.note("inline") }
                    return Plain(seen)
                }.stop()
            }
        }
        #expect(seen.lines == ["begin", "end normal", "begin", "end normal", "begin", "end normal"])
    }

    @Test func `a make that throws, declines, is ended or killed leaves nothing behind`() async throws {
        let seen = Seen()
        try await inProcess { me in
            me.trapExits { "EXIT \($0.reason)" }
            try await Plain.start { Plain(seen) }.stop()
            let cases: [@Sendable (ProcessContext<Plain>) throws -> Plain] = [
                { _ in throw Broken() },
                { _ in throw StartSignal.ignore },
                { child in
                    child.node.sendExit(.reason(.shutdown), to: child.pid)
                    return Plain(seen)
                },
                { child in
                    child.node.sendExit(.kill, to: child.pid)
                    // Its code runs, and has not returned.
                    seen.note("zombie \(child.node.zombiePIDs.contains(child.pid))")
                    return Plain(seen)
                },
            ]
            for make in cases {
                let pid = LockedBox<PID?>(nil)
                // Whom others have waited for would give way, and begin nobody on its own thread.
                try await me.yield()
                do {
                    try await Plain.startLink(me, name: "failing") { child in
                        #expect(isInline)
                        pid.withLock { $0 = child.pid }
                        return try make(child)
                    }
                    seen.note("started")
                } catch {
                    seen.note("\((error as! StartError).code)")
                }
                let left = Node.default.isAlive(pid.withLock { $0! })
                if left || ServerName<Plain>("failing").whereIs() != nil { seen.note("something left") }
                seen.note(try await me.receive(within: .zero) ?? "no EXIT")
            }
        }
        #expect(
            seen.lines == [
                "failed(error: broken)", "EXIT error: broken", "ignored", "EXIT normal",
                "failed(shutdown)", "no EXIT", "zombie true", "failed(killed)", "no EXIT",
            ])
    }

    @Test func `one that is told to end by its own make has its terminate, if it has one`() async throws {
        let seen = Seen()
        try await inProcess { me in
            try await Parting.start { Parting(seen) }.stop()
            try await me.yield()
            me.trapExits { "EXIT \($0.reason)" }
            let server = try await Parting.startLink(me) { child in
                #expect(isInline)
                child.node.sendExit(.reason(.shutdown), to: child.pid)
                return Parting(seen)
            }
            seen.note(try await me.receive())
            #expect(!server.isAlive)
        }
        #expect(seen.lines == ["end normal", "end shutdown", "EXIT shutdown"])
    }

    @Test func `a starter that is killed while it begins a server takes it along`() async throws {
        let child = LockedBox<ServerRef<Plain>?>(nil)
        let seen = Seen()
        let over = Event()
        let starter = Node.default.spawn { me in
            try await Plain.start { Plain(seen) }.stop()
            let parent = me.pid
            do {
                try await Plain.startLink(me) { me in
                    #expect(isInline)
                    child.withLock { $0 = me.ref }
                    me.node.sendExit(.kill, to: parent)
                    return Plain(seen)
                }
            } catch {
                seen.note("\((error as! StartError).code)")
            }
            await over.happen()
        }
        await over.wait()
        #expect(await starter.waitForEnd()?.isSame(as: .killed) == true)
        #expect(await child.withLock { $0! }.waitForEnd()?.isSame(as: .killed) == true)
        #expect(seen.lines == ["killed"])
    }

    @Test func `an idle server without a terminate of its own is ended by whoever stops it`() async throws {
        let seen = Seen()
        let reports = LockedBox<[String]>([])
        let node = Node(name: "ends", workers: 2)
        node.onReport { report in
            if case .crash(let crash) = report {
                reports.withLock { $0.append("\(crash.reason) \(crash.state ?? "")") }
            }
        }
        try await inProcess(on: node) { me in
            me.trapExits { "EXIT \($0.reason)" }
            // The first of its kind is ended in a turn of its own.
            try await Plain.start { Plain(seen) }.stop()
            for reason in [ExitReason.normal, .shutdown(detail: "x"), .error(Broken())] {
                let server = try await Plain.startLink(me, name: "idle") { Plain(seen) }
                me.monitor(server) { "DOWN \($0.reason)" }
                #expect(server.cell.endsInline)
                try await server.stop(reason: reason)
                seen.note("alive \(server.isAlive), named \(ServerName<Plain>("idle").whereIs() != nil)")
                await #expect(throws: CallError.self) { try await server.stop() }
                seen.note(try await me.receive())
                seen.note(try await me.receive())
            }
        }
        let gone = "alive false, named false"
        #expect(
            seen.lines == [
                gone, "EXIT normal", "DOWN normal", gone, "EXIT shutdown: x", "DOWN shutdown: x",
                gone, "EXIT error: broken", "DOWN error: broken",
            ])
        #expect(reports.withLock { $0 } == ["error: broken Plain"])
        await node.shutdown()
    }

    @Test func `a signal that comes while a server is held to be ended says why it ends`() async throws {
        let seen = Seen()
        try await inProcess { me in
            let server = try await Plain.start { Plain(seen) }
            let cell = server.cell
            // It may have begun in a turn of its own, which is not quite over.
            while !cell.mailbox.claimIdle() { try await me.yield() }
            cell.occupyInline()
            cell.receiveExit(from: me.pid, reason: .shutdown)
            #expect(cell.endInline(.normal).isSame(as: .shutdown))
            #expect(await server.waitForEnd()?.isSame(as: .shutdown) == true)
        }
    }

    @Test func `what a server has been sent before it is stopped is handled first; a suspended one ends too`()
        async throws
    {
        let seen = Seen()
        try await inProcess { _ in
            for _ in 0..<3 {
                let server = try await Plain.start { Plain(seen) }
                server.cast(.text("before"))
                try await server.stop()
                let suspended = try await Plain.start { Plain(seen) }
                try await SystemControl.suspend(suspended)
                suspended.cast(.text("set aside"))
                try await suspended.stop()
            }
        }
        #expect(seen.lines == ["cast before", "cast before", "cast before"])
    }

    @Test func `one that a type with a terminate of its own has taken over ends as that one does`() async throws {
        let seen = Seen()
        try await inProcess { me in
            try await Plain.start { Plain(seen) }.stop()
            let server = try await Plain.start { Plain(seen) }
            try await SystemControl.changeCode(of: server, to: Closing.self) { Closing(seen: $0.seen) }
            // Whoever stops it could end it here and now: it is known of its first type that it has no `terminate`.
            while !server.cell.mailbox.isIdle { try await me.yield() }
            #expect(server.cell.endsInline)
            try await server.stop()
            seen.note("stopped")
        }
        #expect(seen.lines == ["end normal", "stopped"])
    }

    @Test func `starts, stops, kills and calls by many at once: everybody is served, nobody is left`() async throws {
        let node = Node(name: "many", workers: 4)
        let shelf = LockedBox<[ServerRef<Plain>]>([])
        let seen = Seen()
        let wrong = LockedBox(0)
        let players = (0..<4).map { index in
            node.spawn { _ in
                var random = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
                for _ in 0..<400 {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let choice = Int(random >> 60)
                    let server = try await Plain.start { Plain(seen) }
                    if server.pid.number == 0 { wrong.withLock { $0 += 1 } }
                    shelf.withLock { $0.append(server) }
                    let other = shelf.withLock { $0[Int(random >> 33) % $0.count] }
                    switch choice {
                    case 0..<4: other.sendExit(.kill)
                    case 4..<7: other.sendExit(.reason(.shutdown))
                    case 7..<11: try? await other.stop()
                    default:
                        do {
                            let answer = try await other.call { .echo(choice, $0) }
                            if answer != choice { wrong.withLock { $0 += 1 } }
                        } catch {
                            if case .timeout? = (error as? CallError)?.code { wrong.withLock { $0 += 1 } }
                        }
                    }
                    if (7..<11).contains(choice), other.isAlive { wrong.withLock { $0 += 1 } }
                }
            }
        }
        for player in players { #expect(await player.waitForEnd()?.isSame(as: .normal) == true) }
        #expect(wrong.withLock { $0 } == 0)
        for server in shelf.withLock({ $0 }) {
            server.sendExit(.kill)
            _ = await server.waitForEnd()
        }
        #expect(node.processCount == 0)
        // What ran when it was killed returns soon.
        while !node.zombiePIDs.isEmpty { await Task.yield() }
        await node.shutdown()
    }

    @Test func `the library's own handler teaches nothing when the server itself calls it`() async throws {
        let seen = Seen()
        try await inProcess { _ in
            for _ in 0..<3 {
                let server = try await Borrowing.start { Borrowing(seen: seen) }
                _ = try await server.call(timeout: .seconds(60)) { .borrow($0) }
                try await server.stop()
            }
        }
        #expect(seen.lines == ["begin", "end", "begin", "end", "begin", "end"])
    }

    @Test func `one that is begun on its starter's thread gives its buffers back after a silence, too`() async throws {
        let seen = Seen()
        try await inProcess { me in
            let options = ServerOptions(hibernateAfter: .milliseconds(1))
            try await Plain.start { Plain(seen) }.stop()
            let server = try await Plain.start(options: options) {
                #expect(isInline)
                return Plain(seen)
            }
            while server.cell.hibernationCount == 0 { try await me.sleep(for: .milliseconds(1)) }
            try await server.stop()
        }
    }

    @Test func `what is learned of a type is not learned of others`() {
        OwnHandlers.learn(OwnHandlers.Handler.start, isMissingIn: One.self)
        #expect(OwnHandlers.isMissing(OwnHandlers.Handler.start, in: One.self))
        #expect(!OwnHandlers.isMissing(OwnHandlers.Handler.terminate, in: One.self))
        #expect(!OwnHandlers.isMissing(OwnHandlers.Handler.start, in: Other.self))
        OwnHandlers.learn(OwnHandlers.Handler.terminate, isMissingIn: One.self)
        #expect(OwnHandlers.isMissing(OwnHandlers.Handler.start, in: One.self))
        #expect(OwnHandlers.isMissing(OwnHandlers.Handler.terminate, in: One.self))
    }

    private enum One {}
    private enum Other {}
}

/// Runs the code in a process and waits for it to end as it should.
private func inProcess(
    on node: Node = .default, _ body: @escaping @Sendable (PlainProcess<String>) async throws -> Void
) async throws {
    let reason = await node.spawn(receiving: String.self, body).waitForEnd()
    #expect(reason?.isSame(as: .normal) == true, "\(reason.shown)")
}

private final class Seen: Sendable {
    private let noted = LockedBox<[String]>([])
    var lines: [String] { noted.withLock { $0 } }
    func note(_ line: String) { noted.withLock { $0.append(line) } }
}

/// Neither `handleStart` nor `terminate`.
private struct Plain: GenServer, CustomStringConvertible {
    enum Call: Sendable { case echo(Int, Reply<Int>) }
    enum Cast: Sendable { case text(String) }
    enum Info: Sendable { case text(String) }

    let seen: Seen
    init(_ seen: Seen) { self.seen = seen }
    var description: String { "Plain" }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .echo(let value, let reply): reply(value)
        }
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .text(let text): seen.note("cast \(text)")
        }
        return .receive
    }
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .text(let text): seen.note("info \(text)")
        }
        return .receive
    }
}

/// What a plain one may become.
private struct Closing: GenServer {
    typealias Call = Plain.Call
    typealias Cast = Plain.Cast
    typealias Info = Plain.Info

    let seen: Seen
    mutating func handleCall(_ call: Call, _ me: Me) -> Next { .receive }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next { .receive }
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next { .receive }
    mutating func terminate(reason: ExitReason, _ me: Me) { seen.note("end \(reason)") }
}

/// Both of its own.
private struct Beginning: GenServer {
    let seen: Seen
    init(_ seen: Seen) { self.seen = seen }

    mutating func handleStart(_ me: Me) -> Next {
        seen.note("begin")
        return .receive
    }
    mutating func terminate(reason: ExitReason, _ me: Me) { seen.note("end \(reason)") }
}

/// Only `terminate` of its own.
private struct Parting: GenServer {
    let seen: Seen
    init(_ seen: Seen) { self.seen = seen }

    mutating func terminate(reason: ExitReason, _ me: Me) { seen.note("end \(reason)") }
}

/// Both of its own, which may suspend; a plain handler that names them means the library's.
private struct Borrowing: GenServer {
    enum Call: Sendable { case borrow(Reply<Bool>) }
    let seen: Seen

    nonisolated(nonsending) mutating func handleStart(_ me: Me) async -> Next {
        await Task.yield()
        seen.note("begin")
        return .receive
    }
    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        _ = handleStart(me)
        terminate(reason: .normal, me)
        switch call {
        case .borrow(let reply): return reply(true)
        }
    }
    nonisolated(nonsending) mutating func terminate(reason: ExitReason, _ me: Me) async {
        await Task.yield()
        seen.note("end")
    }
}
