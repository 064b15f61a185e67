import Testing

@testable import OTP

/// What is started on a node that has been shut down: it never runs, and nobody waits for it in vain.
@Suite(.timeLimit(.minutes(1))) struct NodeShutdownTests {
    @Test("a process ends at once, with a reason that says so") func process() async {
        let node = Node(name: "gone", workers: 1)
        await node.shutdown()
        let reason = await node.spawn { _ in }.waitForEnd()
        #expect(reason?.description == "shutdown: node gone has been shut down")
        #expect(node.processCount == 0)
    }

    @Test("the start of a server and of a tree fails") func starts() async {
        let node = Node(name: "gone", workers: 1)
        await node.shutdown()
        let error = await #expect(throws: StartError.self) {
            try await node.with { try await CodeServer.start { CodeServer() } }
        }
        guard case .failed(.shutdown) = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
        await #expect(throws: (any Error).self) {
            try await node.with { try await Supervisor(.oneForOne) { CodeServer.child { CodeServer() } }.start() }
        }
        #expect(node.processCount == 0)
    }

    @Test("what is started while it is shut down ends with it") func meanwhile() async {
        let node = Node(name: "going", workers: 2)
        let later = LockedBox<ProcessRef<Never>?>(nil)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        // Its end starts another one, when those that are to end have been listed.
        node.spawn(receiving: Int.self) { me in
            me.whenEnded { _ in
                later.set(node.spawn(receiving: Never.self) { me in while true { try await me.rest() } })
            }
            begin.finish()
            _ = try await me.receive()
        }
        for await _ in begun {}
        await node.shutdown()
        #expect(later.get()?.isAlive == false)
        #expect(node.processCount == 0)
    }

    @Test("a tree ends in its own order, and what stands in none has its terminate called") func order() async throws {
        let node = Node(name: "ordered", workers: 2)
        let log = LockedBox<[String]>([])
        let tree = Supervisor(.oneForOne) {
            Noter.child("first") { Noter("first", log) }
            Supervisor("inner", .oneForOne) {
                Noter.child("second") { Noter("second", log) }
                Noter.child("third") { Noter("third", log) }
            }
            Noter.child("fourth") { Noter("fourth", log) }
        }
        try await node.with {
            _ = try await tree.start()
            try await Noter.start { Noter("alone", log) }
            try await CodeServer.start { CodeServer() }
        }
        let killed = await node.shutdown(deadline: .seconds(30))
        #expect(killed.isEmpty)
        let ended = log.get()
        #expect(
            ended.filter { $0 != "alone (shutdown)" }
                == ["fourth", "third", "second", "first"].map { "\($0) (shutdown)" })
        #expect(ended.count == 5)
    }

    @Test("one that does not end keeps nobody from being asked") func stuck() async throws {
        let node = Node(name: "stuck", workers: 2)
        let log = LockedBox<[String]>([])
        let stubborn = node.spawn(receiving: ExitMessage.self) { me in
            me.trapExits { $0 }
            while true { _ = try await me.receive() }
        }
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        node.spawn(receiving: DownMessage.self) { me in
            _ = try await Noter.startMonitor(me, down: { $0 }) { Noter("watched", log) }
            begin.finish()
            _ = try await me.receive()
        }
        for await _ in begun {}
        while !stubborn.server.cell.has(ProcessCell.Control.trapping) { await Task.yield() }
        let shutdown = Task { await node.shutdown(deadline: .seconds(3_600)) }
        while node.processCount > 1 { await Task.yield() }
        shutdown.cancel()
        #expect(await shutdown.value == [stubborn.pid])
        #expect(log.get() == ["watched (shutdown)"])
    }

    @Test("who does not end in time is killed, and named") func late() async throws {
        let node = Node(name: "late", workers: 2)
        let stubborn = node.spawn(receiving: ExitMessage.self) { me in
            me.trapExits { $0 }
            while true { _ = try await me.receive() }
        }
        let server = try await node.with { try await Noter.start { Noter("quick", LockedBox([])) } }
        while !stubborn.server.cell.has(ProcessCell.Control.trapping) {
            try await Task.sleep(for: .milliseconds(1))
        }
        let killed = await node.shutdown(deadline: .milliseconds(50))
        // On a machine that is slow enough the other has not had the time either.
        #expect(killed.contains(stubborn.pid) && Set(killed).isSubset(of: [stubborn.pid, server.pid]))
        #expect(!server.isAlive && !stubborn.isAlive)
    }
}

/// Traps exits and notes how it ends.
private struct Noter: GenServer {
    let name: String
    let log: LockedBox<[String]>

    init(_ name: String, _ log: LockedBox<[String]>) {
        self.name = name
        self.log = log
    }

    mutating func handleStart(_ me: Me) -> Next {
        me.trapExits { _ in fatalError("an exit reached the handlers") }
        return .receive
    }
    mutating func terminate(reason: ExitReason, _ me: Me) { log.withLock { $0.append("\(name) (\(reason))") } }
}
