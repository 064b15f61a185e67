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
}
